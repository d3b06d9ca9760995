"""How runs end: counts come from rows, the books balance or the run says so, and only the owner may end a run."""

import pytest
from django.utils import timezone

from one_shop import MemoryShop, connected, product, started, synced
from shopsync.changes import Hold, HoldReason
from shopsync.errors import RunLost
from shopsync.ports import Phase, Progress, Step
from shopsync.run import read, sync
from shopsync.values import Unreadable
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import cancel_run, close_run, count, fail_run
from stockcraft.syncs.models import Notice, RunPage, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


def test_every_product_found_is_accounted_for(connection: Connection) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 8)))
    synced(connection, shop)
    shop.remove(1)
    synced(connection, shop)
    connection.ignored_products.create(shopify_product_id=9, title="Candle 9")
    shop.put(product(1), product(8), product(9))
    shop.change(2, title="Changed")
    shop.change(3, title="x" * 300)
    shop.remove(4)
    shop.unreadable[10] = Unreadable(10, "Odd", "No price.")
    run = synced(connection, shop)
    assert run.status == SyncRun.Status.WARNINGS
    assert (run.found, run.restored, run.created, run.updated) == (9, 1, 1, 1)
    assert (run.unchanged, run.held, run.failed, run.archived) == (3, 1, 2, 1)
    assert not run.notices.exists()


def test_books_that_do_not_balance_are_a_warning(connection: Connection) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    with catalogue.step():
        hold = Hold(1, "One", HoldReason.IGNORED)
        catalogue.write(Step(progress=Progress(Phase.DONE), changes=[hold], read=[1, 2]))
    close_run(run, 1)
    assert run.status == SyncRun.Status.WARNINGS
    assert run.notices.get().code == Notice.Code.BOOKS
    assert run.notices.get().data == {"found": 2, "accounted": 1}


def test_a_product_that_the_shop_counts_and_did_not_show_is_a_warning_until_it_is_found(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(2), product(3))
    shop.hidden = {3}
    run = synced(connection, shop)
    assert run.status == SyncRun.Status.WARNINGS
    notice = run.notices.get()
    assert (notice.code, notice.data) == (Notice.Code.COUNT, {"shop": 3, "here": 2})

    shop.hidden = set()
    run = synced(connection, shop, whole=False)
    assert (run.route_why, run.created) == ("counts_disagree", 1)
    assert not run.notices.exists()


def test_what_waits_for_room_counts_as_the_shops(connection: Connection) -> None:
    type(connection.account).objects.update(plan=Plan.FREE)
    run = synced(connection, MemoryShop(*(product(number) for number in range(1, 64)), page=30))
    assert (run.created, run.held, run.products_total) == (50, 13, 63)
    assert run.status == SyncRun.Status.SUCCEEDED


def test_a_product_changed_and_read_again_unchanged_counts_as_changed(connection: Connection) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop = MemoryShop(product(1), product(2))
    read(shop, catalogue, Progress(Phase.READ))
    sync(shop, catalogue)
    read(shop, catalogue, Progress(Phase.READ))
    counts = count(run)
    assert (counts.found, counts.created, counts.unchanged, counts.accounted) == (2, 2, 0, 2)


def test_a_late_worker_cannot_end_a_run(connection: Connection) -> None:
    run = started(connection)
    SyncRun.objects.update(attempt=2)
    for end in (close_run, cancel_run, lambda run, attempt: fail_run(run, attempt, "sync.unexpected")):
        with pytest.raises(RunLost):
            end(run, 1)
    run.refresh_from_db()
    assert (run.status, run.finished_at) == (SyncRun.Status.RUNNING, None)


def test_a_run_ends_once(connection: Connection) -> None:
    run = started(connection)
    close_run(run, 1)
    with pytest.raises(RunLost):
        fail_run(run, 1, "sync.unexpected")
    run.refresh_from_db()
    assert (run.status, run.failure_code) == (SyncRun.Status.SUCCEEDED, "")


def test_a_failed_run_keeps_and_counts_what_it_did(connection: Connection) -> None:
    run = _after_one_page(connection)
    fail_run(run, 1, "shopify.unavailable", "502 from the shop")
    assert (run.status, run.failure_code, run.failure_detail) == (
        "failed", "shopify.unavailable", "502 from the shop",
    )  # fmt: skip
    assert (run.created, run.found, run.products_read) == (10, 10, 10)
    assert run.finished_at is not None
    assert (Product.objects.count(), RunPage.objects.count()) == (10, 0)
    connection.refresh_from_db()
    assert (connection.status, connection.last_success_at) == (Connection.Status.CONNECTED, None)


@pytest.mark.parametrize("code", ["shopify.unauthorized", "shopify.missing_scope"])
def test_where_only_a_person_can_help_the_connection_asks_for_it(code: str, connection: Connection) -> None:
    fail_run(started(connection), 1, code)
    connection.refresh_from_db()
    assert (connection.status, connection.failure_code) == (Connection.Status.NEEDS_RECONNECTING, code)


def test_a_stopped_run_keeps_and_counts_what_it_did(connection: Connection) -> None:
    run = _after_one_page(connection)
    cancel_run(run, 1)
    assert (run.status, run.created, run.archived) == (SyncRun.Status.CANCELLED, 10, 0)
    assert Product.objects.count() == 10


def test_a_run_can_be_stopped_before_it_began(connection: Connection) -> None:
    run, _ = SyncRun.objects.request(connection, "manual")
    cancel_run(run, 0)
    assert (run.status, run.found) == (SyncRun.Status.CANCELLED, 0)


def test_a_good_run_is_remembered_by_the_connection(connection: Connection) -> None:
    before = timezone.now()
    run = synced(connection, MemoryShop(product(1)))
    connection.refresh_from_db()
    assert connection.last_success_at == run.finished_at
    assert run.finished_at > before


def _after_one_page(connection: Connection) -> SyncRun:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    read(MemoryShop(*(product(number) for number in range(1, 26))), catalogue, Progress(Phase.READ))
    return run
