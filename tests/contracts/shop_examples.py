"""Products to test with, and a shop on paper that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from shopsync.route import Way
from shopsync.values import Image, Option, Page, ShopProduct, ShopVariant, Status, Unreadable, WeightUnit

LONG_AGO = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


def a_variant(shop_id: int = 11, **fields: Any) -> ShopVariant:
    """A variant that needs no further word."""
    return ShopVariant(**{"id": shop_id, "title": "Default Title", "price": Decimal("9.50"), **fields})


def a_product(shop_id: int = 1, **fields: Any) -> ShopProduct:
    """A product with one variant, unless others are given."""
    variants = fields.pop("variants", (a_variant(10 * shop_id + 1),))
    return ShopProduct(
        **{
            "id": shop_id,
            "title": f"Product {shop_id}",
            "handle": f"product-{shop_id}",
            "options": (Option("Title", ("Default Title",)),),
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
            "variants": tuple(variants),
            **fields,
        }
    )


def a_rich_product(shop_id: int = 7) -> ShopProduct:
    """A product with a word in every field, some of them awkward."""
    blue = a_variant(
        71,
        title="Bleu / S",
        option_values=("Bleu", "S"),
        position=1,
        sku="THÉ-1\\n",
        barcode="0012345678905",
        price=Decimal("1050000"),
        compare_at_price=Decimal("1200000.00"),
        weight=Decimal("0.453592"),
        weight_unit=WeightUnit.KILOGRAMS,
        taxable=False,
        cost=Decimal("0.0375"),
        image=Image("https://cdn.example/bleu.jpg?v=1", "Bleu, de près", 7_100_000_000_001),
    )
    red = a_variant(
        72,
        title="Rouge\t/ S",
        option_values=("Rouge\t", "S"),
        position=2,
        sku=None,
        weight=Decimal(0),
        weight_unit=WeightUnit.POUNDS,
        image=Image("https://cdn.example/rouge.jpg"),
    )
    return a_product(
        shop_id,
        title='Thé "Été" \\N \u2028 🍵',
        description_html="<p>Un thé d’été,\nà boire &amp; à offrir.</p>",
        status=Status.UNLISTED,
        vendor="Maison d’à côté",
        product_type="Thé",
        tags=("été", "thé, vrac", ""),
        handle="thé-été",
        options=(Option("Couleur", ("Bleu", "Rouge\t")), Option("Taille", ("S",))),
        image=Image("https://cdn.example/thé.jpg", "", 7_000_000_000_001),
        currency="VND",
        published_at=datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC),
        variants=(blue, red),
    )


def changed(product: ShopProduct, **fields: Any) -> ShopProduct:
    """The same product with other fields."""
    return msgspec.structs.replace(product, **fields)


def repriced(product: ShopProduct, price: str) -> ShopProduct:
    """The same product with another price on every variant."""
    return changed(product, variants=tuple(changed_variant(v, price=Decimal(price)) for v in product.variants))


def changed_variant(variant: ShopVariant, **fields: Any) -> ShopVariant:
    """The same variant with other fields."""
    return msgspec.structs.replace(variant, **fields)


class PaperShop:
    """A shop that is a list of products, with small pages; implements ``shopsync.ports.Source``."""

    def __init__(self, *products: ShopProduct, page: int = 2) -> None:
        self.products = list(products)
        self.broken: dict[int, str] = {}
        self.asked: list[str] = []
        self._page = page

    def put(self, product: ShopProduct) -> None:
        """Add a product or put it in the place of the one with its id."""
        self.products = sorted([*(p for p in self.products if p.id != product.id), product], key=lambda p: p.id)

    def delete(self, shop_id: int) -> None:
        """Delete a product."""
        self.products = [product for product in self.products if product.id != shop_id]

    def count(self) -> int:
        """How many there are."""
        self.asked.append("count")
        return len(self.products)

    def changed(self, since: datetime) -> int:
        """How many were touched since then."""
        self.asked.append("changed")
        return sum(product.updated_at is not None and product.updated_at >= since for product in self.products)

    def start(self, way: Way) -> str | None:
        """It is read whole, whatever the route."""
        return None

    def read(self, cursor: str | None) -> Page:
        """The next few after the cursor, which is a product id."""
        self.asked.append(f"read {cursor}")
        rest = [product for product in self.products if product.id > int(cursor or 0)]
        page = rest[: self._page]
        return self._shown(page, str(page[-1].id) if len(rest) > len(page) else None)

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        """Those that are there."""
        self.asked.append(f"lookup {list(shop_ids)}")
        return self._shown([product for product in self.products if product.id in set(shop_ids)], None)

    def _shown(self, page: Sequence[ShopProduct], cursor: str | None) -> Page:
        readable = tuple(product for product in page if product.id not in self.broken)
        unreadable = tuple(Unreadable(p.id, p.title, self.broken[p.id]) for p in page if p.id in self.broken)
        return Page(readable, cursor, unreadable)
