"""By keyboard alone: connect a shop, sync it, merge a duplicate, undo that, unlink it. The shop is a real process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from real_processes import ShopProcess
from stockcraft.catalog.models import Product
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.runner import run_sync
from web_cast import add_product, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_connect_sync_and_resolve_a_duplicate(person: Callable[..., Any], process: ShopProcess) -> None:
    cast = make_cast()
    someone = person(cast.alice)
    page = someone.open(f"/a/{cast.account.slug}/settings/integrations/")

    someone.tab_to(someone.find("textbox", "Store address"))
    page.keyboard.type("maple-and-thread")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/oauth/authorize**")
    someone.press(page.get_by_role("button", name="Install"))
    page.wait_for_url("**/preview/")
    someone.open(f"/a/{cast.account.slug}/settings/integrations/")

    someone.press(someone.find("button", "Sync Products Now"))
    expect(someone.find("heading", "Waiting to start…")).to_be_visible()
    run_sync(SyncRun.objects.get(trigger=Trigger.MANUAL).pk)
    ended = someone.say("Sync finished: %(added)s added, %(updated)s updated.", added=3, updated=0)
    expect(page.locator(".toast").last).to_contain_text(ended)

    synced = Product.objects.order_by("pk")[0]
    Product.objects.filter(pk=synced.pk).update(notes="mine")
    twin = add_product(
        synced.connection, cast.account, "A copy", notes="for gifts", shopify_product_id=synced.shopify_product_id
    )
    someone.open(f"/a/{cast.account.slug}/products/")
    someone.press(page.get_by_role("link", name=someone.say("Duplicates") + " 2"))
    someone.press(someone.find("link", "Review duplicates"))
    someone.press(page.get_by_role("link", name=someone.say("Merge into the first") + " A copy"))
    someone.tab_to(someone.find("radio", "Keep both", context="merge"))
    someone.press(someone.find("button", "Merge into the first"))
    expect(someone.find("heading", "No duplicates")).to_be_visible()
    synced.refresh_from_db()
    assert synced.notes == "mine\n\nfor gifts"
    someone.press(someone.find("button", "Undo", exact=True, context="action"))
    expect(page.locator(".toast").last).to_contain_text(
        someone.say("Undone: %(product)s is as it was.", product="A copy")
    )
    twin.refresh_from_db()
    assert (twin.notes, Product.objects.get(pk=synced.pk).notes) == ("for gifts", "mine")

    someone.press(page.get_by_role("link", name=someone.say("Unlink") + " A copy"))
    someone.press(someone.find("button", "Unlink the product"))
    expect(someone.find("heading", "No duplicates")).to_be_visible()
    twin.refresh_from_db()
    assert twin.shopify_product_id is None
