"""Webhooks are hints: late, doubled or shuffled, they leave the catalogue as the shop is, and Sync History readable."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from shopsync.errors import RunLost
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Delivery, SyncRun, Trigger
from stockcraft.workflows.deliveries import forget_old_deliveries, settle, take_deliveries
from stockcraft.workflows.due import start_due
from stockcraft.workflows.lease import claim
from stockcraft.workflows.runner import run_sync
from stockcraft.workflows.start import request_sync
from tests_shops import transport
from webhook_scene import SETTINGS, Scene, outcomes, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_queue(db: None) -> Iterator[None]:
    """The queue's rows go with the test's transaction."""
    with override_settings(**SETTINGS):
        yield


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_changed_product_is_looked_up_and_nothing_else(scene: Scene) -> None:
    candle = scene.shop.by_title("Candle")
    scene.shop.rename(candle.id, "Tall candle")
    scene.sim.requests.clear()

    (run,) = scene.work()

    assert scene.titles()[candle.id] == "Tall candle"
    assert (run.trigger, run.status, run.updated, run.found) == (Trigger.WEBHOOK, SyncRun.Status.SUCCEEDED, 1, 1)
    assert [asked.operation for asked in scene.sim.requests] == ["ProductsById"]
    assert outcomes() == ["succeeded"]


def test_many_deliveries_of_one_shop_become_one_run(scene: Scene) -> None:
    for product in list(scene.shop.products.values()):
        scene.shop.rename(product.id, f"New {product.title}")
        scene.shop.touch(product.id)
    scene.shop.add_product("Mug")

    (run,) = scene.work()

    assert (run.updated, run.created, run.products_total) == (3, 1, 4)
    assert scene.titles() == scene.shop_titles()
    assert Delivery.objects.count() == 7


def test_a_run_that_found_nothing_new_leaves_no_row(scene: Scene) -> None:
    before = SyncRun.objects.count()
    scene.shop.touch(scene.shop.by_title("Bowl").id)

    scene.work()

    assert SyncRun.objects.count() == before
    assert outcomes() == ["unchanged"]


def test_a_product_deleted_in_the_shop_is_archived_once_it_is_not_found(scene: Scene) -> None:
    bowl = scene.shop.by_title("Bowl")
    scene.shop.delete(bowl.id)

    (run,) = scene.work()

    assert run.archived == 1
    assert bowl.id not in scene.titles()
    assert Product.objects.get(shopify_product_id=bowl.id).archive_reason == "removed_in_shopify"


def test_a_false_word_of_deletion_archives_nothing(scene: Scene) -> None:
    bowl = scene.shop.by_title("Bowl")
    assert post("products/delete", {"id": bowl.id}) == 200

    scene.work()

    assert bowl.id in scene.titles()


def test_of_local_duplicates_a_deletion_archives_the_first_only(scene: Scene) -> None:
    bowl = scene.shop.by_title("Bowl")
    first = Product.objects.get(shopify_product_id=bowl.id)
    twin = Product.objects.create(
        account=scene.account, connection=scene.connection, shopify_product_id=bowl.id, title="Bowl again"
    )
    scene.shop.delete(bowl.id)

    scene.work()

    first.refresh_from_db()
    twin.refresh_from_db()
    assert (first.archived_at is not None, twin.archived_at) == (True, None)


@pytest.mark.parametrize("seed", range(3))
def test_doubled_shuffled_and_day_late_deliveries_leave_the_same_catalogue_as_none(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    scene.tenant.faults.set(webhooks_doubled=10, webhooks_shuffled=True)
    for number in range(12):
        ids = list(scene.shop.products)
        match chance.randrange(4):
            case 0:
                scene.shop.add_product(f"Mug {number}")
            case 1 if len(ids) > 1:
                scene.shop.delete(chance.choice(ids))
            case _:
                scene.shop.rename(chance.choice(ids), f"Name {number}")
        if chance.random() < 0.3:
            scene.work()
    scene.sim.clock.move(hours=24)

    scene.work()

    assert scene.titles() == scene.shop_titles()
    run = scene.sync()
    assert (run.created, run.updated, run.archived, run.restored) == (0, 0, 0, 0)


def test_while_a_sync_is_live_deliveries_wait_and_are_dealt_with_after(scene: Scene) -> None:
    live, _new = SyncRun.objects.request(scene.connection, Trigger.MANUAL)
    scene.shop.rename(scene.shop.by_title("Candle").id, "Tall candle")
    scene.deliver()

    take_deliveries()
    assert Delivery.objects.waiting().count() == 1

    scene.carry_out(live)
    scene.work()
    assert not Delivery.objects.waiting().exists()


def test_a_run_that_follows_webhooks_becomes_the_full_sync_somebody_asks_for(scene: Scene) -> None:
    candle, bowl = scene.shop.by_title("Candle"), scene.shop.by_title("Bowl")
    scene.shop.rename(candle.id, "Tall candle")
    scene.deliver()
    take_deliveries()
    scene.tenant.faults.set(webhooks_lost=1)
    scene.shop.rename(bowl.id, "Deep bowl")
    run = SyncRun.objects.live().get()

    day = timezone.now().date()
    wider, created = request_sync(scene.connection, Trigger.SCHEDULED, scheduled_day=day)

    assert (wider.pk, created, wider.phase, wider.mode) == (run.pk, True, "choose", SyncRun.Mode.FULL)
    done = scene.carry_out(wider)
    assert (done.trigger, done.scheduled_day, done.updated) == (Trigger.SCHEDULED, day, 2)
    assert outcomes() == ["succeeded"]


def test_a_worker_whose_run_became_a_full_sync_writes_nothing_more(scene: Scene) -> None:
    from stockcraft.syncs.catalogue import DjangoCatalogue

    scene.shop.rename(scene.shop.by_title("Candle").id, "Tall candle")
    scene.deliver()
    take_deliveries()
    run = claim(SyncRun.objects.live().get().pk)
    assert run is not None

    request_sync(scene.connection, Trigger.MANUAL)

    with pytest.raises(RunLost), DjangoCatalogue(run, run.attempt).step():
        pass


def test_two_who_ask_for_webhook_runs_share_one(scene: Scene) -> None:
    first, created = request_sync(scene.connection, Trigger.WEBHOOK, phase="hints")
    second, again = request_sync(scene.connection, Trigger.WEBHOOK, phase="hints")
    assert (first.pk == second.pk, created, again) == (True, True, False)


def test_a_worker_that_dies_after_the_end_leaves_the_rest_to_the_next(scene: Scene) -> None:
    scene.shop.touch(scene.shop.by_title("Candle").id)
    scene.deliver()
    take_deliveries()
    run_sync(SyncRun.objects.live().get().pk, transport=transport(scene.sim))
    assert Delivery.objects.get().status == Delivery.Status.TAKEN

    take_deliveries()

    assert outcomes() == ["unchanged"]


def test_a_failed_run_says_so_on_its_deliveries_and_stays_in_history(scene: Scene) -> None:
    scene.shop.touch(scene.shop.by_title("Candle").id)
    scene.deliver()
    take_deliveries()
    scene.tenant.faults.set(frozen=True)

    run = scene.carry_out(SyncRun.objects.live().get())

    assert run.failure_code == "shopify.store_paused"
    assert outcomes() == ["shopify.store_paused"]
    assert SyncRun.objects.filter(pk=run.pk).exists()


def test_products_are_followed_at_once_on_plus_only(scene: Scene) -> None:
    scene.account.plan = Plan.FREE
    scene.account.save(update_fields=["plan"])
    scene.shop.rename(scene.shop.by_title("Candle").id, "Tall candle")

    assert scene.work() == []
    assert outcomes() == ["plan"]


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"auto_sync": False}, "auto_sync_off"),
        ({"status": Connection.Status.PAUSED}, "paused"),
        ({"status": Connection.Status.NEEDS_RECONNECTING}, "needs_reconnecting"),
        ({"status": Connection.Status.DISCONNECTED}, "unknown_shop"),
    ],
)
def test_a_connection_at_rest_stays_at_rest(scene: Scene, columns: dict[str, object], outcome: str) -> None:
    Connection.objects.update(**columns)
    scene.shop.rename(scene.shop.by_title("Candle").id, "Tall candle")

    assert scene.work() == []
    assert outcomes() == [outcome]


def test_settling_a_live_run_changes_nothing(scene: Scene) -> None:
    scene.shop.touch(scene.shop.by_title("Candle").id)
    scene.deliver()
    take_deliveries()
    settle(SyncRun.objects.live().get())
    assert Delivery.objects.get().status == Delivery.Status.TAKEN


def test_old_deliveries_are_forgotten(scene: Scene) -> None:
    post("shop/update", {"id": 1}, webhook_id="an-old-delivery")
    post("shop/update", {"id": 1}, webhook_id="a-new-delivery")
    Delivery.objects.filter(webhook_id="an-old-delivery").update(received_at=timezone.now() - timedelta(days=31))

    assert forget_old_deliveries() == 1
    assert Delivery.objects.get().webhook_id == "a-new-delivery"


def test_the_daily_sync_is_not_missed_for_a_run_that_follows_webhooks(scene: Scene) -> None:
    scene.shop.rename(scene.shop.by_title("Candle").id, "Tall candle")
    scene.deliver()
    take_deliveries()
    Connection.objects.update(next_sync_at=timezone.now() - timedelta(minutes=1))

    start_due()

    run = SyncRun.objects.live().get()
    assert (run.trigger, run.phase, run.scheduled_day is not None) == (Trigger.SCHEDULED, "choose", True)
    assert scene.carry_out(run).found == 3
