"""Products: what a merchant keeps beside Shopify’s values, who decides about a field, the ways out of duplicates."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_scene import TWIN, Scene, make_scene
from one_shop import MemoryShop, connected, product, synced
from sights import with_and_without_script
from stockcraft.accounts.models import User
from stockcraft.catalog.models import FieldRule, Product
from stockcraft.web.formats import money, number, percent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_own_costs_are_typed_as_people_write_them_and_give_a_margin(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["product"])
    cost = alice.label("Own cost of %(variant)s", variant="200 g")
    cost.fill("a lot")
    alice.find("button", "Save costs").click()
    expect(alice.text("Nothing was saved: see the marked fields.")).to_be_visible()
    expect(cost).to_have_accessible_description(
        alice.say("Write a number, such as %(example)s.", example=alice.write(number, 12.5))
    )
    assert scene.product.variants.get(title="200 g").own_cost is None

    cost.fill(alice.write(number, Decimal("4.9")))
    alice.label("Labour of %(variant)s", variant="200 g").fill("2")
    alice.find("button", "Save costs").click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Saved."))
    row = page.locator("#variants tbody tr").first
    expect(row).to_contain_text(alice.write(money, "19.50", "USD"))
    variant = scene.product.variants.get(title="200 g")
    assert (variant.own_cost, variant.labour) == (Decimal("4.9"), Decimal(2))
    expect(row).to_contain_text(alice.write(percent, variant.margin))
    expect(cost).to_have_value(alice.write(number, Decimal("4.9")))


@with_and_without_script
def test_a_name_a_category_and_notes_of_ones_own_are_kept(
    person: Callable[..., Any], transactional_db: None, script: bool
) -> None:
    shop = MemoryShop(product(1), product(2))
    connection = connected("own")
    synced(connection, shop)
    alice = person(User.objects.get(), java_script_enabled=script)
    page = alice.open("/a/own/products/")
    page.get_by_role("link", name="Candle 1", exact=True).click()
    alice.label("Own name").fill("The best one")
    alice.label("Category", exact=True).fill("Gifts")
    alice.label("Notes", exact=True).fill("Ask Ann\nabout it")
    alice.find("button", "Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The best one")
    expect(alice.text("In Shopify: %(title)s", title="Candle 1")).to_be_visible()
    shop.change(1, title="Candle one", product_type="Other")
    synced(connection, shop)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("The best one")
    kept = Product.objects.get(shopify_product_id=1)
    assert (kept.title, kept.name_override, kept.category) == ("Candle one", "The best one", "Gifts")
    assert kept.notes.splitlines() == ["Ask Ann", "about it"]
    alice.find("navigation", "Breadcrumb").get_by_role("link", name=alice.say("Products")).click()
    with page.expect_download() as download:
        alice.find("link", "Export CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert {row["title"] for row in rows} == {"Candle one", "Candle 2"}


def test_a_kept_field_stays_is_shown_beside_shopifys_and_may_be_given_up(
    person: Callable[..., Any], transactional_db: None
) -> None:
    shop = MemoryShop(product(1), product(2))
    connection = connected("own")
    synced(connection, shop)
    alice = person(User.objects.get())
    page = alice.open("/a/own/settings/fields/")
    keep = str(FieldRule.Rule.KEEP.value)
    page.locator("select[name=title]").select_option(keep)
    alice.find("button", "Save", exact=True).click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Saved. The next sync follows these rules."))
    shop.change(1, title="Candle one")
    shop.change(2, title="Candle two")
    synced(connection, shop)
    assert set(Product.objects.values_list("title", flat=True)) == {"Candle 1", "Candle 2"}

    first, second = Product.objects.order_by("shopify_product_id")
    alice.open(f"/a/own/products/{first.pk}/")
    differs = ("%(counter)s value differs from Shopify", "%(counter)s values differ from Shopify", 1)
    expect(alice.text(*differs, counter=1)).to_be_visible()
    alice.find("button", "Take Shopify’s value").click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Shopify’s value was taken."))
    expect(page.get_by_role("heading", level=1)).to_have_text("Candle one")

    alice.open(f"/a/own/products/{second.pk}/")
    page.locator("#rule-title").select_option(str(FieldRule.Rule.FOLLOW.value))
    alice.find("button", "Save rules").click()
    expect(page.locator(".toast")).to_contain_text(alice.say("Saved. The next sync follows these rules."))
    shop.change(1, title="Candle uno")
    synced(connection, shop)
    assert list(Product.objects.order_by("pk").values_list("title", flat=True)) == ["Candle one", "Candle two"]


@with_and_without_script
def test_a_duplicate_is_merged_with_a_choice_and_brought_back(
    person: Callable[..., Any], transactional_db: None, script: bool
) -> None:
    scene = make_scene()
    alice = person(scene.cast.alice, java_script_enabled=script)
    page = alice.open(scene.pages()["products"])
    page.get_by_role("link", name=alice.say("Duplicates") + " 2").click()
    alice.find("link", "Review duplicates").click()
    page.get_by_role("link", name=f"{alice.say('Merge into the first')} {TWIN}").click()
    notes = page.get_by_role("group", name=alice.say("Notes"), exact=True)
    notes.get_by_role("radio", name=alice.say("Take what the duplicate has", context="merge")).check()
    alice.find("button", "Merge into the first").click()
    merged = "%(product)s was merged into %(first)s."
    expect(alice.text(merged, product=TWIN, first=scene.product.title).first).to_be_visible()
    kept = Product.objects.get(pk=scene.product.pk)
    assert (kept.notes, kept.category) == ("for gifts", "Candles")
    assert not scene.cast.account.products.filter(title=TWIN).exists()

    page.get_by_role("link", name=alice.say("Resolved")).first.click()
    page.get_by_role("button", name=f"{alice.say('Undo', context='action')} {TWIN}").click()
    expect(alice.text("Undone: %(product)s is as it was.", product=TWIN).first).to_be_visible()
    assert scene.twin.notes == "for gifts"
    assert Product.objects.get(pk=scene.product.pk).notes == "Pour at 60°"


def test_a_duplicate_is_unlinked_and_another_removed_and_the_removal_undone(alice: Any, scene: Scene) -> None:
    page = alice.open(scene.pages()["duplicates"])
    page.get_by_role("link", name=f"{alice.say('Remove', context='action')} {TWIN}").click()
    alice.find("button", "Remove the product").click()
    expect(alice.text("%(product)s was removed from StockCraft.", product=TWIN).first).to_be_visible()
    assert not scene.cast.account.products.filter(title=TWIN).exists()
    page.locator(".toast").get_by_role("button", name=alice.say("Undo", context="action")).click()
    expect(alice.text("Undone: %(product)s is as it was.", product=TWIN).first).to_be_visible()
    assert scene.twin.category == "Gifts"
    page.get_by_role("link", name=f"{alice.say('Unlink')} {TWIN}").click()
    alice.find("button", "Unlink the product").click()
    expect(alice.text("%(product)s is no longer linked to Shopify.", product=TWIN).first).to_be_visible()
    assert scene.twin.shopify_product_id is None
    expect(alice.find("heading", "No duplicates")).to_be_visible()


def test_a_removed_product_stays_away_or_comes_again_as_one_said(
    person: Callable[..., Any], transactional_db: None
) -> None:
    shop = MemoryShop(product(1), product(2))
    connection = connected("own")
    synced(connection, shop)
    alice = person(User.objects.get())
    for number_, answer in ((1, "Ignore it in future syncs"), (2, "Import it again with the next sync")):
        page = alice.open(f"/a/own/products/{Product.objects.get(shopify_product_id=number_).pk}/")
        alice.find("link", "Remove from StockCraft…").click()
        alice.find("radio", answer).check()
        alice.find("button", "Remove the product").click()
        removed = alice.say("%(product)s was removed from StockCraft.", product=f"Candle {number_}")
        expect(page.locator(".toast")).to_contain_text(removed)
    synced(connection, shop)
    assert list(Product.objects.values_list("shopify_product_id", flat=True)) == [2]
