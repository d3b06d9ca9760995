"""By keyboard alone: connect a shop, sync it, merge a duplicate, undo that, unlink it. The shop is a real process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page, expect

from real_processes import ShopProcess, shop
from stockcraft.catalog.models import Product
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.runner import run_sync
from web_cast import add_product, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLIENT_ID, CLIENT_SECRET = "keyboard-id", "keyboard-secret"


@pytest.fixture
def process(live_server: Any) -> Iterator[ShopProcess]:
    """A shop that trusts our app, and may be named in our forms."""
    with shop("--products", "3", "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET) as found:
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        policy = {"DIRECTIVES": {**directives, "form-action": [*directives["form-action"], found.url]}}
        with override_settings(
            SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET, SHOPIFY_URL=found.url,
            BASE_URL=live_server.url, CONTENT_SECURITY_POLICY=policy,
        ):  # fmt: skip
            yield found


def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until the control of this role and name has the focus."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_connect_sync_and_resolve_a_duplicate(visitor: Callable[..., Any], process: ShopProcess) -> None:
    cast = make_cast()
    someone = visitor()
    someone.sign_in(cast.alice)
    page = someone.open(f"/a/{cast.account.slug}/settings/integrations/")

    tab_to(page, "textbox", "Store address")
    page.keyboard.type("maple-and-thread")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/oauth/authorize**")
    tab_to(page, "button", "Install")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preview/")
    someone.open(f"/a/{cast.account.slug}/settings/integrations/")

    tab_to(page, "button", "Sync Products Now")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting to start…")).to_be_visible()
    run_sync(SyncRun.objects.get(trigger=Trigger.MANUAL).pk)
    expect(page.locator(".toast").last).to_contain_text("Sync finished: 3 added, 0 updated.")

    synced = Product.objects.order_by("pk")[0]
    Product.objects.filter(pk=synced.pk).update(notes="mine")
    twin = add_product(
        synced.connection, cast.account, "A copy", notes="for gifts", shopify_product_id=synced.shopify_product_id
    )
    page.goto(page.url.replace("settings/integrations", "products"))
    tab_to(page, "link", "Duplicates 2")
    page.keyboard.press("Enter")
    tab_to(page, "link", "Review duplicates")
    page.keyboard.press("Enter")
    tab_to(page, "link", "Merge into the first A copy")
    page.keyboard.press("Enter")
    tab_to(page, "radio", "Keep both")
    tab_to(page, "button", "Merge into the first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No duplicates")).to_be_visible()
    synced.refresh_from_db()
    assert synced.notes == "mine\n\nfor gifts"
    tab_to(page, "button", "Undo")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Undone: A copy is as it was.")
    twin.refresh_from_db()
    assert (twin.notes, Product.objects.get(pk=synced.pk).notes) == ("for gifts", "mine")

    tab_to(page, "link", "Unlink A copy")
    page.keyboard.press("Enter")
    tab_to(page, "button", "Unlink the product")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No duplicates")).to_be_visible()
    twin.refresh_from_db()
    assert twin.shopify_product_id is None
    assert someone.complaints == []
