"""What the fields of products, variants, inventory items and pictures answer.

A field without an entry here is the attribute of its name.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

from shopsim import media
from shopsim.access import need
from shopsim.catalog import Option, Product, Variant
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


class Selected:
    """One option value of a variant; the value as an object of its own is made only for those who ask."""

    __slots__ = ("_option", "name", "value")

    def __init__(self, option: Option, value: str) -> None:
        self.name, self.value, self._option = option.name, value, option

    @property
    def option_value(self) -> Record:
        """The value as the product's options list it."""
        return _option_value(self._option, self.value, True)


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
            option_values=[_option_value(option, value, value in used[index]) for value in option.values],
        )
        for index, option in enumerate(of.options[: arguments.get("first")])
    ]


def _option_value(option: Option, value: str, used: bool) -> Record:
    place = option.values.index(value) if value in option.values else len(option.values)
    number = option.id * 10_000 + place
    return Record(typename="ProductOptionValue", id=gid("ProductOptionValue", number), name=value, has_variants=used)


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
    return media.connection(_pictures(of.product), arguments, request)


def _price_range(of: ProductOf, _arguments: dict[str, Any], request: Request) -> Record:
    prices = [one.price for one in of.product.variants] or ["0.0"]
    low, high = (Record(amount=pick(prices, key=Decimal), currency_code=request.shop.currency) for pick in (min, max))
    return Record(min_variant_price=low, max_variant_price=high)


def _online_store_url(of: ProductOf, _arguments: dict[str, Any], request: Request) -> str | None:
    """Where customers see it: nowhere unless it is published, and only by link or openly for sale."""
    seen = of.product.published_at is not None and of.product.status in ("ACTIVE", "UNLISTED")
    return f"https://{request.shop.domain}/products/{of.product.handle}" if seen else None


def _preview_url(of: ProductOf, _arguments: dict[str, Any], request: Request) -> str:
    return f"https://{request.shop.domain}/products/{of.product.handle}?preview=1"


def _featured_image(of: ProductOf) -> Record | None:
    picture = media.featured(of.product)
    return picture.image if picture else None


def _pictures(product: Product) -> list[MediaOf]:
    """Its own picture and those of its variants; each once."""
    all_of_them = [media.featured(product), *(_picture(VariantOf(product, one)) for one in product.variants)]
    return list({one.id: one for one in sorted((one for one in all_of_them if one), key=lambda one: one.id)}.values())


def _twins(of: ItemOf, _arguments: dict[str, Any], request: Request) -> int:
    """How many other items have its SKU."""
    need(request, "duplicateSkuCount", "read_inventory")
    counts = request.shop.remember(
        "skus", lambda: Counter(one.sku for product in request.shop.products.values() for one in product.variants)
    )
    return max(0, counts[of.variant.sku] - 1) if of.variant.sku else 0


def _places(_of: ItemOf, _arguments: dict[str, Any], request: Request) -> Record:
    need(request, "locationsCount", "read_inventory")
    return counted(1, None)


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


def _selected(of: VariantOf, _arguments: dict[str, Any], _request: Request) -> list[Selected]:
    return [
        Selected(option, value) for option, value in zip(of.product.options, of.variant.option_values, strict=False)
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
        "bodyHtml": simple(lambda of: of.product.description_html),
        "featuredImage": simple(_featured_image),
        "mediaCount": simple(lambda of: counted(len(_pictures(of.product)), None)),
        "onlineStorePreviewUrl": _preview_url,
        "onlineStoreUrl": _online_store_url,
        "priceRangeV2": _price_range,
        "seo": always(Record(title=None, description=None)),
        "totalVariants": simple(lambda of: len(of.product.variants)),
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
        "unitPrice": always(None),
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
        "countryCodeOfOrigin": always(None),
        "provinceCodeOfOrigin": always(None),
        "duplicateSkuCount": _twins,
        "locationsCount": _places,
    },
    **media.RESOLVERS,
}
