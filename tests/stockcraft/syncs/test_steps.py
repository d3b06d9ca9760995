"""A step is one transaction of a handful of statements, refused to a late worker; no product stops the others."""

import re
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from one_shop import LAUNCHED, MemoryShop, connected, product, started, synced, variant
from shopsync.errors import Cancelled, RunLost
from shopsync.ports import Phase, Progress, Step
from shopsync.run import read, sync
from shopsync.values import Option, ShopProduct, Unreadable
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.models import Change, RunPage, SyncRun
from stockcraft.syncs.reading import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


def test_a_late_worker_writes_nothing(connection: Connection) -> None:
    run = started(connection)
    SyncRun.objects.update(attempt=2)
    with pytest.raises(RunLost):
        sync(MemoryShop(product(1)), DjangoCatalogue(run, 1))
    assert (Product.objects.count(), Change.objects.count(), RunPage.objects.count()) == (0, 0, 0)


def test_a_run_that_has_ended_is_written_to_no_more(connection: Connection) -> None:
    run = started(connection)
    SyncRun.objects.update(status=SyncRun.Status.FAILED)
    with pytest.raises(RunLost):
        sync(MemoryShop(product(1)), DjangoCatalogue(run, 1))


def test_a_stopped_run_stops_between_two_steps_and_keeps_what_it_wrote(connection: Connection) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop = MemoryShop(*(product(number) for number in range(1, 16)))
    read(shop, catalogue, Progress(Phase.READ))
    SyncRun.objects.update(cancel_requested=True)
    with pytest.raises(Cancelled):
        sync(shop, catalogue)
    assert Product.objects.count() == 10


def test_another_attempt_goes_on_from_the_last_finished_step(connection: Connection) -> None:
    run = started(connection)
    shop = MemoryShop(*(product(number) for number in range(1, 26)))
    first = DjangoCatalogue(run, 1)
    read(shop, first, Progress(Phase.READ))
    SyncRun.objects.update(attempt=2)
    second = DjangoCatalogue(run, 2)
    assert second.progress() == Progress(Phase.READ, "10", 25)
    read(shop, second, second.progress())
    run.refresh_from_db()
    assert (run.products_read, run.products_total, run.pages, run.phase) == (20, 25, 2, "read")
    sync(shop, second)
    run.refresh_from_db()
    assert (run.products_read, run.phase, Product.objects.count()) == (25, "done", 25)


def test_a_step_that_breaks_leaves_no_trace(connection: Connection) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop = MemoryShop(product(1))
    with pytest.raises(ZeroDivisionError):
        _broken_step(catalogue)
    assert (catalogue.progress(), RunPage.objects.count()) == (Progress(), 0)
    sync(shop, catalogue)
    run.refresh_from_db()
    assert run.products_read == 1


def test_a_product_read_twice_counts_once(connection: Connection) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop = MemoryShop(product(1), product(2))
    for _ in range(2):
        read(shop, catalogue, Progress(Phase.READ))
    run.refresh_from_db()
    assert (run.products_read, run.pages) == (2, 2)
    assert set(run.changes.values_list("kind", flat=True)) == {Change.Kind.CREATE}


@pytest.mark.parametrize(("plan", "size"), [(Plan.PLUS, 100), (Plan.FREE, 16)])
def test_a_page_costs_the_same_number_of_statements_whatever_its_size(plan: Plan, size: int) -> None:
    assert _statements(connected("one", plan), 1) == _statements(connected("many", plan), size) <= 22


def test_an_unchanged_page_asks_for_fingerprints_and_writes_its_page_and_the_progress_only(
    connection: Connection,
) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 11)))
    synced(connection, shop)
    statements = _page(connection, shop)
    writes = [sql for sql in statements if re.search("INSERT|(?<!KEY )UPDATE|COPY|DELETE", sql)]
    assert len(writes) == 2
    assert sum("digest" in sql for sql in statements) == 1
    assert not any("syncs_decision" in sql or "connections_selection" in sql for sql in statements)
    assert writes[0].startswith("UPDATE syncs_syncrun SET heartbeat_at")
    assert "INSERT INTO syncs_runpage" in writes[1]


@pytest.mark.django_db(transaction=True)
def test_a_step_does_not_wait_for_the_disk_but_all_else_does() -> None:
    asked = "SHOW synchronous_commit"
    with DjangoCatalogue(started(connected()), 1).step():
        assert rows(asked, []) == [("off",)]
    assert rows(asked, []) == [("on",)]


