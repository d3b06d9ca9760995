"""Sync History and the page of a run: find a sync, read what it did, take files along, undo it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser_scene import make_scene
from one_shop import MemoryShop, connected, product, synced, work
from sights import with_and_without_script
from stockcraft.accounts.models import User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def downloaded(someone: Any, link: Locator) -> str:
    """The text of the file that this link hands out."""
    with someone.page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_text("utf-8-sig")


@with_and_without_script
def test_syncs_are_found_and_taken_along_as_files(
    person: Callable[..., Any], transactional_db: None, script: bool
) -> None:
    scene = make_scene()
    alice = person(scene.cast.alice, java_script_enabled=script)
    page = alice.open(scene.pages()["sync-history"])
    rows = page.locator("#runs tbody tr")
    everything = alice.say("%(first)s–%(last)s of %(total)s", first=1, last=25, total=30)
    expect(page.locator(".pager")).to_contain_text(everything)
    page.locator("#runs .chips").get_by_role("link", name=alice.write(str, SyncRun.Status.FAILED.label)).click()
    expect(rows).to_have_count(1)
    failed = scene.cast.account.runs.get(status=SyncRun.Status.FAILED)
    lines = list(csv.DictReader(downloaded(alice, alice.find("link", "Download CSV")).splitlines()))
    assert [(line["number"], line["failure_code"]) for line in lines] == [(str(failed.number), "shopify.unavailable")]

    alice.find("link", "Clear filters").click()
    page.locator("#runs summary").click()
    page.locator("#runs .menu").get_by_role("link", name=alice.write(str, Trigger.MANUAL.label), exact=True).click()
    manual = scene.cast.account.runs.filter(trigger=Trigger.MANUAL).count()
    expect(rows).to_have_count(manual)
    entries = json.loads(downloaded(alice, page.locator("#runs").get_by_role("link", name="JSON")))
    assert [entry["trigger"] for entry in entries] == ["manual"] * manual

    alice.find("link", "Clear filters").click()
    page.get_by_role("searchbox").fill("Waxed Canvas")
    alice.find("button", "Filter", context="action").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(f"#{scene.run.number}")

    page.get_by_role("button", name="Paris").click()
    expect(page.get_by_role("button", name="Paris")).to_have_attribute("aria-pressed", "true")
    expect(rows.get_by_text("UTC")).to_have_count(0)


@pytest.fixture
def connection(transactional_db: None) -> Connection:
    return connected("diary")


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    """Three products that are here; then two change and a fourth is added, and that is synced too."""
    shop = MemoryShop(*(product(number) for number in range(1, 4)))
    synced(connection, shop)
    shop.change(1, title="Renamed one", tags=("wax", "winter"))
    shop.change_variant(2, price=Decimal("21.00"))
    shop.put(product(4))
    synced(connection, shop)
    return shop


def live_titles() -> list[str]:
    return list(Product.objects.live().order_by("shopify_product_id").values_list("title", flat=True))


def test_a_run_shows_each_change_field_by_field(person: Callable[..., Any], shop: MemoryShop) -> None:
    alice = person(User.objects.get())
    page = alice.open("/a/diary/syncs/")
    page.locator("#runs a.cover").first.click()
    counts = [page.locator(".figures dd").nth(place).text_content() for place in range(3)]
    assert counts == ["1", "2", "1"]
    page.locator("#changes .chips").get_by_role("link", name=alice.say("Updated", context="counter")).click()
    expect(page.locator(".change")).to_have_count(2)
    change = page.locator(".change", has_text="Renamed one")
    change.locator("summary").first.click()
    expect(change.locator("del").first).to_contain_text("Candle 1")
    expect(change.locator("ins").first).to_contain_text("Renamed one")
    page.get_by_role("searchbox").fill("Candle 2")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".change")).to_have_count(1)
    rows = list(csv.DictReader(downloaded(alice, alice.find("link", "Download CSV")).splitlines()))
    assert ("Renamed one", "title", "Candle 1") in {(row["product"], row["field"], row["before"]) for row in rows}


@with_and_without_script
def test_one_product_is_undone_then_the_whole_sync_then_done_again(
    person: Callable[..., Any], shop: MemoryShop, script: bool
) -> None:
    alice = person(User.objects.get(), java_script_enabled=script)
    page = alice.open("/a/diary/syncs/2/")
    page.locator(".change", has_text="Renamed one").locator("summary").first.click()
    page.get_by_role("button", name=alice.say("Undo", context="action") + " Renamed one").click()
    expect(alice.text("%(n)s product undone.", "%(n)s products undone.", 1, n=1).first).to_be_visible()
    assert live_titles() == ["Candle 1", "Candle 2", "Candle 3", "Candle 4"]

    alice.find("link", "undoes sync #%(number)s", number=2).click()
    alice.find("link", "Undo this sync…").click()
    hides = (
        "%(n)s product it added is hidden; nothing is deleted.",
        "%(n)s products it added are hidden; nothing is deleted.",
        1,
    )
    expect(alice.text(*hides, n=1)).to_be_visible()
    alice.find("button", "Undo sync").click()
    expect(alice.text("%(n)s product undone.", "%(n)s products undone.", 2, n=2).first).to_be_visible()
    left = (
        "%(n)s product was left as it is; the list says why.",
        "%(n)s products were left as they are; the list says why.",
        1,
    )
    expect(alice.text(*left, n=1).first).to_be_visible()
    assert live_titles() == ["Candle 1", "Candle 2", "Candle 3"]
    assert str(Product.objects.get(shopify_product_id=2).variants.get().price) == "12.50"

    connection = Connection.objects.get()
    assert synced(connection, shop).held == 3
    alice.open("/a/diary/syncs/5/")
    page.get_by_role("button", name=alice.say("Do it again") + " Candle 4").click()
    expect(alice.text("The next sync brings %(title)s up to date again.", title="Candle 4").first).to_be_visible()
    alice.find("navigation", "Main").get_by_role("link", name=alice.say("Settings")).click()
    alice.find("button", "Sync Products Now").click()
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    work(shop)
    assert live_titles() == ["Candle 1", "Candle 2", "Candle 3", "Candle 4"]
