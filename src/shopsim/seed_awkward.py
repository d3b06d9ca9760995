"""The products that are hard on connectors: at the limits, repeated, empty, renamed, gone and come back."""

from __future__ import annotations

from itertools import product as every_combination
from typing import Any

from shopsim.seed import IMAGES
from shopsim.shop import Shop
from shopsim.wording import weight

LONGEST = 255
MOST_TAGS = 250


def awkward(shop: Shop) -> None:
    """One product for each thing that goes wrong elsewhere; the title says which."""
    shop.title = "Edge & Case"
    for size in (1, 100, 101):
        _sizes(shop, size)
    _everything(shop)
    _skus(shop)
    _numbers(shop)
    _words(shop)
    _past(shop)


def _sizes(shop: Shop, count: int) -> None:
    values = [f"Size {number}" for number in range(1, count + 1)]
    shop.add_product(
        f"{count:,} variant{'s' if count > 1 else ''}",
        options=[("Size", values)],
        variants=[_row([value], f"SIZES-{count}-{number}") for number, value in enumerate(values, 1)],
    )


def _everything(shop: Shop) -> None:
    """As many variants as a product can have, in three options."""
    options = [(name, [f"{name} {n}" for n in range(count)]) for name, count in (("A", 16), ("B", 16), ("C", 8))]
    rows = every_combination(*(values for _name, values in options))
    variants = [_row(list(values), f"ALL-{number}") for number, values in enumerate(rows, 1)]
    shop.add_product("2,048 variants", options=options, variants=variants)


def _skus(shop: Shop) -> None:
    shop.add_product("Same SKU as another", variants=[{"sku": "TWIN-1"}])
    shop.add_product("Same SKU as another, in another case", variants=[{"sku": "twin-1"}])
    shop.add_product("Same SKU as another too", variants=[{"sku": "TWIN-1"}])
    rows = [_row(["Left"], "PAIR"), _row(["Right"], "PAIR")]
    shop.add_product("Same SKU twice within", options=[("Side", ["Left", "Right"])], variants=rows)
    shop.add_product("Empty SKU", variants=[{"sku": "", "barcode": ""}])
    shop.add_product("No SKU", variants=[{"sku": None, "barcode": None}])
    shop.add_product("SKU with spaces around", variants=[{"sku": "  SPACES-1 "}])


def _numbers(shop: Shop) -> None:
    shop.add_product("No cost", variants=[{"sku": "NO-COST", "cost": None}])
    shop.add_product("Stock below zero", variants=[{"sku": "OWED", "inventory_quantity": -7}])
    shop.add_product("Stock not tracked", variants=[{"sku": "UNTRACKED", "tracked": False, "inventory_quantity": None}])
    shop.add_product("For free", variants=[{"sku": "FREE", "price": "0.00", "compare_at_price": "0.00"}])
    shop.add_product("Dearest", variants=[{"sku": "DEAR", "price": "999999999999.99"}])
    shop.add_product("In ounces", variants=[{"sku": "OUNCES", **weight("2.125", "oz")}])
    shop.add_product("Gift card", gift_card=True, variants=[{"sku": None, "requires_shipping": False}])


def _words(shop: Shop) -> None:
    shop.add_product("Unlisted", status="UNLISTED")
    shop.add_product("Draft", status="DRAFT", published=False)
    shop.add_product("Tīrāmisù 🍰 ‏עוגה‎ 日本語 e\u0301 «naïve» & Co.", tags=["été", "日本", "a b", "<b>"], vendor="Żółć")
    shop.add_product(
        "<b>HTML</b> &amp; more",
        description_html='<p onclick="x()">One<br>two</p><script>alert("no")</script><table><tr><td>&lt;3</td></table>',
    )
    shop.add_product("T" * LONGEST, handle="h" * LONGEST, vendor="V" * LONGEST, product_type="P" * LONGEST)
    shop.add_product("250 tags", tags=[f"tag {number:03}" for number in range(MOST_TAGS)])
    shop.add_product("Pictures", image=f"{IMAGES}/a.jpg", image_alt="", variants=[{"image": f"{IMAGES}/b.jpg"}])


def _past(shop: Shop) -> None:
    """What was otherwise a moment ago."""
    gone = shop.add_product("Deleted and made again", variants=[{"sku": "AGAIN"}])
    shop.delete(gone.id)
    shop.add_product("Deleted and made again", variants=[{"sku": "AGAIN"}])
    sizes = ["S", "M", "L"]
    cut = shop.add_product("M was removed", options=[("Size", sizes)], variants=[_row([s], f"CUT-{s}") for s in sizes])
    shop.remove_variant(cut.variants[1].id)
    shop.archive(shop.add_product("Moved to archived").id)
    renamed = shop.add_product("Before it was renamed")
    shop.rename(renamed.id, "Renamed; its handle is the old one")


def _row(values: list[str], sku: str) -> dict[str, Any]:
    return {"option_values": values, "sku": sku, "price": "10.00", "cost": "4.00", "inventory_quantity": 3}
