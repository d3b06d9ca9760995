"""The doctor names each fault of a connection with its remedy, and finds none in a sound one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import override_settings
from django.utils import timezone

from shopsync.shopify.webhooks import PRODUCT_TOPICS, SAFETY_TOPICS
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.syncs.deliveries import receive
from stockcraft.syncs.doctor import ask_around, examine
from web_cast import connect, make_cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sound() -> Connection:
    """A connection with nothing wrong."""
    now = timezone.now()
    account = make_cast().account
    account.plan = Plan.PLUS
    account.save()
    return connect(
        account,
        scopes=["read_products"],
        api_version="2026-10",
        token_expires_at=now + timedelta(hours=1),
        refresh_token="kept",
        refresh_expires_at=now + 90 * DAY,
        webhook_topics=list(SAFETY_TOPICS + PRODUCT_TOPICS),
        tended_at=now,
        last_success_at=now,
    )


def faults(connection: Connection) -> dict[str, str]:
    return {finding.code: str(finding.remedy) for finding in examine(connection) if finding.is_fault}


def test_a_sound_connection_has_no_fault_and_tells_everything(sound: Connection) -> None:
    receive("b1234567", "products/update", sound.shop_domain, product_id=1)
    assert faults(sound) == {}
    codes = [finding.code for finding in examine(sound)]
    assert codes == [
        "access", "token", "renewal", "scopes", "version", "webhooks", "last_webhook", "success", "next",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"status": "needs_reconnecting"}, "access", "Reconnect"),
        ({"access_token": ""}, "token", "Connect the store"),
        ({"refresh_expires_at": timezone.now() + 5 * DAY}, "renewal", "worker must run"),
        ({"scopes": ["read_orders"]}, "scopes", "read products"),
        ({"api_version": "2027-04"}, "version", "update StockCraft"),
        ({"webhook_topics": ["SHOP_UPDATE"]}, "webhooks", "APP_UNINSTALLED"),
        ({"webhook_problem": "Address protocol http:// is not supported"}, "webhooks", "STOCKCRAFT_BASE_URL"),
        ({"tended_at": timezone.now() - 3 * DAY}, "webhooks", "worker must run"),
        (
            {"last_success_at": timezone.now() - timedelta(hours=27), "connected_at": timezone.now() - 9 * DAY},
            "success",
            "Sync History",
        ),
        ({"next_sync_at": timezone.now() - timedelta(hours=1)}, "next", "stockcraft worker"),
    ],
)
def test_each_fault_comes_with_its_remedy(sound: Connection, columns: dict[str, Any], code: str, words: str) -> None:
    Connection.objects.filter(pk=sound.pk).update(**columns)
    found = faults(Connection.objects.select_related("account").get(pk=sound.pk))
    assert list(found) == [code]
    assert words in found[code]


@pytest.mark.parametrize("status", ["paused", "needs_reconnecting"])
def test_no_next_sync_is_promised_while_none_can_start(sound: Connection, status: str) -> None:
    Connection.objects.filter(pk=sound.pk).update(status=status)
    sound.refresh_from_db()
    (found,) = (finding for finding in examine(sound) if finding.code == "next")
    assert (str(found.state), found.at) == ("Paused", None)


def test_a_pasted_token_lives_without_webhooks(sound: Connection) -> None:
    Connection.objects.update(grant="pasted", webhook_topics=[], refresh_expires_at=None, token_expires_at=None)
    assert faults(Connection.objects.select_related("account").get()) == {}


@pytest.fixture
def nowhere() -> Iterator[None]:
    with override_settings(BASE_URL="http://127.0.0.1:9"):
        yield


def test_an_address_that_does_not_answer_is_found(sound: Connection, nowhere: None) -> None:
    address = ask_around(sound, transport=httpx.MockTransport(lambda request: httpx.Response(200)))[0]
    assert (address.code, address.is_fault) == ("address", True)
    assert "STOCKCRAFT_BASE_URL" in str(address.remedy)


@pytest.mark.parametrize(("minutes", "fault"), [(0, False), (5, True)])
def test_a_clock_that_is_off_is_found(sound: Connection, nowhere: None, minutes: int, fault: bool) -> None:
    date = timezone.now() - timedelta(minutes=minutes)
    shop = httpx.MockTransport(
        lambda request: httpx.Response(200, headers={"Date": f"{date:%a, %d %b %Y %H:%M:%S} GMT"})
    )
    clock = ask_around(sound, transport=shop)[1]
    assert (clock.code, clock.is_fault) == ("clock", fault)


def test_a_shop_that_does_not_answer_leaves_the_clock_unknown(sound: Connection, nowhere: None) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    clock = ask_around(sound, transport=httpx.MockTransport(broken))[1]
    assert "does not answer" in str(clock.remedy)