def test_the_room_is_true_until_the_step_ends(connection: Connection) -> None:
    Account = type(connection.account)
    Account.objects.update(plan=Plan.FREE)
    catalogue = DjangoCatalogue(started(connection), 1)
    with CaptureQueriesContext(database) as queries, catalogue.step():
        assert catalogue.room() == 50
    assert any("FOR NO KEY UPDATE" in query["sql"] for query in queries)


BROKEN = {
    "null": (product(5, title="Can\0dle"), "Its title contains a null character, which cannot be kept."),
    "null_in_options": (
        product(5, options=(Option("Si\0ze", ("S",)),)),
        "Its list of options contains a null character, which cannot be kept.",
    ),
    "null_in_sku": (
        product(5, variant(50, sku="A\0")),
        "Its list of variants contains a null character, which cannot be kept.",
    ),
    "long_title": (product(5, title="x" * 256), "Its title has 256 characters; at most 255 can be kept."),
    "long_handle": (product(5, handle="x" * 300), "Its handle has 300 characters; at most 255 can be kept."),
    "position": (product(5, variant(50, position=2**31)), "The database refused it: "),
    "variant_id": (product(5, variant(2**63)), "The ID of its variant “Default Title” is out of range."),
    "number": (product(5, variant(50, price=Decimal("1E+131073"))), "The database refused it: "),
    "tag": (product(5, tags=("".join(map(chr, range(0x4E00, 0x5E00))),)), "The database refused it: "),
}


@pytest.mark.parametrize(("broken", "why"), BROKEN.values(), ids=BROKEN)
def test_a_product_that_cannot_be_kept_fails_alone(broken: ShopProduct, why: str, connection: Connection) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 11)))
    shop.put(broken)
    run = synced(connection, shop)
    assert (run.created, run.failed, run.found, run.status) == (9, 1, 10, SyncRun.Status.WARNINGS)
    failure = run.changes.get(kind=Change.Kind.FAIL)
    assert failure.shopify_product_id == 5
    assert failure.detail.startswith(why)
    assert failure.title.startswith(("Candle", "xxx"))
    assert not Product.objects.filter(shopify_product_id=5).exists()


def test_a_product_that_became_unkeepable_stays_as_it_was(connection: Connection) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 11)))
    synced(connection, shop)
    shop.change(5, title="x" * 256)
    shop.change(6, title="Better")
    run = synced(connection, shop)
    assert (run.updated, run.failed, run.unchanged, run.archived) == (1, 1, 8, 0)
    assert run.changes.get(kind=Change.Kind.FAIL).product.title == "Candle 5"


def test_a_product_that_could_not_be_read_is_named_with_its_reason(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(3))
    shop.unreadable[2] = Unreadable(2, "Odd one", "Its price is not a number.")
    run = synced(connection, shop)
    failure = run.changes.get(kind=Change.Kind.FAIL)
    assert (run.created, run.failed, run.found, run.status) == (2, 1, 3, SyncRun.Status.WARNINGS)
    assert (failure.title, failure.detail) == ("Odd one", "Its price is not a number.")


def test_a_later_change_of_the_run_takes_the_place_of_the_earlier(connection: Connection) -> None:
    shop = MemoryShop(product(1))
    synced(connection, shop)
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop.change(1, title="First")
    read(shop, catalogue, Progress(Phase.READ))
    shop.change(1, title="Second")
    read(shop, catalogue, Progress(Phase.READ))
    read(shop, catalogue, Progress(Phase.READ))
    change = run.changes.get()
    assert [(field["before"], field["after"]) for field in change.fields] == [("First", "Second")]


def _broken_step(catalogue: DjangoCatalogue) -> None:
    with catalogue.step():
        catalogue.write(Step(progress=Progress(Phase.SWEEP), read=[1]))
        raise ZeroDivisionError


def _statements(connection: Connection, size: int) -> int:
    """How many statements a page costs in which a third of the products is new, changed and unchanged each."""
    shop = MemoryShop(*(product(number) for number in range(1, 2 * size + 1)), page=3 * size)
    synced(connection, shop)
    for number in range(1, size + 1):
        shop.change(number, title="Changed", created_at=LAUNCHED)
        shop.change_variant(number, price=Decimal(13) + Decimal(number) / 100)
    shop.put(*(product(number) for number in range(2 * size + 1, 3 * size + 1)))
    return len(_page(connection, shop))


def _page(connection: Connection, shop: MemoryShop) -> list[str]:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    progress = Progress(Phase.READ)
    with CaptureQueriesContext(database) as queries:
        read(shop, catalogue, progress)
    return [query["sql"].strip() for query in queries]
