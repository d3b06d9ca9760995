"""What the fields of products, variants, inventory items and pictures answer.

A field without an entry here is the attribute of its name.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from shopsim import media
from shopsim.catalog import Product, Variant
from shopsim.execution import Request
from shopsim.fields import Field, Record, always, behind, counted, identity, moment, simple
from shopsim.ids import gid
from shopsim.media import MediaOf
from shopsim.paging import BY_ID, Connection, Order, page

TAG = re.compile(r"<[^>]*>")
# https://shopify.dev/docs/api/admin-graphql: one product alone may be asked for all its variants at once.
MOST_VARIANTS = 2048


class ProductOf:
    """A product as an object of the schema; ``alone`` when it is not a member of a list."""

    __slots__ = ("alone", "product")
    typename = "Product"

    def __init__(self, product: Product, *, alone: bool = False) -> None:
        self.product, self.alone = product, alone

    @property
    def id(self) -> int:
        """The product's number."""
        return self.product.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.product, name)


class VariantOf:
    """A variant together with the product it belongs to."""

    __slots__ = ("product", "variant")
    typename = "ProductVariant"

    def __init__(self, product: Product, variant: Variant) -> None:
        self.product, self.variant = product, variant

    @property
    def id(self) -> int:
        """The variant's number."""
        return self.variant.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.variant, name)


class ItemOf:
    """What a variant is in the stock room: its inventory item."""

    __slots__ = ("currency", "product", "variant")
    typename = "InventoryItem"

    def __init__(self, product: Product, variant: Variant, currency: str) -> None:
        self.product, self.variant, self.currency = product, variant, currency

    @property
    def id(self) -> int:
        """The item's number."""
        return self.variant.inventory_item_id

    @property
    def updated_at(self) -> datetime:
        """When the item was last changed; a cost moves it, though not the product."""
        return max(self.variant.item_updated_at or self.variant.created_at, self.variant.updated_at)

    @property
    def unit_cost(self) -> Record | None:
        """What one costs the merchant."""
        cost = self.variant.cost
        return None if cost is None else Record(amount=cost, currency_code=self.currency)

    @property
    def measurement(self) -> Record:
        """How heavy it is."""
        weight = Record(value=self.variant.weight, unit=self.variant.weight_unit)
        return Record(id=gid("InventoryItemMeasurement", self.id), weight=weight)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.variant, name)


def _variants(of: ProductOf, arguments: dict[str, Any], request: Request) -> Connection[VariantOf]:
    down = bool(arguments.get("reverse"))
    by_id = arguments.get("sortKey") == "ID"
    order = BY_ID._replace(descending=down) if by_id else Order(lambda item: item.variant.position, descending=down)
    rows = sorted(of.product.variants, key=lambda one: (0 if by_id else one.position, one.id), reverse=down)
    variants = [VariantOf(of.product, variant) for variant in rows]
    return page(variants, arguments, request, order, largest=MOST_VARIANTS if of.alone else 250)


def _options(of: ProductOf, arguments: dict[str, Any], _request: Request) -> list[Record]:
    used = [{variant.option_values[index] for variant in of.variants} for index in range(len(of.options))]
    return [
        Record(
            typename="ProductOption",
            id=gid("ProductOption", option.id),
            name=option.name,
            position=index + 1,
            values=[value for value in option.values if value in used[index]],
            option_values=[
                Record(
                    typename="ProductOptionValue",
                    id=gid("ProductOptionValue", option.id * 10_000 + number),
                    name=value,
                    has_variants=value in used[index],
                )
                for number, value in enumerate(option.values)
            ],
        )
        for index, option in enumerate(of.options[: arguments.get("first")])
    ]


def _description(of: ProductOf, arguments: dict[str, Any], _request: Request) -> str:
    text = TAG.sub("", of.product.description_html)
    longest = arguments.get("truncateAt")
    return text if longest is None or len(text) <= longest else f"{text[: max(0, longest - 3)]}..."


def _picture(of: VariantOf) -> MediaOf | None:
    return MediaOf(of.variant.media, of.product.created_at) if of.variant.media else None


def _variant_media(of: VariantOf, arguments: dict[str, Any], request: Request) -> Connection[MediaOf]:
    picture = _picture(of)
    return media.connection([picture] if picture else [], arguments, request)


def _variant_image(of: VariantOf) -> Record | None:
    picture = _picture(of)
    return picture.image if picture else None


