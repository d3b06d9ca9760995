"""Which way runs of a connection read the shop, one after the other, and what they remember for each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from one_shop import MemoryShop, connected, followed, product, synced
from shopsync.values import Page
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(*(product(number) for number in range(1, 6)))


def route_of(run: SyncRun) -> tuple[str, str, str]:
    return run.route, run.route_why, run.mode


def test_after_a_whole_read_only_changes_are_asked_for(connection: Connection, shop: MemoryShop) -> None:
    assert route_of(synced(connection, shop, whole=False)) == ("pages", "first_read", "full")
    shop.change(3, title="Renamed")
    run = synced(connection, shop, whole=False)
    assert route_of(run) == ("changes", "few_changes", "changes")
    assert (run.found, run.updated, run.status) == (1, 1, SyncRun.Status.SUCCEEDED)
    run = synced(connection, shop, whole=False)
    assert (route_of(run)[0], run.found, run.changes.count()) == ("changes", 0, 0)


def test_a_product_gone_from_the_shop_shows_in_the_counts_and_the_whole_shop_is_read(
    connection: Connection, shop: MemoryShop
) -> None:
    synced(connection, shop)
    shop.remove(2)
    run = synced(connection, shop, whole=False)
    assert route_of(run) == ("pages", "counts_disagree", "full")
    assert (run.found, run.unchanged, run.archived) == (4, 4, 1)


def test_the_whole_shop_is_read_at_least_weekly(connection: Connection, shop: MemoryShop) -> None:
    synced(connection, shop)
    Connection.objects.update(whole_read_at=timezone.now() - timedelta(days=7, seconds=-5), whole_read_wanted_at=None)
    assert route_of(synced(connection, shop, whole=False)) == ("pages", "weekly", "full")
    assert route_of(synced(connection, shop, whole=False))[0] == "changes"


def test_a_whole_read_that_is_wanted_comes_once(connection: Connection, shop: MemoryShop) -> None:
    synced(connection, shop)
    assert route_of(synced(connection, shop)) == ("pages", "wanted", "full")
    assert route_of(synced(connection, shop, whole=False))[0] == "changes"


def test_a_product_ignored_no_longer_comes_in_though_nobody_touched_it(
    connection: Connection, shop: MemoryShop
) -> None:
    connection.ignored_products.create(shopify_product_id=2)
    synced(connection, shop)
    assert route_of(synced(connection, shop, whole=False))[0] == "changes"
    connection.ignored_products.all().delete()
    run = synced(connection, shop, whole=False)
    assert (route_of(run), run.created) == (("pages", "wanted", "full"), 1)


def test_a_product_deleted_here_to_be_imported_again_is(connection: Connection, shop: MemoryShop) -> None:
    synced(connection, shop)
    Product.objects.filter(shopify_product_id=4).delete()
    run = synced(connection, shop, whole=False)
    assert (route_of(run), run.created) == (("pages", "counts_disagree", "full"), 1)


def test_after_an_upgrade_those_that_waited_come_in_at_the_next_sync() -> None:
    connection = connected(plan="free")
    shop = MemoryShop(*(product(number) for number in range(1, 54)), page=60)
    synced(connection, shop)
    assert route_of(synced(connection, shop, whole=False))[0] == "changes"
    type(connection.account).objects.update(plan="plus")
    run = synced(connection, shop, whole=False)
    assert (route_of(run), run.created) == (("pages", "room_for_waiting", "full"), 3)


def test_after_a_failed_bulk_operation_the_next_run_reads_by_pages(connection: Connection) -> None:
    shop = MemoryShop(product(1))
    shop.count = lambda: 50_000  # type: ignore[method-assign]
    SyncRun.objects.create(
        account=connection.account,
        connection=connection,
        number=7,
        trigger="manual",
        status="failed",
        route="bulk",
        failure_code="shopify.bulk_failed",
        finished_at=timezone.now(),
    )
    # What reads no list of the shop between them says nothing of its bulk operations.
    followed(connection, shop, 1)
    assert synced(connection, shop).route == "pages"
    assert synced(connection, shop).route == "bulk"


def test_a_product_touched_long_ago_whose_cost_changed_does_not_turn_the_changes_back(connection: Connection) -> None:
    now = timezone.now()
    long_ago, today = now - timedelta(days=180), now - timedelta(hours=5)
    shop = MemoryShop(product(1, updated_at=long_ago), product(2, updated_at=today))
    synced(connection, shop)
    connection.refresh_from_db()
    before = connection.changes_since
    assert before
    shop.read = lambda cursor: Page((shop.products[1],))  # type: ignore[method-assign]
    assert synced(connection, shop, whole=False).route == "changes"
    connection.refresh_from_db()
    assert connection.changes_since == before


def test_where_room_is_short_the_older_product_comes_in_first_whichever_was_touched_last() -> None:
    connection = connected(plan="free")
    now = timezone.now()
    shop = MemoryShop(*(product(number, updated_at=now - timedelta(hours=5)) for number in range(1, 50)), page=60)
    synced(connection, shop)
    newer, older = (product(n, updated_at=now - timedelta(minutes=ago)) for n, ago in ((61, 50), (60, 20)))
    shop.put(newer)
    shop.put(older)
    run = synced(connection, shop, whole=False)
    assert run.route == "changes"
    assert run.changes.get(kind="create").shopify_product_id == 60
