"""What a shop holds: products, variants and pictures, as plain records that can be saved and loaded."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec


class Media(msgspec.Struct):
    """A picture on Shopify's image host."""

    id: int
    url: str
    alt: str | None = None


class Option(msgspec.Struct):
    """A way the product varies, with its values in order."""

    id: int
    name: str
    values: list[str]


class Variant(msgspec.Struct, kw_only=True):
    """A variant. Money is kept as the text it was given as."""

    id: int
    option_values: list[str]
    price: str = "0.00"
    compare_at_price: str | None = None
    sku: str | None = None
    barcode: str | None = None
    taxable: bool = True
    position: int = 1
    inventory_quantity: int | None = 0
    inventory_policy: str = "DENY"
    tracked: bool = True
    requires_shipping: bool = True
    cost: str | None = None
    weight: Decimal = Decimal(0)
    weight_unit: str = "KILOGRAMS"
    harmonized_system_code: str | None = None
    media: Media | None = None
    inventory_item_id: int = 0
    created_at: datetime
    updated_at: datetime
    item_updated_at: datetime | None = None

    @property
    def title(self) -> str:
        """What Shopify calls it: its option values."""
        return " / ".join(self.option_values)


class Product(msgspec.Struct, kw_only=True):
    """A product with its variants in order. ``status`` is as in the schema: ACTIVE, DRAFT, ARCHIVED or UNLISTED."""

    id: int
    title: str
    handle: str
    description_html: str = ""
    status: str = "ACTIVE"
    vendor: str = ""
    product_type: str = ""
    tags: list[str] = []
    options: list[Option] = []
    media: Media | None = None
    gift_card: bool = False
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    variants: list[Variant] = []

    def variant(self, variant_id: int) -> Variant:
        """One variant. Raises KeyError."""
        for variant in self.variants:
            if variant.id == variant_id:
                return variant
        raise KeyError(variant_id)


# What the admin shows for a product without options.
DEFAULT_OPTION = ("Title", "Default Title")
