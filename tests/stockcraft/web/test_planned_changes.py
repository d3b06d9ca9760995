"""What the guard set aside is shown field by field, and approved or dismissed once, by owner or member."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from one_shop import MemoryShop, product, synced
from shopsync.run import sync
from stockcraft.connections.models import Connection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.models import SyncRun
from web_cast import Cast, client_of, connect, text_of


@pytest.fixture
def shop(cast: Cast) -> MemoryShop:
    """Forty products that are here; then the shop lost fifteen and reprices twenty at ten times as much."""
    shop = MemoryShop(*(product(number) for number in range(1, 41)))
    synced(connect(cast.account, currency="USD"), shop)
    shop.remove(*range(1, 16))
    for number in range(16, 36):
        shop.change_variant(number, price=Decimal("125.00"))
    return shop


@pytest.fixture
def stopped(cast: Cast, shop: MemoryShop) -> SyncRun:
    return synced(cast.account.connections.get(), shop)


def address(run: SyncRun) -> str:
    return reverse("planned_changes", args=[run.account.slug, run.number])


def decide(client: Client, run: SyncRun, decision: str) -> str:
    return text_of(client.post(address(run), {"decision": decision}, follow=True))


def carry_out(run: SyncRun, shop: MemoryShop) -> SyncRun:
    run.status, run.attempt = SyncRun.Status.RUNNING, 1
    run.save(update_fields=["status", "attempt"])
    sync(shop, DjangoCatalogue(run, 1))
    return close_run(run, 1)


def test_the_runs_page_says_what_waits_against_all_products(page: Client, stopped: SyncRun) -> None:
    text = text_of(page.get(reverse("run", args=["maple-thread", stopped.number])))
    assert "Needs confirmation" in text
    assert "15 of 40 products are not in Shopify any more and would be hidden." in text
    assert "20 of 40 products would lose a field, or change their price by more than half." in text
    assert address(stopped) in text


def test_the_plan_shows_every_change_before_and_after(page: Client, stopped: SyncRun) -> None:
    text = text_of(page.get(address(stopped)))
    assert "Approve 35 changes" in text
    assert text.count("would be hidden here, nothing is deleted") == 15
    only_prices = text_of(page.get(address(stopped), {"part": "updates"}))
    assert only_prices.count("$12.50</del>") == only_prices.count("$125.00</ins>") == 20
    assert "would be hidden here" not in only_prices


def test_a_member_approves_and_exactly_the_plan_is_carried_out(cast: Cast, stopped: SyncRun, shop: MemoryShop) -> None:
    text = decide(client_of(cast.bob), stopped, "approve")
    assert "Approved. This sync makes the 35 planned changes" in text
    assert f"makes the planned changes of sync #{stopped.number}" in text
    run = carry_out(stopped.confirmed_by.get(), shop)
    assert (run.archived, run.updated, run.requested_by) == (15, 20, cast.bob)
    shown = text_of(client_of(cast.alice).get(reverse("run", args=["maple-thread", stopped.number])))
    assert "Approved by Bob" in shown
    assert "would be hidden." not in shown


def test_dismissing_changes_nothing_and_is_final(cast: Cast, page: Client, stopped: SyncRun) -> None:
    assert "Dismissed. Nothing was changed" in decide(page, stopped, "dismiss")
    assert cast.account.products.live().count() == 40
    assert "There is nothing to confirm any more" in decide(page, stopped, "approve")
    assert "Dismissed by you" in text_of(page.get(address(stopped)))
    assert not stopped.confirmed_by.exists()


def test_a_plan_that_the_shop_has_left_behind_says_so(page: Client, stopped: SyncRun, shop: MemoryShop) -> None:
    synced(stopped.connection, shop)
    assert "this cannot be approved any more" in text_of(page.get(address(stopped)))
    assert "There is nothing to confirm any more" in decide(page, stopped, "approve")


def test_without_access_nothing_can_be_approved(page: Client, stopped: SyncRun) -> None:
    Connection.objects.update(status=Connection.Status.NEEDS_RECONNECTING)
    assert "Reconnect your store first." in decide(page, stopped, "approve")
    stopped.refresh_from_db()
    assert stopped.awaits_decision


def test_home_and_integrations_say_so_until_it_is_decided(page: Client, stopped: SyncRun) -> None:
    notice = f"Sync #{stopped.number} of maple-and-thread.myshopify.com waits for your decision"
    for name in ("workspace", "integrations"):
        assert notice in text_of(page.get(reverse(name, args=["maple-thread"])))
    decide(page, stopped, "dismiss")
    for name in ("workspace", "integrations"):
        assert "waits for your decision" not in text_of(page.get(reverse(name, args=["maple-thread"])))


def test_a_stranger_can_neither_look_nor_decide(cast: Cast, stopped: SyncRun) -> None:
    stranger = client_of(cast.charlie)
    assert stranger.get(address(stopped)).status_code == 404
    assert stranger.post(address(stopped), {"decision": "approve"}).status_code == 404
    stopped.refresh_from_db()
    assert stopped.awaits_decision


def test_it_is_said_in_french(cast: Cast, page: Client, stopped: SyncRun) -> None:
    cast.alice.language = "fr"
    cast.alice.save()
    text = text_of(page.get(address(stopped)))
    assert "Approuver 35 modifications" in text
    assert "Modifications prévues" in text
