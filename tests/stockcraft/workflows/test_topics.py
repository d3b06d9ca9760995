"""What the shop says about itself, the app and people's privacy, on every plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.source import spool_of
from stockcraft.syncs.models import Change, Delivery, Resolution, SyncRun, Trigger
from stockcraft.syncs.resolving import remove
from stockcraft.workflows.deliveries import take_deliveries
from webhook_scene import SETTINGS, Scene, outcomes, post

pytestmark = pytest.mark.django_db
TWO_DAYS = timedelta(hours=48)


@pytest.fixture(autouse=True)
def _empty_queue(db: None) -> Iterator[None]:
    """The queue's rows go with the test's transaction."""
    with override_settings(**SETTINGS):
        yield


@pytest.fixture
def scene() -> Scene:
    return Scene(Plan.FREE)


def redact(scene: Scene, after: timedelta = TWO_DAYS) -> None:
    at = timezone.now() + after
    Delivery.objects.all().delete()
    post("shop/redact", {"shop_id": 1, "shop_domain": scene.shop.domain})
    Delivery.objects.update(triggered_at=at)
    take_deliveries()


def test_uninstalling_ends_the_connection_and_erases_the_tokens_at_once(scene: Scene) -> None:
    SyncRun.objects.request(scene.connection, Trigger.MANUAL)
    scene.tenant.uninstall()
    scene.deliver()
    take_deliveries()

    connection = Connection.objects.get()
    assert (connection.status, connection.failure_code) == ("disconnected", "shopify.uninstalled")
    assert (connection.access_token, connection.refresh_token, connection.auto_sync) == ("", "", False)
    assert not SyncRun.objects.live().exists()
    assert scene.account.products.live().count() == 3


def test_an_uninstall_older_than_the_newest_install_is_ignored(scene: Scene) -> None:
    before = scene.connection.connected_at - timedelta(minutes=5)
    post("app/uninstalled", {"id": 1, "myshopify_domain": scene.shop.domain}, at=before)
    take_deliveries()

    assert Connection.objects.get().status == "connected"
    assert outcomes() == ["reinstalled"]


def test_another_apps_uninstall_says_nothing_of_a_connection(scene: Scene) -> None:
    Connection.objects.update(grant=Connection.Grant.PASTED)
    post("app/uninstalled", {"myshopify_domain": scene.shop.domain})
    take_deliveries()
    assert Connection.objects.get().status == "connected"


def test_two_days_after_the_uninstall_everything_of_the_shop_is_erased(scene: Scene) -> None:
    Product.objects.create(account=scene.account, title="Made here, of no shop")
    remove(Product.objects.filter(connection=scene.connection)[0])
    scene.connection.disconnect()
    spooled = spool_of(scene.connection.pk) / "1.jsonl"
    spooled.parent.mkdir(parents=True)
    spooled.write_text("a product")

    redact(scene)

    assert outcomes() == ["erased"]
    assert not spooled.exists()
    assert [product.title for product in Product.objects.all()] == ["Made here, of no shop"]
    assert not any(model.objects.exists() for model in (Connection, SyncRun, Change, Resolution))
    assert not Variant.objects.filter(product__connection__isnull=False).exists()


def test_a_shop_that_came_back_within_two_days_keeps_its_products(scene: Scene) -> None:
    scene.connection.disconnect()
    scene.connect()

    redact(scene, TWO_DAYS - timedelta(hours=1))

    assert outcomes() == ["still_connected"]
    assert scene.account.products.live().count() == 3
    assert scene.sync().unchanged == 3


def test_a_shop_that_came_back_later_starts_anew(scene: Scene) -> None:
    scene.connection.disconnect()
    redact(scene)
    scene.connection = scene.connect()

    run = scene.sync()

    assert (run.created, run.duplicates) == (3, 0)


def test_a_shop_whose_uninstall_was_missed_is_erased_once_its_token_is_known_to_be_dead(scene: Scene) -> None:
    redact(scene, timedelta(days=30))
    assert outcomes() == ["still_connected"]

    scene.connection.needs_reconnecting("shopify.unauthorized")
    redact(scene, timedelta(days=30))
    assert outcomes() == ["erased"]


def test_customers_are_never_read_so_nothing_is_given_or_erased(scene: Scene) -> None:
    customer = {"shop_domain": scene.shop.domain, "customer": {"id": 7, "email": "eve@example.com"}}
    for topic in ("customers/data_request", "customers/redact"):
        assert post(topic, customer) == 200
    take_deliveries()

    assert outcomes() == ["no_customer_data"] * 2
    assert "eve@example.com" not in str(list(Delivery.objects.values()))


def test_a_body_about_another_shop_than_its_header_is_ignored(scene: Scene) -> None:
    post("shop/redact", {"shop_domain": "someone-else.myshopify.com"})
    post("app/uninstalled", {"myshopify_domain": "someone-else.myshopify.com"})
    take_deliveries()

    assert outcomes() == ["another_shop"] * 2
    assert Connection.objects.get().status == "connected"


def test_when_scopes_or_the_shop_change_the_shop_is_asked_again(scene: Scene) -> None:
    Connection.objects.update(tended_at=timezone.now())
    scene.shop.set_up(title="Maple & Co")
    scene.tenant.post.shop_changed()
    scene.deliver()
    take_deliveries()
    assert Connection.objects.get().tended_at is None

    scene.tend()
    assert Connection.objects.get().shop_name == "Maple & Co"


def test_a_run_that_waits_for_a_file_is_woken_when_it_is_ready(scene: Scene) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    run, _new = SyncRun.objects.request(scene.connection, Trigger.MANUAL)
    SyncRun.objects.filter(pk=run.pk).update(waiting_until=timezone.now() + timedelta(minutes=5))
    post("bulk_operations/finish", {"admin_graphql_api_id": "gid://shopify/BulkOperation/1"})
    take_deliveries()

    assert outcomes() == ["woken"]
    assert ProcrastinateJob.objects.filter(task_name="stockcraft:sync", args__run_id=run.pk).exists()


def test_a_topic_nobody_knows_is_kept_and_left_alone(scene: Scene) -> None:
    post("orders/create", {"id": 1})
    take_deliveries()
    assert outcomes() == ["unknown_topic"]
