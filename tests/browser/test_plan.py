"""The plan: more products than it holds, choosing which have a place, and changing to the other plan and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from one_shop import MemoryShop, connected, product, synced, work
from sights import with_and_without_script
from stockcraft.accounts.models import Account, User
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None) -> MemoryShop:
    """Fifty-three products, of which the Free plan took fifty."""
    shop = MemoryShop(*(product(number) for number in range(1, 54)), page=60)
    run = synced(connected("full", Plan.FREE), shop)
    assert (run.created, run.held) == (50, 3)
    return shop


def here() -> set[int]:
    return set(Product.objects.live().values_list("shopify_product_id", flat=True))


@with_and_without_script
def test_one_chooses_which_fifty_have_a_place(person: Callable[..., Any], shop: MemoryShop, script: bool) -> None:
    alice = person(User.objects.get(), java_script_enabled=script)
    page = alice.open("/a/full/products/")
    waiting = ("%(used)s of %(wanted)s, %(counter)s waiting in Shopify.",) * 2
    expect(alice.text(*waiting, 3, used=50, wanted=53, counter=3)).to_be_visible()
    alice.find("link", "Choose which %(holds)s", holds=50).first.click()
    take = alice.find("checkbox", "Bring in %(title)s", exact=True, title="Candle 52")
    take.check()
    alice.find("button", "Save this choice").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert 1 in here()

    alice.find("checkbox", "Bring in %(title)s", exact=True, title="Candle 52").check()
    alice.find("checkbox", "Keep %(title)s", exact=True, title="Candle 1").uncheck()
    alice.find("button", "Save this choice").first.click()
    comes = ("%(n)s product comes with the next sync.", "%(n)s products come with the next sync.", 1)
    expect(alice.text(*comes, n=1)).to_be_visible()
    assert 1 not in here()
    alice.find("button", "Sync Products Now").click()
    expect(alice.find("heading", "Waiting to start…")).to_be_visible()
    work(shop)
    assert here() == set(range(2, 51)) | {52}


def test_an_upgrade_brings_in_what_waits_and_going_back_removes_nothing(
    person: Callable[..., Any], shop: MemoryShop
) -> None:
    alice = person(User.objects.get())
    page = alice.open("/a/full/products/")
    alice.find("link", "Upgrade, $5/month").first.click()
    alice.find("button", "Upgrade to Plus").click()
    upgraded = (
        "You are on Plus. A sync is bringing in the %(n)s waiting product.",
        "You are on Plus. A sync is bringing in the %(n)s waiting products.",
        3,
    )
    expect(page.locator(".toast")).to_contain_text(alice.say(*upgraded, n=3))
    work(shop)
    assert len(here()) == 53
    page.reload()
    expect(alice.text("Any number of products.")).to_be_visible()

    alice.find("button", "Go back to Free").click()
    back = "You are on Free. Nothing was removed: what is here keeps updating, and new products wait."
    expect(page.locator(".toast")).to_contain_text(alice.say(back))
    assert Account.objects.get().plan == Plan.FREE
    shop.put(product(54))
    shop.change(53, title="Renamed")
    synced(Account.objects.get().connections.get(), shop)
    assert len(here()) == 53
    assert Product.objects.filter(title="Renamed").exists()