def _product_media(of: ProductOf, arguments: dict[str, Any], request: Request) -> Connection[MediaOf]:
    pictures = [media.featured(of.product), *(_picture(VariantOf(of.product, one)) for one in of.product.variants)]
    found = sorted((one for one in pictures if one), key=lambda one: one.id)
    return media.connection(found, arguments, request)


def _compare_at_range(of: ProductOf, _arguments: dict[str, Any], request: Request) -> Record | None:
    prices = [one.compare_at_price for one in of.product.variants if one.compare_at_price is not None]
    if not prices:
        return None
    low, high = (Record(amount=pick(prices, key=Decimal), currency_code=request.shop.currency) for pick in (min, max))
    return Record(min_variant_compare_at_price=low, max_variant_compare_at_price=high)


def _sold_out(variant: Variant) -> bool:
    return variant.tracked and (variant.inventory_quantity or 0) <= 0


def _item(of: VariantOf, _arguments: dict[str, Any], request: Request) -> ItemOf:
    return ItemOf(of.product, of.variant, request.shop.currency)


def _variants_of_item(of: ItemOf, arguments: dict[str, Any], request: Request) -> Connection[VariantOf]:
    return page([VariantOf(of.product, of.variant)], arguments, request)


def _selected(of: VariantOf, _arguments: dict[str, Any], _request: Request) -> list[Record]:
    return [
        Record(name=option.name, value=value)
        for option, value in zip(of.product.options, of.variant.option_values, strict=False)
    ]


RESOLVERS: dict[str, dict[str, Field]] = {
    "Product": {
        **identity("Product", "product.id"),
        **behind(
            "product",
            title="title",
            handle="handle",
            status="status",
            vendor="vendor",
            tags="tags",
            productType="product_type",
            descriptionHtml="description_html",
            isGiftCard="gift_card",
        ),
        "createdAt": moment("product.created_at"),
        "updatedAt": moment("product.updated_at"),
        "publishedAt": moment("product.published_at"),
        "description": _description,
        "featuredMedia": simple(lambda of: media.featured(of.product)),
        "hasOnlyDefaultVariant": simple(lambda product: [one.title for one in product.variants] == ["Default Title"]),
        "options": _options,
        "category": always(None),
        "compareAtPriceRange": _compare_at_range,
        "giftCardTemplateSuffix": always(None),
        "hasOutOfStockVariants": simple(lambda of: any(_sold_out(one) for one in of.product.variants)),
        "hasVariantsThatRequiresComponents": always(False),
        "media": _product_media,
        "requiresSellingPlan": always(False),
        "templateSuffix": always(None),
        "tracksInventory": simple(lambda of: any(one.tracked for one in of.product.variants)),
        "totalInventory": simple(lambda product: sum(v.inventory_quantity or 0 for v in product.variants)),
        "variants": _variants,
        "variantsCount": simple(lambda product: counted(len(product.variants), None)),
    },
    "ProductVariant": {
        **identity("ProductVariant", "variant.id"),
        **behind(
            "variant",
            title="title",
            sku="sku",
            barcode="barcode",
            price="price",
            position="position",
            compareAtPrice="compare_at_price",
            taxable="taxable",
            inventoryPolicy="inventory_policy",
            inventoryQuantity="inventory_quantity",
        ),
        "createdAt": moment("variant.created_at"),
        "updatedAt": moment("variant.updated_at"),
        "displayName": simple(lambda of: f"{of.product.title} - {of.variant.title}"),
        "inventoryItem": _item,
        "media": _variant_media,
        "availableForSale": simple(lambda of: of.variant.inventory_policy == "CONTINUE" or not _sold_out(of.variant)),
        "image": simple(_variant_image),
        "requiresComponents": always(False),
        "sellableOnlineQuantity": simple(lambda of: max(0, of.variant.inventory_quantity or 0)),
        "taxCode": always(None),
        "product": simple(lambda of: ProductOf(of.product)),
        "selectedOptions": _selected,
    },
    "InventoryItem": {
        **identity("InventoryItem", "variant.inventory_item_id"),
        **behind(
            "variant",
            sku="sku",
            tracked="tracked",
            requiresShipping="requires_shipping",
            harmonizedSystemCode="harmonized_system_code",
        ),
        "createdAt": moment("variant.created_at"),
        "updatedAt": moment("updated_at"),
        "variant": simple(lambda of: VariantOf(of.product, of.variant)),
        "variants": _variants_of_item,
    },
    **media.RESOLVERS,
}
