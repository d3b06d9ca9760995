"""What people do in the pages: switch, sync, stop, search, disconnect; with script, without, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_scene import Scene
from stockcraft.syncs.models import SyncRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def integrations(scene: Scene) -> str:
    return scene.pages()["integrations-connected"]


def test_the_switch_saves_at_once_and_stays(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    switch = alice.find("switch", "Auto-Sync")
    expect(switch).to_be_checked()
    switch.click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Auto-Sync is off. You can still sync by hand."))
    expect(alice.text("No automatic sync planned")).to_be_visible()
    page.reload()
    expect(switch).not_to_be_checked()
    scene.connection.refresh_from_db()
    assert scene.connection.auto_sync is False


def test_a_switch_that_cannot_be_saved_goes_back_and_says_so(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    page.route("**/auto-sync/", lambda route: route.abort())
    switch = alice.find("switch", "Auto-Sync")
    switch.click()
    expect(alice.text("That change was not saved. Check your connection and try again.")).to_be_visible()
    expect(switch).to_be_checked()
    scene.connection.refresh_from_db()
    assert scene.connection.auto_sync is True
    alice.complaints.clear()  # of the request that did not arrive


def test_sync_products_now_shows_progress_at_once_and_follows_it(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    alice.find("button", "Sync Products Now").focus()
    page.keyboard.press("Enter")
    expect(alice.find("heading", "Waiting to start…")).to_be_visible(timeout=2000)
    expect(page.locator(f"#sync-{scene.connection.pk}")).to_be_focused()
    run = SyncRun.objects.get(status=SyncRun.Status.QUEUED)
    SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.RUNNING, products_total=48, products_read=26)
    progress = ("%(read)s of %(total)s product", "%(read)s of %(total)s products", 48)
    expect(alice.text(*progress, read=26, total=48)).to_be_visible()
    expect(page).to_have_title(alice.say("Syncing %(percent)s%%", percent=54) + " · StockCraft")
    expect(page.locator("#announce")).to_have_text(alice.say("Syncing: %(percent)s%%", percent=50))
    SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.SUCCEEDED, created=3, updated=12)
    ended = alice.say("Sync finished: %(added)s added, %(updated)s updated.", added=3, updated=12)
    expect(page.locator(".toast")).to_contain_text(ended)
    expect(alice.text("Next automatic sync")).to_be_visible()
    newest = alice.say("Sync #%(number)s", context="short", number=run.number)
    expect(page.locator(".runs li").first).to_contain_text(newest)
    expect(page.locator(f"#sync-{scene.connection.pk}")).to_be_focused()


def test_a_live_run_page_brings_its_changes_when_it_ends(alice: Any, scene: Scene) -> None:
    alice.open(scene.pages()["sync-run-live"])
    expect(alice.find("heading", "Syncing products from Shopify")).to_be_visible()
    SyncRun.objects.filter(status=SyncRun.Status.RUNNING).update(status=SyncRun.Status.SUCCEEDED)
    expect(alice.text("Nothing to change: everything was already up to date.")).to_be_visible()
    expect(alice.find("link", "Download CSV")).to_be_visible()


def test_a_sync_that_runs_is_stopped(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["integrations-syncing"])
    alice.find("button", "Stop", exact=True).click()
    expect(page.locator(".toast")).to_contain_text(
        alice.say("The sync stops at the next step. What it has saved is kept.")
    )
    expect(alice.find("button", "Stopping…")).to_have_attribute("aria-disabled", "true")
    run = SyncRun.objects.get(account__slug="syncing", status=SyncRun.Status.RUNNING)
    assert run.cancel_requested
    SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.CANCELLED)
    expect(alice.find("button", "Sync Products Now")).to_be_enabled()
    expect(page.locator(".runs li").first).to_contain_text(alice.write(str, SyncRun.Status.CANCELLED.label))


def test_lost_contact_is_said_and_mended(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["integrations-syncing"])
    page.route(re.compile("/settings/integrations/"), lambda route: route.abort())
    lost = alice.text("Connection lost. Progress will catch up when you are back online.")
    expect(lost).to_be_visible(timeout=15_000)
    page.unroute(re.compile("/settings/integrations/"))
    expect(lost).to_have_count(0, timeout=15_000)
    alice.complaints.clear()  # of the requests that did not arrive


def test_disconnecting_asks_with_the_safe_button_in_focus(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    before = scene.cast.account.products.count()
    alice.find("button", "Disconnect store…").click()
    dialog = alice.find("dialog", "Disconnect %(shop)s?", shop="maple-and-thread")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name=alice.say("Keep connected"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    alice.find("button", "Disconnect store…").click()
    dialog.get_by_role("button", name=alice.say("Disconnect store")).click()
    expect(page.get_by_text(alice.say("Not connected"), exact=True)).to_be_visible()
    expect(page.locator(".toast")).to_contain_text(alice.say("%(shop)s is disconnected.", shop="maple-and-thread"))
    expect(alice.find("switch", "Auto-Sync")).to_be_disabled()
    assert scene.cast.account.products.count() == before
    scene.connection.refresh_from_db()
    assert (scene.connection.status, scene.connection.access_token) == ("disconnected", "")


def test_slash_focuses_the_search_which_filters_while_one_types(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["products"])
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("écharpe")
    shown = "%(first)s–%(last)s of %(total)s"
    expect(page.locator(".pager")).to_contain_text(alice.say(shown, first=1, last=10, total=10))
    expect(search).to_be_focused()
    assert "q=%C3%A9charpe" in page.url
    page.go_back()
    everything = scene.cast.account.products.count()
    expect(page.locator(".pager")).to_contain_text(alice.say(shown, first=1, last=50, total=everything))


def test_a_picture_that_does_not_load_uncovers_the_drawn_one(alice: Any, scene: Scene) -> None:
    alice.context.route("https://cdn.shopify.com/**", lambda route: route.fulfill(status=404))
    page = alice.open(scene.pages()["product"].replace(str(scene.product.pk), str(scene.product.pk + 1)))
    page.locator(".picture.huge").scroll_into_view_if_needed()
    expect(page.locator(".picture img")).to_have_count(0)
    expect(page.locator(".picture.big .icon")).to_be_visible()
    alice.complaints.clear()  # of the picture that is not there


def test_everything_works_without_script(person: Callable[..., Any], scene: Scene) -> None:
    someone = person(scene.cast.alice, java_script_enabled=False)
    page = someone.open(integrations(scene))
    someone.find("switch", "Auto-Sync").uncheck()
    someone.find("button", "Save", exact=True).click()
    expect(someone.text("Auto-Sync is off. You can still sync by hand.")).to_be_visible()
    someone.find("button", "Sync Products Now").click()
    expect(someone.find("heading", "Waiting to start…")).to_be_visible()
    someone.find("link", "Show the progress again").click()
    someone.find("button", "Stop", exact=True).click()
    assert SyncRun.objects.order_by("-pk").first().status == SyncRun.Status.CANCELLED
    someone.find("button", "Disconnect store…").click()
    someone.find("button", "Disconnect store", exact=True).click()
    expect(page.get_by_text(someone.say("Not connected"), exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "time", "city"),
    [("Asia/Tokyo", "11:00", "Tokyo"), ("America/St_Johns", "22:30", "St Johns"), ("UTC", "", "")],
)
def test_the_first_visit_shows_and_keeps_the_browsers_zone(
    person: Callable[..., Any], scene: Scene, zone: str, time: str, city: str
) -> None:
    alice = scene.cast.alice
    alice.timezone = ""
    alice.save()
    someone = person(alice, timezone_id=zone)
    with someone.page.expect_response("**/preferences/time-zone/"):
        page = someone.open(integrations(scene))
    local = someone.say("%(time)s in %(city)s", time=time, city=city) if city else ""
    expect(page.locator("[data-local]").first).to_contain_text(local)
    alice.refresh_from_db()
    assert alice.timezone == zone


def test_by_keyboard_alone_one_reaches_the_content_and_starts_a_sync(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    page.keyboard.press("Tab")
    expect(alice.find("link", "Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    alice.press(page.locator(f"#sync-{scene.connection.pk}"))
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    assert SyncRun.objects.filter(connection=scene.connection, status=SyncRun.Status.QUEUED).count() == 1
