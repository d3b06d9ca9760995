"""What the shop shows: products and variants as immutable values, independent of how they were read."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

import msgspec


class Status(StrEnum):
    """A product's status in Shopify. ``UNLISTED`` products are sold by direct link only."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"
    UNLISTED = "unlisted"


class WeightUnit(StrEnum):
    """The units Shopify weighs in."""

    GRAMS = "g"
    KILOGRAMS = "kg"
    OUNCES = "oz"
    POUNDS = "lb"


GRAMS_PER: Mapping[WeightUnit, Decimal] = {
    WeightUnit.GRAMS: Decimal(1),
    WeightUnit.KILOGRAMS: Decimal(1000),
    WeightUnit.OUNCES: Decimal("28.349523125"),
    WeightUnit.POUNDS: Decimal("453.59237"),
}


class Image(msgspec.Struct, frozen=True, gc=False):
    """A picture Shopify hosts. ``media_id`` is the number in ``gid://shopify/MediaImage/…``."""

    url: str
    alt: str | None = None
    media_id: int | None = None


class Option(msgspec.Struct, frozen=True, gc=False):
    """One way a product varies, such as Size, with its values in the shop's order."""

    name: str
    values: tuple[str, ...]


class ShopVariant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A variant as the shop shows it. Money is in the product's currency.

    ``sku`` and ``barcode`` are ``None`` or empty when the shop has none, as it says; a SKU may repeat within a shop.
    ``cost`` is ``None`` when Shopify does not tell it, which is not the same as zero.
    """

    id: int
    title: str
    option_values: tuple[str, ...] = ()
    position: int = 1
    sku: str | None = None
    barcode: str | None = None
    price: Decimal = Decimal(0)
    compare_at_price: Decimal | None = None
    weight: Decimal | None = None
    weight_unit: WeightUnit | None = None
    taxable: bool = True
    cost: Decimal | None = None
    image: Image | None = None


class ShopProduct(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A product as the shop shows it, with all its variants. Times are UTC; ``currency`` is the shop's ISO code.

    ``updated_at`` says what to read, never that something changed: every stock movement bumps it.
    """

    id: int
    title: str
    description_html: str = ""
    status: Status = Status.ACTIVE
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    handle: str = ""
    options: tuple[Option, ...] = ()
    image: Image | None = None
    currency: str = "USD"
    created_at: datetime | None = None
    updated_at: datetime | None = None
    published_at: datetime | None = None
    variants: tuple[ShopVariant, ...] = ()


class Unreadable(msgspec.Struct, frozen=True):
    """A product of the shop whose data surprised us, and why. The others go on without it."""

    shop_id: int
    title: str
    why: str


class Familiar(msgspec.Struct, frozen=True):
    """A product of the shop that is shown as at the last whole read: its fingerprint is known, its fields are read when
    they are asked for."""

    id: int
    digest: bytes
    updated_at: datetime
    read: Callable[[], ShopProduct]


class Page(msgspec.Struct, frozen=True):
    """One page of the shop's products; those that are ``familiar`` stand apart. ``cursor`` is ``None`` on the last
    page."""

    products: tuple[ShopProduct, ...]
    cursor: str | None = None
    unreadable: tuple[Unreadable, ...] = ()
    familiar: tuple[Familiar, ...] = ()

    def without(self, ids: Collection[int]) -> Self:
        """The page as if it did not show these."""
        if not ids:
            return self
        return msgspec.structs.replace(
            self,
            products=tuple(each for each in self.products if each.id not in ids),
            unreadable=tuple(each for each in self.unreadable if each.shop_id not in ids),
            familiar=tuple(each for each in self.familiar if each.id not in ids),
        )

    @property
    def shown(self) -> set[int]:
        """The ids of all that the shop showed, readable or not."""
        return {each.id for each in self.listed} | {broken.shop_id for broken in self.unreadable}

    @property
    def listed(self) -> tuple[ShopProduct | Familiar, ...]:
        """All that can be read, decoded or familiar."""
        return (*self.products, *self.familiar)


class Shop(msgspec.Struct, frozen=True):
    """What a shop says of itself."""

    id: int
    domain: str
    name: str
    currency: str


def comparable(name: str, owner: ShopProduct | ShopVariant) -> Any:
    """A field's value as it counts: tags are a set."""
    value = getattr(owner, name)
    return frozenset(value) if name == "tags" else value
