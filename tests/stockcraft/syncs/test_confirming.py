"""A run that the guard stopped waits for a person, whose one approval carries out exactly its plan."""

from __future__ import annotations

from decimal import Decimal

import pytest

from one_shop import MemoryShop, connected, product, started, synced
from shopsync.errors import PlanStale
from shopsync.run import read, sweep, sync
from stockcraft.accounts.models import User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run, fail_run
from stockcraft.syncs.confirming import approve_plan, dismiss_plan
from stockcraft.syncs.models import Change, PlannedChange, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def alice(connection: Connection) -> User:
    return connection.account.members.get()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    """Forty products that are here, of which the shop has lost the first twenty."""
    shop = MemoryShop(*(product(number) for number in range(1, 41)))
    synced(connection, shop)
    shop.remove(*range(1, 21))
    return shop


def carried_out(run: SyncRun, shop: MemoryShop) -> SyncRun:
    run.status, run.attempt = SyncRun.Status.RUNNING, 1
    run.save(update_fields=["status", "attempt"])
    sync(shop, DjangoCatalogue(run, 1))
    return close_run(run, 1)


def test_a_run_that_would_archive_half_the_shop_needs_confirmation(connection: Connection, shop: MemoryShop) -> None:
    success = Connection.objects.get().last_success_at
    shop.change(30, title="Still updated")
    run = synced(connection, shop)
    assert (run.status, run.archived, run.updated) == (SyncRun.Status.NEEDS_CONFIRMATION, 0, 1)
    assert (run.failure_code, run.failure_detail) == ("sync.needs_confirmation", "20 products to archive")
    assert run.awaits_decision
    assert run.planned.filter(part=PlannedChange.Part.ARCHIVES).count() == 20
    assert Product.objects.live().count() == 40
    assert Connection.objects.get().last_success_at == success


def test_one_approval_carries_out_exactly_the_plan(connection: Connection, shop: MemoryShop, alice: User) -> None:
    stopped = synced(connection, shop)
    shop.change(30, title="Another matter")
    run = carried_out(approve_plan(stopped, alice), shop)
    assert (run.status, run.archived, run.updated, run.requested_by) == (SyncRun.Status.SUCCEEDED, 20, 0, alice)
    assert (run.confirms, run.planned.count()) == (stopped, 0)
    assert Product.objects.live().count() == 20
    stopped.refresh_from_db()
    assert (stopped.decision, stopped.decided_by, stopped.planned.count()) == ("approved", alice, 20)
    assert synced(connection, shop).status == SyncRun.Status.SUCCEEDED


def test_a_plan_is_decided_on_once(connection: Connection, shop: MemoryShop, alice: User) -> None:
    stopped = synced(connection, shop)
    carried_out(approve_plan(stopped, alice), shop)
    for decide in (approve_plan, dismiss_plan):
        with pytest.raises(Refused):
            decide(stopped, alice)


def test_a_dismissed_plan_changes_nothing_and_the_next_sync_makes_it_anew(
    connection: Connection, shop: MemoryShop, alice: User
) -> None:
    stopped = synced(connection, shop)
    dismiss_plan(stopped, alice)
    assert (stopped.decision, stopped.awaits_decision) == ("dismissed", False)
    assert Product.objects.live().count() == 40
    assert synced(connection, shop).awaits_decision


def test_a_later_sync_of_the_whole_shop_overtakes_the_plan(
    connection: Connection, shop: MemoryShop, alice: User
) -> None:
    stopped = synced(connection, shop)
    shop.put(*(product(number) for number in range(1, 21)))
    assert synced(connection, shop).status == SyncRun.Status.SUCCEEDED
    stopped.refresh_from_db()
    assert stopped.decision == "superseded"
    with pytest.raises(Refused):
        approve_plan(stopped, alice)


def test_while_a_sync_is_under_way_a_plan_cannot_be_approved(
    connection: Connection, shop: MemoryShop, alice: User
) -> None:
    stopped = synced(connection, shop)
    started(connection)
    with pytest.raises(Refused):
        approve_plan(stopped, alice)
    stopped.refresh_from_db()
    assert stopped.awaits_decision


def test_a_shop_that_changed_makes_the_plan_stale(connection: Connection, shop: MemoryShop, alice: User) -> None:
    stopped = synced(connection, shop)
    shop.put(product(7))
    run = approve_plan(stopped, alice)
    with pytest.raises(PlanStale):
        carried_out(run, shop)
    fail_run(run, 1, PlanStale.code)
    assert Product.objects.live().count() == 40
    assert run.planned.count() == 0


def test_a_planned_update_is_held_with_its_product_and_keeps_its_fields(connection: Connection, alice: User) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 13)))
    synced(connection, shop)
    for number in range(1, 13):
        shop.change_variant(number, price=Decimal("99.00"))
    stopped = synced(connection, shop)
    assert (stopped.held, stopped.updated, stopped.found) == (12, 0, 12)
    hold = stopped.changes.filter(kind=Change.Kind.HOLD, reason="guard").first()
    assert hold is not None
    assert hold.product is not None
    planned = stopped.planned.get(shopify_product_id=hold.shopify_product_id)
    assert [(f["field"], f["before"], f["after"]) for f in planned.fields] == [("price", "12.50", "99.00")]
    run = carried_out(approve_plan(stopped, alice), shop)
    assert (run.updated, run.found, run.status) == (12, 12, SyncRun.Status.SUCCEEDED)
    change = run.changes.get(product=hold.product)
    assert [(f["before"], f["after"]) for f in change.fields] == [("12.50", "99.00")]


def test_a_run_that_ends_otherwise_leaves_no_plan(connection: Connection, shop: MemoryShop) -> None:
    run = started(connection)
    catalogue = DjangoCatalogue(run, 1)
    shop.remove(*range(21, 23))
    shop.page = 100
    read(shop, catalogue, catalogue.progress())
    sweep(shop, catalogue, catalogue.progress())
    assert run.planned.count() == 22
    fail_run(run, 1, "shopify.unavailable")
    assert run.planned.count() == 0
