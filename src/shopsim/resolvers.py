"""What the fields at the root answer, and the table of all that answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from shopsim import desk, listings, objects, versions
from shopsim.access import need
from shopsim.execution import FieldError, Request
from shopsim.fields import Field, Record, always, simple
from shopsim.ids import gid, number_of, parse_gid
from shopsim.objects import ItemOf, ProductOf, VariantOf
from shopsim.payloads import ZONE


def _product(request: Request, number: int) -> ProductOf | None:
    product = request.shop.products.get(number)
    return ProductOf(product) if product else None


def _variant(request: Request, number: int) -> VariantOf | None:
    try:
        return VariantOf(*request.shop.find_variant(number))
    except KeyError:
        return None


def _inventory_item(request: Request, number: int) -> ItemOf | None:
    shop = request.shop
    pairs = shop.remember("by item", lambda: {
        one.inventory_item_id: (product, one) for product in shop.products.values() for one in product.variants
    })  # fmt: skip
    if number not in pairs:
        return None
    product, variant = pairs[number]
    return ItemOf(product, variant, shop.currency)


def _shop(request: Request, number: int) -> Any:
    return request.shop if number == request.shop.id else None


FINDERS: dict[str, Callable[[Request, int], Any]] = {
    "AppInstallation": lambda request, number: _installation_of(request, number),
    "Product": _product,
    "ProductVariant": _variant,
    "InventoryItem": _inventory_item,
    "Shop": _shop,
    **desk.FINDERS,
}
_SCOPES = {
    "Product": ("read_products",),
    "ProductVariant": ("read_products",),
    "InventoryItem": ("read_products", "read_inventory"),
}


def find(request: Request, value: str, field: str = "node") -> Any:
    """Whatever an id names; None when there is no such thing."""
    kind, number = parse_gid(value)
    if kind in _SCOPES:
        need(request, field, *_SCOPES[kind])
    return FINDERS[kind](request, number) if kind in FINDERS else None


def _of_kind(kind: str, field: str) -> Field:
    def resolve(_root: Any, arguments: dict[str, Any], request: Request) -> Any:
        number_of(arguments["id"], kind)
        found = find(request, arguments["id"], field)
        if isinstance(found, ProductOf):
            found.alone = True
        return found

    return resolve


def _nodes(_root: Any, arguments: dict[str, Any], request: Request) -> list[Any]:
    if len(arguments["ids"]) > 250:
        message = f"The input array size of {len(arguments['ids'])} is greater than the maximum allowed of 250."
        raise FieldError(message, "MAX_INPUT_SIZE_EXCEEDED", whole=True)
    return [find(request, value, "nodes") for value in arguments["ids"]]


def _installation_of(request: Request, number: int) -> Record | None:
    return _installation(None, {}, request) if number == request.shop.id + 1 else None


def _installation(_root: Any, _arguments: dict[str, Any], request: Request) -> Record:
    scopes = [Record(handle=scope, description=scope.replace("_", " ")) for scope in sorted(request.scopes)]
    return Record(id=gid("AppInstallation", request.shop.id + 1), access_scopes=scopes, typename="AppInstallation")


def _versions(_root: Any, _arguments: dict[str, Any], _request: Request) -> list[Record]:
    return [version_of(version) for version in versions.LIVE]


def version_of(version: versions.Version) -> Record:
    """A version as an object of the schema."""
    return Record(handle=version.handle, display_name=version.label, supported=version.stable)


_PLAN = Record(public_display_name="Basic", display_name="Basic", partner_development=False, shopify_plus=False)
# https://shopify.dev/changelog/the-product-variant-limit-is-now-2048-for-all-merchants
_LIMITS = Record(
    location_limit=1000, max_product_options=3, max_product_variants=objects.MOST_VARIANTS, redirect_limit_reached=False
)

RESOLVERS: dict[str, dict[str, Field]] = {
    **objects.RESOLVERS,
    **desk.RESOLVERS,
    "QueryRoot": {
        **desk.RESOLVERS["QueryRoot"],
        "currentAppInstallation": _installation,
        "events": listings.events,
        "inventoryItem": _of_kind("InventoryItem", "inventoryItem"),
        "inventoryItems": listings.inventory_items,
        "node": lambda _root, arguments, request: find(request, arguments["id"]),
        "nodes": _nodes,
        "product": _of_kind("Product", "product"),
        "productVariant": _of_kind("ProductVariant", "productVariant"),
        "productVariants": listings.product_variants,
        "products": listings.products,
        "productsCount": listings.products_count,
        "publicApiVersions": _versions,
        "shop": lambda root, _arguments, _request: root,
    },
    "Shop": {
        "id": simple(lambda shop: gid("Shop", shop.id)),
        "name": simple(lambda shop: shop.title),
        "currencyCode": simple(lambda shop: shop.currency),
        "myshopifyDomain": simple(lambda shop: shop.domain),
        "email": simple(lambda shop: f"hello@{shop.name}.example"),
        "contactEmail": simple(lambda shop: f"hello@{shop.name}.example"),
        "createdAt": always("2024-03-01T08:00:00Z"),
        "ianaTimezone": always(ZONE),
        "timezoneAbbreviation": simple(lambda shop: f"{shop.clock.now().astimezone(ZoneInfo(ZONE)):%Z}"),
        "timezoneOffset": simple(lambda shop: f"{shop.clock.now().astimezone(ZoneInfo(ZONE)):%z}"),
        "resourceLimits": always(_LIMITS),
        "url": simple(lambda shop: f"https://{shop.domain}"),
        "weightUnit": simple(lambda shop: "KILOGRAMS"),
        "plan": simple(lambda shop: _PLAN),
        "primaryDomain": simple(
            lambda shop: Record(id=gid("Domain", shop.id), host=shop.domain, url=f"https://{shop.domain}")
        ),
    },
    "BasicEvent": {"id": simple(lambda event: gid("BasicEvent", event.id))},
}
