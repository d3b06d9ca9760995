"""Before the first import, in a real browser: look, choose, import; then the same without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from one_shop import MemoryShop, product
from shopsync.run import sync
from shopsync.values import Status
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.preview import PreviewCatalogue
from web_cast import Cast, connect, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def connection(cast: Cast) -> Connection:
    return connect(cast.account, currency="USD", auto_sync=False)


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(*(product(n, status=Status.DRAFT if n > 58 else Status.ACTIVE) for n in range(1, 61)), page=60)


def work(shop: MemoryShop) -> SyncRun:
    """What a worker does about the run that waits."""
    run = SyncRun.objects.live().get()
    run.status, run.attempt = SyncRun.Status.RUNNING, 1
    run.save(update_fields=["status", "attempt"])
    sync(shop, (PreviewCatalogue if run.is_preview else DjangoCatalogue)(run, 1))
    return close_run(run, 1)


def test_the_first_import_is_looked_at_chosen_and_made(
    visitor: Callable[..., Any], cast: Cast, connection: Connection, shop: MemoryShop
) -> None:
    alice = visitor()
    alice.sign_in(cast.alice)
    page = alice.open("/a/maple-thread/")
    page.get_by_role("button", name="Choose what comes in…").click()
    expect(page.get_by_text("Your shop is being read.")).to_be_visible()
    work(shop)
    expect(page.get_by_role("heading", level=1)).to_have_text("What will arrive")
    expect(page.get_by_text("60 of 60 new products are ticked")).to_be_visible()
    expect(page.get_by_text("Your plan has room for 50 of them")).to_be_visible()
    box = page.get_by_role("checkbox", name="Bring in Candle 1", exact=True)
    box.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("59 of 60 new products are ticked")).to_be_visible()
    page.get_by_role("button", name="Draft 2").click()
    page.get_by_role("button", name="Untick all of these").click()
    expect(page.get_by_text("57 of 60 new products are ticked")).to_be_visible()
    page.get_by_role("button", name="Import 57 products").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sync #2")
    run = work(shop)
    assert (run.created, run.held) == (50, 10)
    assert not Product.objects.filter(shopify_product_id__in=[1, 59, 60]).exists()
    assert alice.complaints == []


def test_products_are_chosen_without_script(
    visitor: Callable[..., Any], cast: Cast, connection: Connection, shop: MemoryShop
) -> None:
    alice = visitor(390, "dark", java_script_enabled=False)
    alice.sign_in(cast.alice)
    page = alice.open("/a/maple-thread/")
    page.get_by_role("button", name="Choose what comes in…").click()
    work(shop)
    page.reload()
    page.get_by_role("button", name="Untick all", exact=True).click()
    page.get_by_role("checkbox", name="Bring in Candle 3", exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Bring in Candle 55", exact=True).check()
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("2 of 60 new products are ticked")).to_be_visible()
    page.get_by_role("button", name="Import 2 products").click()
    work(shop)
    assert set(Product.objects.values_list("shopify_product_id", flat=True)) == {3, 55}
    assert alice.complaints == []
