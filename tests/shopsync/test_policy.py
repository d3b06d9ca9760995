"""Who decides about a synced field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.shop_examples import PaperShop, a_product, a_variant, changed, repriced
from shopsync.changes import Tally
from shopsync.policy import FIELDS, Rule, with_kept
from shopsync.ports import Stored, StoredVariant
from shopsync.run import sync
from shopsync.stores.memory import MemoryCatalogue
from shopsync.values import ShopProduct


def stored(product: ShopProduct) -> Stored:
    variants = tuple(StoredVariant(n, variant) for n, variant in enumerate(product.variants, 1))
    return Stored(1, changed(product, variants=()), variants)


@pytest.mark.parametrize(
    ("rule", "mine", "kept"),
    [
        (Rule.FOLLOW, "Mine", False),
        (Rule.KEEP, "Mine", True),
        (Rule.KEEP, "", True),
        (Rule.IF_EMPTY, "Mine", True),
        (Rule.IF_EMPTY, "", False),
        (Rule.AT_FIRST, "Mine", True),
        (Rule.AT_FIRST, "", True),
    ],
)
def test_a_rule_decides_which_value_is_written_and_what_drifts(rule: Rule, mine: str, kept: bool) -> None:
    shown = a_product(1, vendor="Theirs")
    product, drift = with_kept({"vendor": rule}, stored(a_product(1, vendor=mine)), shown)
    assert product == (changed(shown, vendor=mine) if kept else shown)
    assert drift == ({"vendor": "Theirs"} if kept else {})


def test_what_is_equal_does_not_drift() -> None:
    product = a_product(1, tags=("a", "b"))
    assert with_kept(dict.fromkeys(FIELDS, Rule.KEEP), stored(product), changed(product, tags=("b", "a"))) == (
        changed(product, tags=("b", "a")),
        {},
    )


def test_a_variants_field_is_kept_variant_by_variant_and_a_new_one_takes_shopifys() -> None:
    here = a_product(1, variants=[a_variant(11, price=Decimal(5))])
    shown = a_product(
        1, variants=[a_variant(11, price=Decimal(7), position=2), a_variant(12, title="New", price=Decimal(8))]
    )
    product, drift = with_kept({"variant.price": Rule.KEEP}, stored(here), shown)
    assert [variant.price for variant in product.variants] == [Decimal(5), Decimal(8)]
    assert product.variants[0].position == 2
    assert drift == {"variant.price:11": "7"}


def test_a_kept_field_outlives_every_sync_and_its_drift_follows_the_shop() -> None:
    shop, catalogue = PaperShop(a_product(1), a_product(2)), MemoryCatalogue()
    sync(shop, catalogue)
    catalogue.set_rule("title", Rule.KEEP, catalogue.products()[0].id)

    def again(**fields: Any) -> tuple[Tally, str, Any]:
        shop.put(changed(a_product(1), **fields))
        catalogue.new_run()
        sync(shop, catalogue)
        return catalogue.tally(), catalogue.products()[0].product.title, catalogue.products()[0].drift

    unchanged = Tally(found=2, unchanged=2)
    assert again(title="Theirs") == (unchanged, "Product 1", {"title": "Theirs"})
    assert again(title="Theirs") == (unchanged, "Product 1", {"title": "Theirs"})
    assert again(title="Again") == (unchanged, "Product 1", {"title": "Again"})
    updated = Tally(found=2, unchanged=1, updated=1)
    assert again(title="Again", vendor="New") == (updated, "Product 1", {"title": "Again"})
    assert again(title="Product 1", vendor="New") == (unchanged, "Product 1", {})
    again(title="Again", vendor="New")
    catalogue.set_rule("title", Rule.FOLLOW, catalogue.products()[0].id)
    assert again(title="Again", vendor="New") == (updated, "Again", {})


def test_what_is_kept_alarms_nobody() -> None:
    shop = PaperShop(*(a_product(n) for n in range(1, 21)), page=20)
    catalogue = MemoryCatalogue()
    sync(shop, catalogue)
    catalogue.set_rule("variant.price", Rule.KEEP)
    for shop_id in range(1, 21):
        shop.put(repriced(a_product(shop_id), "0.01"))
    catalogue.new_run()
    sync(shop, catalogue)
    assert (catalogue.tally(), catalogue.plan()) == (Tally(found=20, unchanged=20), [])


def test_a_product_whose_rule_changed_is_compared_once() -> None:
    shop, catalogue = PaperShop(a_product(1)), MemoryCatalogue()
    sync(shop, catalogue)
    before = catalogue.products()
    catalogue.set_rule("title", Rule.KEEP)
    catalogue.new_run()
    sync(shop, catalogue)
    assert (catalogue.tally(), catalogue.products()) == (Tally(found=1, unchanged=1), before)
