"""Sync Products Now and Stop: one live run per shop, whoever presses."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from web_cast import Cast, add_run, client_of, connect, text_of


@pytest.fixture
def connection(cast: Cast) -> Connection:
    return connect(cast.account)


def press(client: Client, connection: Connection, **fields: str):  # type: ignore[no-untyped-def]
    address = reverse("start_sync", args=[connection.account.slug, connection.pk])
    return client.post(address, fields)


def test_the_button_starts_a_manual_run_and_shows_it(cast: Cast, page: Client, connection: Connection) -> None:
    response = press(page, connection)
    run = connection.runs.get()
    assert (run.trigger, run.requested_by, run.status) == (Trigger.MANUAL, cast.alice, SyncRun.Status.QUEUED)
    assert (response.status_code, response.headers["Location"]) == (303, f"/a/maple-thread/syncs/{run.number}/")


def test_a_second_press_by_anyone_joins_the_live_run(cast: Cast, page: Client, connection: Connection) -> None:
    press(page, connection)
    bob = client_of(cast.bob)
    response = bob.get(press(bob, connection, next="integrations").headers["Location"])
    assert connection.runs.count() == 1
    assert "A sync is already running. Showing its progress." in text_of(response)


def test_the_page_with_the_button_is_where_one_returns(page: Client, connection: Connection) -> None:
    places = {name: press(page, connection, next=name).headers["Location"] for name in ("integrations", "history")}
    assert places == {"integrations": "/a/maple-thread/settings/integrations/", "history": "/a/maple-thread/syncs/"}


def test_an_address_in_the_form_leads_nowhere_else(page: Client, connection: Connection) -> None:
    response = press(page, connection, next="https://evil.example/")
    assert response.headers["Location"].startswith("/a/maple-thread/syncs/")


def test_without_access_no_run_starts(page: Client, connection: Connection) -> None:
    connection.needs_reconnecting("shopify.unauthorized")
    response = page.get(press(page, connection).headers["Location"])
    assert not connection.runs.exists()
    assert "Reconnect your store first." in text_of(response)


def test_stop_ends_a_waiting_run(page: Client, connection: Connection) -> None:
    press(page, connection)
    run = connection.runs.get()
    page.post(reverse("stop_sync", args=["maple-thread", run.number]))
    run.refresh_from_db()
    assert run.status == SyncRun.Status.CANCELLED


def test_stop_leaves_a_finished_run_alone(page: Client, connection: Connection) -> None:
    run = add_run(connection)
    assert page.post(reverse("stop_sync", args=["maple-thread", run.number])).status_code == 303
    run.refresh_from_db()
    assert (run.status, run.cancel_requested) == (SyncRun.Status.SUCCEEDED, False)
