"""Bodies as the REST API and webhooks write them: snake_case, lowercase status, tags in one string, local times.

https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shopsim.catalog import Media, Option, Product, Variant
from shopsim.ids import gid
from shopsim.shop import Shop

ZONE = "Europe/Paris"
# A delivery holds this many variants; `variant_gids` names them all.
MOST_VARIANTS = 100
NO_CATEGORY = {
    "admin_graphql_api_id": "gid://shopify/TaxonomyCategory/na",
    "name": "Uncategorized",
    "full_name": "Uncategorized",
}
_GRAMS = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}
_SHORT = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}


def local(moment: datetime | None) -> str | None:
    """A time with the shop's offset."""
    return moment.astimezone(ZoneInfo(ZONE)).isoformat() if moment else None


def product_body(product: Product) -> dict[str, Any]:
    """The body of `products/create` and `products/update`; only the first hundred variants are in it."""
    return {
        **_product(product),
        "variants": [_delivered_variant(product, variant) for variant in product.variants[:MOST_VARIANTS]],
        "media": [_media(product, picture) for picture, _variants in _pictures(product)],
        "variant_gids": [
            {"admin_graphql_api_id": gid("ProductVariant", one.id), "updated_at": _milliseconds(one.updated_at)}
            for one in product.variants
        ],
        "has_variants_that_requires_components": False,
        "category": NO_CATEGORY,
    }


def rest_product(product: Product) -> dict[str, Any]:
    """The product as the legacy REST API answers it; never more than a hundred variants."""
    return {
        **_product(product),
        "variants": [_rest_variant(product, variant) for variant in product.variants[:MOST_VARIANTS]],
    }


def deleted_body(product: Product) -> dict[str, Any]:
    """The body of `products/delete`."""
    return {"id": product.id}


def inventory_item_body(variant: Variant) -> dict[str, Any]:
    """The body of `inventory_items/update`."""
    return {
        "admin_graphql_api_id": gid("InventoryItem", variant.inventory_item_id),
        "id": variant.inventory_item_id,
        "sku": variant.sku,
        "cost": variant.cost,
        "tracked": variant.tracked,
        "requires_shipping": variant.requires_shipping,
        "created_at": local(variant.created_at),
        "updated_at": local(variant.item_updated_at or variant.updated_at),
    }


def shop_body(shop: Shop) -> dict[str, Any]:
    """The shop as REST answers it, and the body of `app/uninstalled` and `shop/update`."""
    return {
        "id": shop.id,
        "name": shop.title,
        "email": f"hello@{shop.name}.example",
        "domain": shop.domain,
        "myshopify_domain": shop.domain,
        "currency": shop.currency,
        "iana_timezone": ZONE,
        "timezone": f"(GMT+01:00) {ZONE}",
        "plan_name": "basic",
        "plan_display_name": "Basic",
        "shop_owner": shop.title,
        "weight_unit": "kg",
        "country_code": "FR",
        "primary_locale": "en",
        "setup_required": False,
        "has_storefront": True,
        "created_at": "2024-03-01T09:00:00+01:00",
        "updated_at": local(shop.clock.now()),
    }


def scopes_body(shop: Shop, previous: list[str], current: list[str]) -> dict[str, Any]:
    """The body of `app/scopes_update`."""
    return {
        "id": gid("AppInstallation", shop.id + 1),
        "previous": previous,
        "current": current,
        "updated_at": local(shop.clock.now()),
    }


def compliance_body(shop: Shop, topic: str) -> dict[str, Any]:
    """The body of one of the three privacy topics, about an invented customer."""
    body: dict[str, Any] = {"shop_id": shop.id, "shop_domain": shop.domain}
    if topic == "shop/redact":
        return body
    body["customer"] = {"id": 191_167, "email": "someone@customer.example", "phone": "555-625-1199"}
    if topic == "customers/redact":
        return {**body, "orders_to_redact": [299_938]}
    return {**body, "orders_requested": [299_938], "data_request": {"id": 9999}}


def _product(product: Product) -> dict[str, Any]:
    images = [_image(product, *pair, position=number) for number, pair in enumerate(_pictures(product), 1)]
    return {
        "admin_graphql_api_id": gid("Product", product.id),
        "id": product.id,
        "title": product.title,
        "body_html": product.description_html,
        "vendor": product.vendor,
        "product_type": product.product_type,
        "handle": product.handle,
        "created_at": local(product.created_at),
        "updated_at": local(product.updated_at),
        "published_at": local(product.published_at),
        "template_suffix": None,
        "status": product.status.lower(),
        "published_scope": "global",
        "tags": ", ".join(product.tags),
        "options": [_option(product, option, position) for position, option in enumerate(product.options, 1)],
        "images": images,
        "image": next(iter(images), None),
    }


def _option(product: Product, option: Option, position: int) -> dict[str, Any]:
    return {
        "id": option.id,
        "product_id": product.id,
        "name": option.name,
        "position": position,
        "values": option.values,
    }


def _pictures(product: Product) -> list[tuple[Media, list[int]]]:
    """The product's own picture first, then those of its variants; each once, with the variants that show it."""
    found: dict[int, tuple[Media, list[int]]] = {product.media.id: (product.media, [])} if product.media else {}
    for variant in product.variants:
        if variant.media:
            found.setdefault(variant.media.id, (variant.media, []))[1].append(variant.id)
    return list(found.values())


def _image(product: Product, media: Media, variants: list[int], *, position: int) -> dict[str, Any]:
    return {
        "admin_graphql_api_id": gid("ProductImage", media.id),
        "id": media.id,
        "product_id": product.id,
        "position": position,
        "alt": media.alt,
        "width": 1200,
        "height": 1200,
        "src": media.url,
        "variant_ids": variants,
        "created_at": local(product.created_at),
        "updated_at": local(product.updated_at),
    }


def _media(product: Product, media: Media) -> dict[str, Any]:
    return {
        "admin_graphql_api_id": gid("MediaImage", media.id),
        "id": media.id,
        "product_id": product.id,
        "alt": media.alt,
        "status": "READY",
        "media_content_type": "IMAGE",
        "preview_image": {"src": media.url, "width": 1200, "height": 1200, "status": "READY"},
        "created_at": local(product.created_at),
        "updated_at": local(product.updated_at),
    }


def _delivered_variant(product: Product, variant: Variant) -> dict[str, Any]:
    values = [*variant.option_values, None, None, None]
    return {
        "admin_graphql_api_id": gid("ProductVariant", variant.id),
        "id": variant.id,
        "product_id": product.id,
        "title": variant.title,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "price": variant.price,
        "compare_at_price": variant.compare_at_price,
        "position": variant.position,
        "inventory_policy": variant.inventory_policy.lower(),
        "taxable": variant.taxable,
        "created_at": local(variant.created_at),
        "updated_at": local(variant.updated_at),
        "option1": values[0],
        "option2": values[1],
        "option3": values[2],
        "image_id": variant.media.id if variant.media else None,
        "inventory_item_id": variant.inventory_item_id,
        "inventory_quantity": variant.inventory_quantity,
        "old_inventory_quantity": variant.inventory_quantity,
    }


def _rest_variant(product: Product, variant: Variant) -> dict[str, Any]:
    grams = variant.weight * _GRAMS[variant.weight_unit]
    return {
        **_delivered_variant(product, variant),
        "grams": int(grams.to_integral_value()),
        "weight": float(variant.weight),
        "weight_unit": _SHORT[variant.weight_unit],
        "fulfillment_service": "manual",
        "inventory_management": "shopify" if variant.tracked else None,
        "requires_shipping": variant.requires_shipping,
    }


def _milliseconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
