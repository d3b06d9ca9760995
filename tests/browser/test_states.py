"""What a connection shows in each of its states, and the way on from there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from browser_scene import Scene
from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def connection_of(slug: str) -> Connection:
    return Account.objects.get(slug=slug).connections.get()


def test_each_state_says_what_it_is_and_what_may_be_done(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["integrations-not-connected"])
    switch = alice.find("switch", "Auto-Sync")
    expect(switch).to_be_disabled()
    why = "Connect a store to turn on Auto-Sync. It copies product changes into StockCraft every day at 02:00 UTC."
    expect(switch).to_have_accessible_description(alice.say(why))

    alice.open(scene.pages()["integrations-failed"])
    expect(alice.find("heading", "Shopify no longer accepts our access to your store").first).to_be_visible()
    expect(page.locator(".when")).to_have_text(alice.say("Paused"))
    expect(alice.find("button", "Sync Products Now")).to_be_disabled()
    expect(alice.text("Reconnect your store first.")).to_be_visible()
    expect(alice.find("button", "Reconnect store")).to_be_enabled()

    alice.open(scene.pages()["integrations-needs-confirmation"])
    waits = "Sync #%(number)s of %(shop)s waits for your decision"
    expect(alice.text(waits, number=1, shop="guarded-shop.myshopify.com").first).to_be_visible()

    alice.open(scene.pages()["integrations-syncing"])
    expect(alice.find("button", "Syncing…")).to_have_attribute("aria-disabled", "true")


def test_auto_sync_is_turned_on_where_it_is_off(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["integrations-manual"])
    expect(page.locator(".when")).to_have_text(alice.say("Off"))
    alice.find("switch", "Auto-Sync").click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Auto-Sync is on. Next run tonight at 02:00 UTC."))
    expect(alice.text("Next automatic sync")).to_be_visible()
    connection = connection_of("manual")
    assert (connection.auto_sync, connection.next_sync_at.hour) == (True, 2)


def test_a_paused_connection_is_resumed_and_paused_again(alice: Any, scene: Scene) -> None:
    alice.open(scene.pages()["integrations-paused"])
    expect(alice.page.locator(".badge.warn", has_text=alice.say("Paused")).first).to_be_visible()
    alice.find("link", "Connection details").click()
    alice.find("button", "Resume automatic syncs").click()
    expect(alice.find("button", "Pause automatic syncs")).to_be_visible()
    assert connection_of("paused").status == Connection.Status.CONNECTED
    alice.find("button", "Pause automatic syncs").click()
    expect(alice.find("button", "Resume automatic syncs")).to_be_visible()
    assert connection_of("paused").status == Connection.Status.PAUSED


def test_a_sync_that_failed_is_tried_again(alice: Any, scene: Scene) -> None:
    failed = scene.cast.account.runs.get(failure_code="shopify.unavailable")
    alice.open(f"/a/{scene.cast.account.slug}/syncs/{failed.number}/")
    expect(alice.find("heading", "Shopify did not answer in time")).to_be_visible()
    alice.find("button", "Try again").click()
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    run = scene.cast.account.runs.get(status=SyncRun.Status.QUEUED)
    assert (run.trigger, run.requested_by) == (Trigger.MANUAL, scene.cast.alice)


def test_a_code_leads_to_what_it_means(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["sync-run-failed"])
    page.get_by_role("link", name="shopify.unauthorized").click()
    heading = alice.say("Shopify no longer accepts our access to your store")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
