"""Shops are filled the same way every time, and real catalogues keep every string."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shopsim import seed
from shopsim.load import CatalogError, load_file, load_lines
from shopsim.shop import Shop
from shopsim.sim import Simulator

NORMALIZED = Path(__file__).parents[3] / "shared" / "data" / "normalized"
FILES = sorted(NORMALIZED.glob("*.jsonl"))


def dumped(fill: object) -> dict:
    shop = Shop("one")
    fill(shop)  # type: ignore[operator]
    return shop.dump()


def test_the_believable_shop_is_the_same_every_time_and_has_every_difficulty() -> None:
    assert dumped(seed.believable) == dumped(seed.believable)
    shop = Shop("one")
    seed.believable(shop)
    products = list(shop.products.values())
    assert len(products) == 63
    assert {"ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"} == {product.status for product in products}
    skus = [variant.sku for product in products for variant in product.variants]
    assert None in skus
    assert len(set(skus)) < len(skus)
    assert any(len(product.variants) == 1 for product in products)
    assert any(len(product.variants) > 50 for product in products)
    assert any((variant.inventory_quantity or 0) < 0 for product in products for variant in product.variants)
    assert any(variant.cost is None for product in products for variant in product.variants)
    assert any(not product.title.isascii() for product in products)


def test_made_up_products_are_the_same_for_the_same_seed() -> None:
    def fill(number: int) -> object:
        return lambda shop: seed.synthetic(shop, 20, 3, number)

    assert dumped(fill(4)) == dumped(fill(4))
    assert dumped(fill(4)) != dumped(fill(5))


@pytest.mark.skipif(not FILES, reason="the real catalogues are not beside the project")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_catalogue_keeps_every_string(path: Path) -> None:
    shop = Simulator().add_shop("one").shop
    load_file(shop, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    assert len(shop.products) == len(rows)
    for product, row in zip(shop.products.values(), rows, strict=True):
        assert product.title == row["title"]
        assert product.handle == row["handle"]
        assert product.description_html == (row["body_html"] or "")
        assert product.vendor == (row["vendor"] or "")
        assert product.tags == row["tags"]
        assert [(option.name, option.values) for option in product.options] == [
            (option["name"], option["values"]) for option in row["options"]
        ]
        for variant, source in zip(product.variants, row["variants"], strict=True):
            kept = (variant.sku, variant.barcode, variant.price, variant.compare_at_price, variant.option_values)
            assert kept == tuple(
                source[name] for name in ("sku", "barcode", "price", "compare_at_price", "option_values")
            )


def test_a_line_that_is_no_product_is_named() -> None:
    with pytest.raises(CatalogError, match="Line 2 of the catalogue is no product"):
        load_lines(Shop("one"), ["", '{"title": "half"}'])


def test_a_variant_is_found_again_after_every_kind_of_change() -> None:
    shop = Shop("one")
    bowl = shop.add_product("Bowl", options=[("Size", ["S"])], variants=[{"option_values": ["S"]}])
    small = bowl.variants[0]
    assert shop.find_variant(small.id) == (bowl, small)
    large = shop.add_variant(bowl.id, ["L"])
    assert shop.find_variant(large.id) == (bowl, large)
    shop.remove_variant(small.id)
    with pytest.raises(KeyError):
        shop.find_variant(small.id)
    shop.delete(bowl.id)
    with pytest.raises(KeyError):
        shop.find_variant(large.id)
    shop.bring_back(bowl)
    assert shop.find_variant(large.id) == (bowl, large)
    other = Shop("two")
    other.load(shop.dump())
    assert other.find_variant(large.id)[0].title == "Bowl"
