"""What a person does to a product while a sync decides about it counts: nothing of theirs is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.utils import timezone

from one_shop import MemoryShop, connected, followed, product, started, synced
from shopsync.errors import Overtaken
from shopsync.ports import Local, Stored
from shopsync.run import sync
from shopsync.values import Page
from stockcraft.catalog.models import Product
from stockcraft.catalog.ownership import FieldRule
from stockcraft.connections.models import Connection
from stockcraft.syncs import keeping
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.confirming import approve_plan
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.resolving import remove, unlink

pytestmark = pytest.mark.django_db(transaction=True)


class Meanwhile(DjangoCatalogue):
    """A catalogue in which somebody else does something, once, right after a step learnt what is here."""

    def __init__(self, run: SyncRun, happens: Callable[[], object]) -> None:
        super().__init__(run, run.attempt)
        self._happens: Callable[[], object] | None = happens

    def known(self, shop_ids: Sequence[int]) -> list[Local]:
        found = super().known(shop_ids)
        if found and self._happens:
            happens, self._happens = self._happens, None
            elsewhere(happens)
        return found


def elsewhere(happens: Callable[[], object]) -> None:
    """Do this in a session of its own, as another process would."""

    def run() -> None:
        try:
            happens()
        finally:
            database.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    return shop


def carried_out(connection: Connection, shop: MemoryShop, happens: Callable[[], object]) -> SyncRun:
    connection.want_whole_read()
    run = started(connection)
    sync(shop, Meanwhile(run, happens))
    return close_run(run, 1)


def first() -> Product:
    return Product.objects.order_by("pk")[0]


def test_a_product_unlinked_meanwhile_stays_unlinked_and_as_it_is(connection: Connection, shop: MemoryShop) -> None:
    def takes_it_out() -> None:
        unlink(first())
        first().variants.update(sku="OWN")

    shop.change(1, title="Renamed there")
    run = carried_out(connection, shop, takes_it_out)
    assert (first().title, first().connection, first().shopify_product_id) == ("Candle 1", None, None)
    assert (run.status, run.created, run.updated, run.found) == (SyncRun.Status.SUCCEEDED, 1, 0, 2)


def test_a_product_removed_meanwhile_is_no_internal_error(connection: Connection, shop: MemoryShop) -> None:
    shop.change(1, title="Renamed there")
    run = carried_out(connection, shop, lambda: remove(first(), ignore=False))
    assert (run.status, run.created) == (SyncRun.Status.SUCCEEDED, 1)
    assert sorted(Product.objects.values_list("title", flat=True)) == ["Candle 2", "Renamed there"]


def test_a_value_of_ones_own_written_meanwhile_is_kept(connection: Connection, shop: MemoryShop) -> None:
    FieldRule.objects.set_rule(connection.account, "title", "keep")
    synced(connection, shop)
    shop.change(1, vendor="Renamed there")
    carried_out(connection, shop, lambda: keeping.edit(first(), "title", "My name"))
    assert (first().title, first().vendor) == ("My name", "Renamed there")


def test_a_step_that_is_overtaken_every_time_is_put_off(connection: Connection, shop: MemoryShop) -> None:
    class Restless(DjangoCatalogue):
        def stored(self, local_ids: Sequence[int]) -> dict[int, Stored]:
            return {}

    shop.change(1, title="Renamed there")
    connection.want_whole_read()
    with pytest.raises(Overtaken):
        sync(shop, Restless(started(connection), 1))
    assert first().title == "Candle 1"


def test_a_product_removed_here_and_there_is_no_internal_error(connection: Connection, shop: MemoryShop) -> None:
    class Slow(MemoryShop):
        def lookup(self, shop_ids: Sequence[int]) -> Page:
            for mine in Product.objects.filter(shopify_product_id=1):
                remove(mine, ignore=False)
            return super().lookup(shop_ids)

    assert followed(connection, Slow(product(2)), 1).status == SyncRun.Status.SUCCEEDED


def test_a_product_unlinked_while_its_archive_waits_for_approval_is_not_archived(connection: Connection) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 31)))
    synced(connection, shop)
    shop.remove(*range(1, 16))
    stopped = synced(connection, shop)
    assert stopped.status == SyncRun.Status.NEEDS_CONFIRMATION
    unlink(first())
    run = approve_plan(stopped)
    SyncRun.objects.filter(pk=run.pk).update(status="running", attempt=1, started_at=timezone.now())
    run.refresh_from_db()
    sync(shop, DjangoCatalogue(run, 1))
    assert close_run(run, 1).archived == 14
    assert first().archived_at is None


def test_what_a_step_is_about_to_write_waits_for_it(connection: Connection, shop: MemoryShop) -> None:
    catalogue = DjangoCatalogue(started(connection), 1)
    met: list[Exception | None] = []

    def take() -> None:
        try:
            with database.cursor() as cursor:
                cursor.execute("SELECT FROM catalog_product WHERE id = %s FOR UPDATE NOWAIT", [first().pk])
        except DatabaseError as error:
            met.append(error)

    with catalogue.step():
        catalogue.stored([first().pk])
        elsewhere(take)
    assert [type(error.__cause__).__name__ for error in met if error] == ["LockNotAvailable"]
