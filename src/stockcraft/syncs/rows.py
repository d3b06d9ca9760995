"""Shop values as table rows and back: which column holds what, for writing a page and for reading what was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shopsync.ports import StoredVariant
from shopsync.values import Image, Option, ShopProduct, ShopVariant, Status, WeightUnit

# Only Shopify's own columns are named here: whatever the merchant keeps cannot be written by a sync.
PRODUCT_COLUMNS = {
    "shopify_product_id": "bigint",
    "title": "text",
    "description_html": "text",
    "status": "text",
    "vendor": "text",
    "product_type": "text",
    "tags": "text[]",
    "handle": "text",
    "options": "text",
    "image_url": "text",
    "image_alt": "text",
    "image_media_id": "bigint",
    "currency": "text",
    "shopify_created_at": "timestamptz",
    "shopify_updated_at": "timestamptz",
    "shopify_published_at": "timestamptz",
    "digest": "bytea",
}
VARIANT_COLUMNS = {
    "shopify_variant_id": "bigint",
    "title": "text",
    "option_values": "text[]",
    "position": "int",
    "sku": "text",
    "barcode": "text",
    "price": "numeric",
    "compare_at_price": "numeric",
    "weight": "numeric",
    "weight_unit": "text",
    "taxable": "boolean",
    "shopify_cost": "numeric",
    "image_url": "text",
    "image_alt": "text",
    "image_media_id": "bigint",
}

NO_IMAGE = ("", None, None)
_options_from = msgspec.json.Decoder(tuple[Option, ...]).decode


def product_row(product: ShopProduct, digest: bytes) -> tuple[Any, ...]:
    """The values of ``PRODUCT_COLUMNS``, in order."""
    return (
        product.id,
        product.title,
        product.description_html,
        product.status.value,
        product.vendor,
        product.product_type,
        list(product.tags),
        product.handle,
        msgspec.json.encode(product.options).decode(),
        *_image_row(product.image),
        product.currency,
        product.created_at,
        product.updated_at,
        product.published_at,
        f"\\x{digest.hex()}",
    )


def variant_row(variant: ShopVariant) -> tuple[Any, ...]:
    """The values of ``VARIANT_COLUMNS``, in order."""
    return (
        variant.id,
        variant.title,
        list(variant.option_values),
        variant.position,
        variant.sku,
        variant.barcode,
        variant.price,
        variant.compare_at_price,
        variant.weight,
        variant.weight_unit.value if variant.weight_unit else "",
        variant.taxable,
        variant.cost,
        *_image_row(variant.image),
    )


def product_from(row: Sequence[Any]) -> ShopProduct:
    """The product that was written as this row, without its variants."""
    (
        shop_id, title, description, status, vendor, product_type, tags, handle, options,
        image_url, image_alt, image_media_id, currency, created_at, updated_at, published_at, _digest,
    ) = row  # fmt: skip
    return ShopProduct(
        id=shop_id,
        title=title,
        description_html=description,
        status=Status(status),
        vendor=vendor,
        product_type=product_type,
        tags=tuple(tags),
        handle=handle,
        options=_options_from(options),
        image=_image_from(image_url, image_alt, image_media_id),
        currency=currency,
        created_at=created_at,
        updated_at=updated_at,
        published_at=published_at,
    )


def stored_variant_from(variant_id: int, removed: bool, row: Sequence[Any]) -> StoredVariant:
    """The variant that was written as this row. One that never came from a shop has the ID 0, which matches none."""
    (
        shop_id, title, option_values, position, sku, barcode, price, compare_at_price, weight, weight_unit,
        taxable, cost, image_url, image_alt, image_media_id,
    ) = row  # fmt: skip
    variant = ShopVariant(
        id=shop_id or 0,
        title=title,
        option_values=tuple(option_values),
        position=position,
        sku=sku,
        barcode=barcode,
        price=price,
        compare_at_price=compare_at_price,
        weight=weight,
        weight_unit=WeightUnit(weight_unit) if weight_unit else None,
        taxable=taxable,
        cost=cost,
        image=_image_from(image_url, image_alt, image_media_id),
    )
    return StoredVariant(variant_id, variant, removed)


def _image_row(image: Image | None) -> tuple[str, str | None, int | None]:
    return (image.url, image.alt, image.media_id) if image else NO_IMAGE


def _image_from(url: str, alt: str | None, media_id: int | None) -> Image | None:
    return Image(url, alt, media_id) if url else None
