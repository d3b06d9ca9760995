"""What people do in the pages: switch, sync, stop, search, disconnect; with script, without, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_scene import Scene, make_scene
from stockcraft.syncs.models import SyncRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def alice(visitor: Callable[..., Any], scene: Scene) -> Any:
    someone = visitor()
    someone.sign_in(scene.cast.alice)
    return someone


def integrations(scene: Scene) -> str:
    return scene.pages()["integrations-connected"]


def test_the_switch_saves_at_once_and_stays(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    switch = page.get_by_role("switch", name="Auto-Sync")
    expect(switch).to_be_checked()
    switch.click()
    expect(page.locator(".toast")).to_contain_text("Auto-Sync is off.")
    expect(page.get_by_text("No automatic sync planned")).to_be_visible()
    page.reload()
    expect(page.get_by_role("switch", name="Auto-Sync")).not_to_be_checked()
    scene.connection.refresh_from_db()
    assert scene.connection.auto_sync is False
    assert alice.complaints == []


def test_a_switch_that_cannot_be_saved_goes_back_and_says_so(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    page.route("**/auto-sync/", lambda route: route.abort())
    switch = page.get_by_role("switch", name="Auto-Sync")
    switch.click()
    expect(page.get_by_text("That change was not saved.")).to_be_visible()
    expect(switch).to_be_checked()


def test_sync_products_now_shows_progress_at_once_and_follows_it(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    button = page.get_by_role("button", name="Sync Products Now")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting to start…")).to_be_visible(timeout=2000)
    expect(page.locator(f"#sync-{scene.connection.pk}")).to_be_focused()
    run = SyncRun.objects.get(status=SyncRun.Status.QUEUED)
    SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.RUNNING, products_total=48, products_read=26)
    expect(page.get_by_text("26 of 48 products")).to_be_visible()
    expect(page).to_have_title("Syncing 54% · StockCraft")
    expect(page.locator("#announce")).to_have_text("Syncing: 50%")
    SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.SUCCEEDED, created=3, updated=12)
    expect(page.locator(".toast")).to_contain_text("Sync finished: 3 added, 12 updated.")
    expect(page.get_by_text("Next automatic sync")).to_be_visible()
    expect(page.locator(".runs li").first).to_contain_text(f"Sync #{run.number}")
    expect(page.locator(f"#sync-{scene.connection.pk}")).to_be_focused()
    assert alice.complaints == []


def test_a_live_run_page_brings_its_changes_when_it_ends(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["sync-run-live"])
    expect(page.get_by_role("heading", name="Syncing products from Shopify")).to_be_visible()
    SyncRun.objects.filter(status=SyncRun.Status.RUNNING).update(status=SyncRun.Status.SUCCEEDED)
    expect(page.get_by_text("Nothing to change: everything was already up to date.")).to_be_visible()
    expect(page.get_by_role("link", name="Download CSV")).to_be_visible()
    assert alice.complaints == []


def test_lost_contact_is_said_and_mended(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["integrations-syncing"])
    page.route(re.compile("/settings/integrations/"), lambda route: route.abort())
    expect(page.get_by_text("Connection lost.")).to_be_visible(timeout=15_000)
    page.unroute(re.compile("/settings/integrations/"))
    expect(page.get_by_text("Connection lost.")).to_have_count(0, timeout=15_000)


def test_disconnecting_asks_with_the_safe_button_in_focus(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    before = scene.cast.account.products.count()
    page.get_by_role("button", name="Disconnect store…").click()
    dialog = page.get_by_role("dialog", name="Disconnect maple-and-thread?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep connected")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Disconnect store…").click()
    dialog.get_by_role("button", name="Disconnect store").click()
    expect(page.get_by_text("Not connected")).to_be_visible()
    assert scene.cast.account.products.count() == before


def test_slash_focuses_the_search_which_filters_while_one_types(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["products"])
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("écharpe")
    expect(page.locator(".pager")).to_contain_text("1–10 of 10")
    expect(search).to_be_focused()
    assert "q=%C3%A9charpe" in page.url
    page.go_back()
    expect(page.locator(".pager")).to_contain_text(f"1–50 of {scene.cast.account.products.count()}")
    assert alice.complaints == []


def test_a_picture_that_does_not_load_uncovers_the_drawn_one(alice: Any, scene: Scene) -> None:
    alice.context.route("https://cdn.shopify.com/**", lambda route: route.fulfill(status=404))
    page = alice.open(scene.pages()["product"].replace(str(scene.product.pk), str(scene.product.pk + 1)))
    expect(page.locator(".picture img")).to_have_count(0)
    expect(page.locator(".picture.big .icon")).to_be_visible()


def test_everything_works_without_script(visitor: Callable[..., Any], scene: Scene) -> None:
    someone = visitor(java_script_enabled=False)
    someone.sign_in(scene.cast.alice)
    page = someone.open(integrations(scene))
    page.get_by_role("switch", name="Auto-Sync").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Auto-Sync is off.")).to_be_visible()
    page.get_by_role("button", name="Sync Products Now").click()
    expect(page.get_by_role("heading", name="Waiting to start…")).to_be_visible()
    page.get_by_role("link", name="Show the progress again").click()
    page.get_by_role("button", name="Stop").click()
    assert SyncRun.objects.order_by("-pk").first().status == SyncRun.Status.CANCELLED
    page.get_by_role("button", name="Disconnect store…").click()
    page.get_by_role("button", name="Disconnect store", exact=True).click()
    expect(page.get_by_text("Not connected")).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "local"),
    [("Asia/Tokyo", "11:00 in Tokyo"), ("America/St_Johns", "22:30 in St Johns"), ("UTC", "")],
)
def test_the_first_visit_shows_and_keeps_the_browsers_zone(
    visitor: Callable[..., Any], scene: Scene, zone: str, local: str
) -> None:
    alice = scene.cast.alice
    alice.timezone = ""
    alice.save()
    someone = visitor(timezone_id=zone)
    someone.sign_in(alice)
    with someone.page.expect_response("**/preferences/time-zone/"):
        page = someone.open(integrations(scene))
    expect(page.locator("[data-local]").first).to_contain_text(local)
    alice.refresh_from_db()
    assert alice.timezone == zone


def test_by_keyboard_alone_one_reaches_the_content_and_starts_a_sync(alice: Any, scene: Scene) -> None:
    page = alice.open(integrations(scene))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, f"#sync-{scene.connection.pk}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting to start…")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this element has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("name", ["integrations-connected", "sync-history", "sync-run", "products", "product"])
def test_nothing_scrolls_sideways_at_320_pixels_or_with_big_text(
    visitor: Callable[..., Any], scene: Scene, name: str
) -> None:
    someone = visitor(width=320)
    someone.sign_in(scene.cast.alice)
    page = someone.open(scene.pages()[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_signing_up_leads_to_the_first_steps(visitor: Callable[..., Any], transactional_db: None) -> None:
    someone = visitor()
    page = someone.open("/accounts/signup/")
    page.get_by_label("Your name").fill("Dora Lee")
    page.get_by_label("Workspace name").fill("Dora’s Mugs")
    page.get_by_label("Email").fill("dora@example.com")
    page.get_by_label("Password", exact=True).fill("a long enough password")
    page.get_by_role("button", name="Show password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", name="Welcome, Dora.")).to_be_visible()
    page.get_by_label("Store address").first.fill("not a shop!")
    page.get_by_role("button", name="Connect store").click()
    expect(page.locator("#shop-problem")).to_contain_text(".myshopify.com")
    expect(page.locator("#shop")).to_be_focused()
