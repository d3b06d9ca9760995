"""A connection's page tells what it needs; automatic syncs rest and go on, and nothing is lost on the way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.workflows.due import start_due
from web_cast import Cast, add_product, add_run, connect, text_of


@pytest.fixture
def connection(cast: Cast) -> Connection:
    return connect(cast.account, scopes=["read_products"], last_success_at=timezone.now())


def act(page: Client, cast: Cast, name: str, connection: Connection, **form: str) -> str:
    return text_of(page.post(reverse(name, args=[cast.account.slug, connection.pk]), form, follow=True))


def test_the_page_tells_each_fault_with_its_remedy(cast: Cast, page: Client, connection: Connection) -> None:
    Connection.objects.update(webhook_problem="Address is invalid", tended_at=timezone.now())
    text = text_of(page.get(reverse("connection", args=[cast.account.slug, connection.pk])))
    assert "read_products" in text
    assert "16 Oct 2027" in text
    assert "Address is invalid" in text
    assert connection.access_token not in text


def test_only_the_findings_that_are_faults_look_like_faults(cast: Cast, page: Client, connection: Connection) -> None:
    def faults() -> list[str]:
        text = text_of(page.get(reverse("connection", args=[cast.account.slug, connection.pk])))
        return re.findall(r'<div class="fault"><dt>([^<]*)</dt>', text)

    before = faults()
    Connection.objects.update(status=Connection.Status.NEEDS_RECONNECTING)
    assert "Connection" not in before
    assert faults()[:1] == ["Connection"]


def test_the_card_leads_to_the_page(cast: Cast, page: Client, connection: Connection) -> None:
    text = text_of(page.get(reverse("integrations", args=[cast.account.slug])))
    assert reverse("connection", args=[cast.account.slug, connection.pk]) in text


def test_a_paused_connection_is_not_synced_by_itself_until_it_goes_on(
    cast: Cast, page: Client, connection: Connection
) -> None:
    assert "are paused" in act(page, cast, "pause_shop", connection, paused="1")
    Connection.objects.update(next_sync_at=timezone.now() - timedelta(hours=30))
    assert start_due() == 0

    assert "go on" in act(page, cast, "pause_shop", connection, paused="0")

    connection.refresh_from_db()
    assert connection.status == "connected"
    assert connection.next_sync_at is not None
    assert connection.next_sync_at > timezone.now()


def test_pausing_does_not_hide_that_access_is_gone(cast: Cast, page: Client, connection: Connection) -> None:
    connection.needs_reconnecting("shopify.unauthorized")
    act(page, cast, "pause_shop", connection, paused="1")
    act(page, cast, "pause_shop", connection, paused="0")
    connection.refresh_from_db()
    assert connection.status == "needs_reconnecting"


def test_a_check_is_promised_at_once(cast: Cast, page: Client, connection: Connection) -> None:
    assert "being checked" in act(page, cast, "check_connection", connection)
    assert ProcrastinateJob.objects.filter(task_name="stockcraft:tend", args__connection_id=connection.pk).exists()


def test_disconnecting_keeps_products_and_history_unless_they_are_to_go(
    cast: Cast, page: Client, connection: Connection
) -> None:
    add_product(connection, cast.account, "Mug")
    add_run(connection)
    act(page, cast, "disconnect_shop", connection)
    assert (Product.objects.count(), cast.account.runs.count()) == (1, 1)
    connection.refresh_from_db()
    assert (connection.status, connection.access_token) == ("disconnected", "")

    act(page, cast, "disconnect_shop", connection, remove_products="1")
    assert (Product.objects.count(), cast.account.runs.count()) == (0, 1)
