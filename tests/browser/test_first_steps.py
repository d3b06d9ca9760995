"""From a first visit to a shop that is in step, and back again: the shop is a real process, asked for its approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from real_processes import ShopProcess
from sights import with_and_without_script
from stockcraft.accounts.models import User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.runner import run_sync
from web_cast import PASSWORD, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONSENT = "**/admin/oauth/authorize**"


def work() -> None:
    """What a worker does about the run that waits."""
    run_sync(SyncRun.objects.live().get().pk)


def ask_for_the_shop(someone: Any, address: str = "maple-and-thread") -> Page:
    """Name the shop, and arrive where Shopify asks."""
    someone.label("Store address").first.fill(address)
    someone.find("button", "Connect store").first.click()
    someone.page.wait_for_url(CONSENT)
    return someone.page


@with_and_without_script
def test_from_signing_up_to_a_shop_in_step(person: Callable[..., Any], process: ShopProcess, script: bool) -> None:
    dora = person(java_script_enabled=script)
    page = dora.open("/accounts/signup/")
    dora.label("Your name").fill("Dora Lee")
    dora.label("Workspace name").fill("Dora’s Mugs")
    dora.label("Email").fill("dora@example.com")
    password = dora.label("Password", exact=True)
    password.fill(PASSWORD)
    if script:
        dora.find("button", "Show password").click()
        expect(password).to_have_attribute("type", "text")
    dora.find("button", "Create workspace").click()
    expect(dora.find("heading", "Welcome, %(name)s. Let’s bring in your products.", name="Dora")).to_be_visible()
    assert User.objects.get().language == dora.language

    dora.label("Store address").first.fill("not a shop!")
    dora.find("button", "Connect store").click()
    problem = "We need the address ending in .myshopify.com. You will find it in Shopify under Settings, Domains."
    expect(page.locator("#shop-problem")).to_contain_text(dora.say(problem))
    if script:
        expect(page.locator("#shop")).to_be_focused()

    ask_for_the_shop(dora).get_by_role("button", name="Cancel").click()
    declined = "Access was not approved, so nothing was connected. Try again when you are ready."
    expect(dora.text(declined)).to_be_visible()
    assert not Connection.objects.exists()

    ask_for_the_shop(dora).get_by_role("button", name="Install").click()
    page.wait_for_url("**/preview/")
    expect(dora.text("%(shop)s is connected.", shop="maple-and-thread").first).to_be_visible()
    work()
    if not script:
        dora.find("link", "Show the progress again").click()
    expect(dora.find("heading", "What will arrive")).to_be_visible()
    assert not Product.objects.exists()
    page.get_by_role("button", name=dora.say("Import %(n)s product", "Import %(n)s products", 3, n=3)).click()
    work()
    if not script:
        dora.find("link", "Show the progress again").click()
    added = page.locator(".figures dt", has_text=dora.say("Added", context="counter")).locator("xpath=..//dd")
    expect(added.first).to_have_text("3")
    there = [product["title"] for product in process.products()]
    assert sorted(Product.objects.values_list("title", flat=True)) == sorted(there)

    dora.find("link", "Home").first.click()
    dora.find("button", "Turn on Auto-Sync").click()
    expect(dora.text("Auto-Sync is on. Next run tonight at 02:00 UTC.").first).to_be_visible()
    assert Connection.objects.get().auto_sync

    dora.find("navigation", "Main").get_by_role("link", name=dora.say("Products")).click()
    page.get_by_role("link", name=there[0], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(there[0])
    dora.find("navigation", "Main").get_by_role("link", name=dora.say("Sync History", context="navigation")).click()
    page.locator("#runs a.cover").first.click()
    expect(page.locator(".change")).to_have_count(3)


def test_a_shop_that_comes_back_goes_on_without_duplicates(person: Callable[..., Any], process: ShopProcess) -> None:
    cast = make_cast()
    alice = person(cast.alice)
    page = alice.open(f"/a/{cast.account.slug}/settings/integrations/")
    ask_for_the_shop(alice, "https://maple-and-thread.myshopify.com/admin").get_by_role(
        "button", name="Install"
    ).click()
    page.wait_for_url("**/preview/")
    work()
    page.get_by_role("button", name=alice.say("Import %(n)s product", "Import %(n)s products", 3, n=3)).click()
    page.wait_for_url("**/syncs/2/")
    work()

    alice.open(f"/a/{cast.account.slug}/settings/integrations/")
    alice.find("button", "Disconnect store…").click()
    alice.find("button", "Disconnect store", exact=True).click()
    expect(page.get_by_text(alice.say("Not connected"), exact=True)).to_be_visible()
    assert Connection.objects.get().status == Connection.Status.DISCONNECTED
    assert Product.objects.live().count() == 3

    changed = process.products()[0]
    process.edit(changed["id"], title="Renamed meanwhile")
    ask_for_the_shop(alice).get_by_role("button", name="Install").click()
    expect(page.get_by_text(alice.say("Connected"), exact=True)).to_be_visible()
    alice.find("button", "Sync Products Now").click()
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    work()
    ended = alice.say("Sync finished: %(added)s added, %(updated)s updated.", added=0, updated=1)
    expect(page.locator(".toast").last).to_contain_text(ended)
    assert Product.objects.count() == 3
    assert Product.objects.filter(title="Renamed meanwhile").count() == 1


def test_a_shop_that_took_our_access_away_is_reconnected(person: Callable[..., Any], process: ShopProcess) -> None:
    cast = make_cast()
    alice = person(cast.alice)
    page = alice.open(f"/a/{cast.account.slug}/settings/integrations/")
    ask_for_the_shop(alice).get_by_role("button", name="Install").click()
    page.wait_for_url("**/preview/")
    work()
    process.revoke()
    alice.open(f"/a/{cast.account.slug}/settings/integrations/")
    alice.find("button", "Sync Products Now").click()
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    work()
    expect(alice.find("heading", "Shopify no longer accepts our access to your store").first).to_be_visible()
    expect(alice.find("button", "Sync Products Now")).to_be_disabled()
    assert Connection.objects.get().status == Connection.Status.NEEDS_RECONNECTING

    alice.find("button", "Reconnect store").click()
    page.wait_for_url(CONSENT)
    page.get_by_role("button", name="Install").click()
    expect(alice.text("%(shop)s is connected.", shop="maple-and-thread").first).to_be_visible()
    work()
    alice.open(f"/a/{cast.account.slug}/settings/integrations/")
    expect(alice.find("button", "Sync Products Now")).to_be_enabled()
    assert Connection.objects.get().status == Connection.Status.CONNECTED
