"""A connection is looked after every day: webhooks are mended, tokens kept alive, trouble is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from shopsync.shopify.webhooks import PRODUCT_TOPICS, SAFETY_TOPICS
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.workflows.upkeep import tend_due
from webhook_scene import ADDRESS, SETTINGS, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_queue(db: None) -> Iterator[None]:
    """The queue's rows go with the test's transaction."""
    with override_settings(**SETTINGS):
        yield


def subscribed(scene: Scene) -> list[str]:
    listed = scene.tenant.post.subscriptions.listed()
    assert all(one.uri == ADDRESS for one in listed)
    return sorted(one.topic.upper().replace("/", "_") for one in listed)


def test_after_connecting_every_topic_of_the_plan_is_subscribed() -> None:
    assert subscribed(Scene(Plan.PLUS)) == sorted(SAFETY_TOPICS + PRODUCT_TOPICS)


def test_on_free_only_what_safety_needs_is() -> None:
    scene = Scene(Plan.FREE)
    assert subscribed(scene) == sorted(SAFETY_TOPICS)
    assert sorted(Connection.objects.get().webhook_topics) == sorted(SAFETY_TOPICS)


def test_a_lost_subscription_is_made_again_and_the_others_left_alone() -> None:
    scene = Scene()
    lost, *kept = scene.tenant.post.subscriptions.listed()
    scene.tenant.post.subscriptions.delete(lost.id)
    scene.sim.requests.clear()

    scene.tend()

    assert subscribed(scene) == sorted(SAFETY_TOPICS + PRODUCT_TOPICS)
    assert {one.id for one in kept} < {one.id for one in scene.tenant.post.subscriptions.listed()}
    assert [asked.operation for asked in scene.sim.requests].count("Subscribe") == 1


def test_only_the_id_and_the_time_of_a_product_are_asked_for() -> None:
    scene = Scene()
    fields = {one.topic: one.include_fields for one in scene.tenant.post.subscriptions.listed()}
    assert fields["products/update"] == ["id", "updated_at"]
    assert fields["products/delete"] == []


def test_an_address_that_shopify_does_not_take_is_told_not_hidden() -> None:
    with override_settings(BASE_URL="http://127.0.0.1:8000"):
        scene = Scene()
    assert "protocol http" in Connection.objects.get().webhook_problem
    scene.tend()
    assert Connection.objects.get().webhook_problem == ""


def test_a_pasted_token_gets_no_webhooks_since_none_could_be_trusted() -> None:
    scene = Scene()
    scene.tenant.post.subscriptions.all.clear()
    Connection.objects.update(grant=Connection.Grant.PASTED)
    scene.tend()
    assert subscribed(scene) == []


def test_upkeep_is_promised_once_a_day_and_at_once_after_connecting() -> None:
    Scene()
    assert (tend_due(), tend_due()) == (1, 0)
    Connection.objects.update(tended_at=timezone.now() - timedelta(hours=25))
    assert tend_due() == 1
    assert ProcrastinateJob.objects.filter(task_name="stockcraft:tend").count() == 2


@pytest.mark.parametrize("status", ["disconnected", "needs_reconnecting"])
def test_a_connection_without_access_is_left_alone(status: str) -> None:
    scene = Scene()
    Connection.objects.update(status=status, tended_at=None)
    scene.sim.requests.clear()
    assert tend_due() == 0
    scene.tend()
    assert not scene.sim.requests


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"refuse_token": True}, "shopify.unauthorized"), ({"missing_scope": True}, "shopify.missing_scope")],
)
def test_lost_access_is_noticed_between_syncs(fault: dict[str, bool], code: str) -> None:
    scene = Scene()
    scene.tenant.faults.set(**fault)
    scene.tend()
    connection = Connection.objects.get()
    assert (connection.status, connection.failure_code) == ("needs_reconnecting", code)


def test_a_shop_that_does_not_answer_is_asked_again_in_an_hour() -> None:
    scene = Scene()
    scene.tenant.faults.answer(502)
    scene.tend()
    connection = Connection.objects.get()
    assert connection.status == "connected"
    assert connection.tended_at is not None
    assert timedelta(hours=22) < timezone.now() - connection.tended_at < timedelta(hours=24)


def test_the_refresh_token_of_a_shop_at_rest_is_renewed_monthly() -> None:
    scene = Scene()
    before = Connection.objects.get().refresh_token
    scene.tend()
    assert Connection.objects.get().refresh_token == before

    Connection.objects.update(refresh_expires_at=timezone.now() + timedelta(days=59), status=Connection.Status.PAUSED)
    scene.tend()

    after = Connection.objects.get()
    assert after.refresh_token != before
    assert after.refresh_expires_at > timezone.now() + timedelta(days=89)


def test_an_endless_token_of_earlier_times_is_exchanged_for_one_that_ends() -> None:
    scene = Scene()
    old = scene.tenant.token()
    Connection.objects.update(refresh_expires_at=None, token_expires_at=None)
    scene.connect(access_token=old, refresh_token="", token_expires_at=None, refresh_expires_at=None)

    scene.tend()

    connection = Connection.objects.get()
    assert connection.access_token not in ("", old)
    assert connection.refresh_token
    assert connection.token_expires_at
    assert connection.status == "connected"
