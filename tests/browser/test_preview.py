"""Before the first import, in a real browser: look, choose, import; then the same without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from one_shop import MemoryShop, product, work
from shopsync.values import Status
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
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


def ticked(someone: Any, on: int) -> Locator:
    """What says how many of the sixty are chosen."""
    words = ("%(on)s of %(n)s new product is ticked", "%(on)s of %(n)s new products are ticked", 60)
    return someone.text(*words, on=on, n=60)


def import_button(someone: Any, n: int) -> Locator:
    """What starts the import of so many."""
    return someone.page.get_by_role("button", name=someone.say("Import %(n)s product", "Import %(n)s products", n, n=n))


def test_the_first_import_is_looked_at_chosen_and_made(
    person: Callable[..., Any], cast: Cast, connection: Connection, shop: MemoryShop
) -> None:
    alice = person(cast.alice)
    page = alice.open("/a/maple-thread/")
    alice.find("button", "Choose what comes in…").click()
    expect(alice.text("Your shop is being read. Nothing is written, neither here nor there.")).to_be_visible()
    work(shop)
    expect(alice.find("heading", "What will arrive")).to_be_visible()
    expect(ticked(alice, 60)).to_be_visible()
    room = (
        "Your plan has room for %(n)s of them: the first in the shop’s order comes in, %(waiting)s wait. Untick some "
        "to choose which.",
        "Your plan has room for %(n)s of them: the first in the shop’s order come in, %(waiting)s wait. Untick some "
        "to choose which.",
        50,
    )
    expect(alice.text(*room, n=50, waiting=10)).to_be_visible()
    box = alice.find("checkbox", "Bring in %(title)s", exact=True, title="Candle 1")
    box.focus()
    page.keyboard.press("Space")
    expect(ticked(alice, 59)).to_be_visible()
    page.get_by_role("button", name=alice.write(str, Product.Status.DRAFT.label) + " 2").click()
    alice.find("button", "Untick all of these").click()
    expect(ticked(alice, 57)).to_be_visible()
    import_button(alice, 50).click()
    expect(alice.find("heading", "Sync #%(number)s", number=2).first).to_be_visible()
    run = work(shop)
    assert (run.created, run.held) == (50, 10)
    assert not Product.objects.filter(shopify_product_id__in=[1, 59, 60]).exists()


def test_products_are_chosen_without_script(
    person: Callable[..., Any], cast: Cast, connection: Connection, shop: MemoryShop
) -> None:
    alice = person(cast.alice, java_script_enabled=False)
    page = alice.open("/a/maple-thread/")
    alice.find("button", "Choose what comes in…").click()
    work(shop)
    page.reload()
    alice.find("button", "Untick all", exact=True).click()
    alice.find("checkbox", "Bring in %(title)s", exact=True, title="Candle 3").check()
    alice.find("button", "Next").click()
    alice.find("checkbox", "Bring in %(title)s", exact=True, title="Candle 55").check()
    page.get_by_role("searchbox").press("Enter")
    expect(ticked(alice, 2)).to_be_visible()
    import_button(alice, 2).click()
    work(shop)
    assert set(Product.objects.values_list("shopify_product_id", flat=True)) == {3, 55}
