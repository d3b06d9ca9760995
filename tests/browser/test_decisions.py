"""What a person decides: planned changes by keyboard, shop products that may be own ones with script and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_scene import Scene
from one_shop import MemoryShop, connected, product, synced, variant, work
from sights import with_and_without_script
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import IgnoredProduct
from stockcraft.syncs.models import Change
from stockcraft.web.formats import utc
from web_cast import add_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_planned_changes_are_approved_by_keyboard(person: Callable[..., Any], scene: Scene) -> None:
    alice = person(scene.cast.alice)
    alice.open("/a/guarded/settings/integrations/")
    alice.press(alice.find("link", "Review planned changes").first)
    expect(alice.find("heading", "Planned changes")).to_be_visible()
    approve = alice.say("Approve %(n)s change", "Approve %(n)s changes", 23, n=23)
    alice.press(alice.page.get_by_role("button", name=approve))
    expect(alice.find("heading", "Sync #%(number)s", number=2)).to_be_visible()
    stopped = Account.objects.get(slug="guarded").runs.get(number=1)
    assert (stopped.decision, stopped.decided_by) == ("approved", scene.cast.alice)


def test_planned_changes_are_dismissed_and_the_history_says_who_did(person: Callable[..., Any], scene: Scene) -> None:
    alice = person(scene.cast.alice)
    page = alice.open("/a/guarded/syncs/")
    page.locator("#runs a.cover").first.click()
    expect(alice.find("heading", "This sync would change unusually much")).to_be_visible()
    alice.find("link", "Review planned changes").click()
    page.locator(".change:not(.closed) summary").first.click()
    expect(page.locator(".diff").first).to_be_visible()
    alice.find("button", "Dismiss", exact=True, context="planned changes").click()
    expect(page.locator(".toast")).to_contain_text(
        alice.say("Dismissed. Nothing was changed; the next sync looks at the shop afresh.")
    )
    stopped = Account.objects.get(slug="guarded").runs.get(number=1)
    assert (stopped.decision, stopped.decided_by) == ("dismissed", scene.cast.alice)
    said = {"who": alice.say("you"), "when": alice.write(utc, stopped.decided_at)}
    expect(alice.text("Dismissed by %(who)s, %(when)s. Nothing was changed.", **said)).to_be_visible()
    assert Product.objects.filter(account=stopped.account).live().count() == 40


@with_and_without_script
def test_products_that_may_be_own_ones_are_linked_imported_and_ignored(
    person: Callable[..., Any], transactional_db: None, script: bool
) -> None:
    connection = connected("asked")
    shop = MemoryShop(*(product(n, variant(n * 10, sku=f"LAV-{n}")) for n in (1, 2, 3)))
    for number in (1, 2, 3):
        for name in (f"Own {number}", f"Own {number} (gift box)"):
            add_product(None, connection.account, name, sku=f"LAV-{number}", notes="mine")
    assert synced(connection, shop).held == 3
    someone = person(User.objects.get(), java_script_enabled=script)
    page = someone.open(f"/a/{connection.account.slug}/products/")
    someone.find("link", "Decide", exact=True).click()
    page.get_by_role("button", name=someone.say("Link to this one") + " Own 1 (gift box)").click()
    expect(someone.text("Will be linked to %(product)s", product="Own 1 (gift box)").first).to_be_visible()
    page.get_by_role("button", name=someone.say("Import as new") + " Candle 2").click()
    page.get_by_role("button", name=someone.say("Ignore") + " Candle 3").click()
    answers = ("%(n)s answer is carried out by the next sync.", "%(n)s answers are carried out by the next sync.", 3)
    expect(someone.text(*answers, n=3)).to_be_visible()
    someone.find("button", "Sync Products Now").click()
    expect(someone.find("heading", "Sync #%(number)s", number=2).first).to_be_visible()
    run = work(shop)
    assert (run.created, run.changes.filter(kind=Change.Kind.LINK).count()) == (1, 1)
    linked = Product.objects.get(shopify_product_id=1)
    assert (linked.title, linked.notes) == ("Candle 1", "mine")
    assert set(Product.objects.exclude(shopify_product_id=None).values_list("shopify_product_id", flat=True)) == {1, 2}
    assert IgnoredProduct.objects.get().shopify_product_id == 3
    someone.open(f"/a/{connection.account.slug}/products/needs-your-decision/")
    expect(someone.find("heading", "Nothing waits for you")).to_be_visible()
