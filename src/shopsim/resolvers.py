"""What each field of the schema answers. A field without an entry here is the attribute of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from shopsim import search, versions
from shopsim.catalog import Media, Product, Variant
from shopsim.execution import FieldError, Request
from shopsim.paging import Connection, page

TAG = re.compile(r"<[^>]*>")


class Record(SimpleNamespace):
    """A small object of the schema made on the spot; its fields are its attributes."""


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


class ProductOf:
    """A product as an object of the schema."""

    __slots__ = ("product",)
    typename = "Product"

    def __init__(self, product: Product) -> None:
        self.product = product

    @property
    def id(self) -> int:
        """The product's number."""
        return self.product.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.product, name)


def gid(kind: str, number: int) -> str:
    """A global id."""
    return f"gid://shopify/{kind}/{number}"


def need(request: Request, scope: str, field: str) -> None:
    """Raise ACCESS_DENIED unless the token has the scope, or the write scope that implies it."""
    if scope not in request.scopes and scope.replace("read_", "write_") not in request.scopes:
        required = f"`{scope}` access scope."
        raise FieldError(
            f"Access denied for {field} field. Required access: {required}",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess=required,
        )


def _time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _parse_gid(value: str) -> tuple[str, int]:
    match = re.fullmatch(r"gid://shopify/(\w+)/(\d+)(?:\?.*)?", value)
    if match is None:
        raise FieldError(f"Invalid global id '{value}'", "argumentLiteralsIncompatible", whole=True)
    return match[1], int(match[2])


# --- root ------------------------------------------------------------------------------------------------------------


def _find(request: Request, value: str) -> Any:
    kind, number = _parse_gid(value)
    if kind == "Product":
        product = request.shop.products.get(number)
        return ProductOf(product) if product else None
    if kind == "ProductVariant":
        try:
            return VariantOf(*request.shop.find_variant(number))
        except KeyError:
            return None
    if kind == "Shop" and number == request.shop.id:
        return request.shop
    return None


def _of_kind(kind: str) -> Callable[[Any, dict[str, Any], Request], Any]:
    def resolve(_root: Any, arguments: dict[str, Any], request: Request) -> Any:
        need(request, "read_products", kind[0].lower() + kind[1:])
        if _parse_gid(arguments["id"])[0] != kind:
            raise FieldError(f"Invalid id: {arguments['id']}", "RESOURCE_NOT_FOUND")
        return _find(request, arguments["id"])

    return resolve


def _nodes(_root: Any, arguments: dict[str, Any], request: Request) -> list[Any]:
    if len(arguments["ids"]) > 250:
        message = f"The input array size of {len(arguments['ids'])} is greater than the maximum allowed of 250."
        raise FieldError(message, "MAX_INPUT_SIZE_EXCEEDED", whole=True)
    need(request, "read_products", "nodes")
    return [_find(request, value) for value in arguments["ids"]]


_SORTS: dict[str, Callable[[Product], Any]] = {
    "ID": lambda product: product.id,
    "TITLE": lambda product: product.title.lower(),
    "VENDOR": lambda product: product.vendor.lower(),
    "PRODUCT_TYPE": lambda product: product.product_type.lower(),
    "CREATED_AT": lambda product: int(product.created_at.timestamp() * 1000),
    "UPDATED_AT": lambda product: int(product.updated_at.timestamp() * 1000),
    "PUBLISHED_AT": lambda product: int(product.published_at.timestamp() * 1000) if product.published_at else 0,
    "INVENTORY_TOTAL": lambda product: sum(variant.inventory_quantity or 0 for variant in product.variants),
    "RELEVANCE": lambda product: product.id,
}


def _matching(request: Request, query: str | None, field: str) -> Sequence[Product]:
    products = request.shop.listed(filtered=bool(query))
    if not query:
        return products  # type: ignore[no-any-return]
    try:
        test, warnings = search.compile_query(query)
    except ValueError as error:
        raise FieldError(f"Invalid search query: {error}", "BAD_REQUEST") from error
    if warnings:
        request.search.append({"path": [field], "query": query, "warnings": warnings})
    return [product for product in products if test(product)]


def _products(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[ProductOf]:
    need(request, "read_products", "products")
    sort = arguments.get("sortKey") or "ID"
    found = _matching(request, arguments.get("query"), "products")
    key = _SORTS[sort]
    if sort not in ("ID", "RELEVANCE"):
        found = sorted(found, key=lambda product: (key(product), product.id))
    if arguments.get("reverse"):
        found = found[::-1]
    window = page(found, arguments, request, key)
    window.nodes = [ProductOf(product) for product in window.nodes]  # type: ignore[misc]
    return window  # type: ignore[return-value]


def _product_variants(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[VariantOf]:
    need(request, "read_products", "productVariants")
    products = _matching(request, arguments.get("query"), "productVariants")
    variants = [VariantOf(product, variant) for product in products for variant in product.variants]
    variants.sort(key=lambda variant: variant.id, reverse=bool(arguments.get("reverse")))
    return page(variants, arguments, request, lambda variant: str(variant.id))


def _products_count(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    need(request, "read_products", "productsCount")
    count = len(_matching(request, arguments.get("query"), "productsCount"))
    return counted(count, arguments.get("limit"))


def counted(count: int, limit: int | None) -> Record:
    """A Count, cut at its limit."""
    if limit is not None and count > limit:
        return Record(count=limit, precision="AT_LEAST")
    return Record(count=count, precision="EXACT")


def _installation(_root: Any, _arguments: dict[str, Any], request: Request) -> Record:
    scopes = [Record(handle=scope, description=scope.replace("_", " ")) for scope in sorted(request.scopes)]
    return Record(id=gid("AppInstallation", request.shop.id + 1), access_scopes=scopes, typename="AppInstallation")


def _versions(_root: Any, _arguments: dict[str, Any], _request: Request) -> list[Record]:
    return [
        Record(handle=version.handle, display_name=version.label, supported=version.stable) for version in versions.LIVE
    ]


# --- product and variant ---------------------------------------------------------------------------------------------


def _variants(of: ProductOf, arguments: dict[str, Any], request: Request) -> Connection[VariantOf]:
    variants = [VariantOf(of.product, variant) for variant in of.product.variants]
    if (sort := arguments.get("sortKey")) == "ID":
        variants.sort(key=lambda variant: variant.id)
    if arguments.get("reverse"):
        variants.reverse()
    value: Callable[[VariantOf], Any] = (lambda v: str(v.id)) if sort == "ID" else (lambda v: v.variant.position)
    return page(variants, arguments, request, value)


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
                    id=gid("ProductOptionValue", option.id * 100 + number),
                    name=value,
                    has_variants=value in used[index],
                )
                for number, value in enumerate(option.values)
            ],
        )
        for index, option in enumerate(of.options[: arguments.get("first")])
    ]


class MediaOf:
    """A picture as an object of the schema."""

    __slots__ = ("picture",)
    typename = "MediaImage"
    media_content_type = "IMAGE"
    status = "READY"

    def __init__(self, picture: Media) -> None:
        self.picture = picture

    @property
    def id(self) -> int:
        """The picture's number."""
        return self.picture.id

    @property
    def alt(self) -> str | None:
        """The text for those who do not see it."""
        return self.picture.alt

    @property
    def image(self) -> Record:
        """Where it is and how large."""
        picture = self.picture
        source = gid("ImageSource", picture.id)
        return Record(id=source, url=picture.url, alt_text=picture.alt, width=1200, height=1200)

    @property
    def preview(self) -> Record:
        """The same picture, as the preview of the media."""
        return Record(image=self.image)


def _variant_media(of: VariantOf, arguments: dict[str, Any], request: Request) -> Connection[MediaOf]:
    pictures = [MediaOf(of.variant.media)] if of.variant.media else []
    return page(pictures, arguments, request, lambda picture: picture.id)


def _item(of: VariantOf, _arguments: dict[str, Any], request: Request) -> Record:
    variant = of.variant
    number = variant.inventory_item_id
    weight = Record(value=variant.weight, unit=variant.weight_unit)
    cost = Record(amount=variant.cost, currency_code=request.shop.currency) if variant.cost is not None else None
    return Record(
        typename="InventoryItem",
        id=gid("InventoryItem", number),
        legacy_resource_id=str(number),
        sku=variant.sku,
        tracked=variant.tracked,
        requires_shipping=variant.requires_shipping,
        harmonized_system_code=variant.harmonized_system_code,
        unit_cost=cost,
        measurement=Record(id=gid("InventoryItemMeasurement", number), weight=weight),
        created_at=_time(variant.created_at),
        updated_at=_time(variant.updated_at),
    )


def _selected(of: VariantOf, _arguments: dict[str, Any], _request: Request) -> list[Record]:
    return [
        Record(name=option.name, value=value)
        for option, value in zip(of.product.options, of.variant.option_values, strict=False)
    ]


Field = Callable[[Any, dict[str, Any], Request], Any]


def _simple(read: Callable[[Any], Any]) -> Field:
    return lambda source, arguments, request: read(source)


def _moment(name: str) -> Field:
    return lambda source, arguments, request: _time(getattr(source, name))


def _identity(kind: str) -> dict[str, Field]:
    return {
        "id": _simple(lambda source: gid(kind, source.id)),
        "legacyResourceId": _simple(lambda source: str(source.id)),
    }


RESOLVERS: dict[str, dict[str, Field]] = {
    "QueryRoot": {
        "currentAppInstallation": _installation,
        "node": lambda _root, arguments, request: _find(request, arguments["id"]),
        "nodes": _nodes,
        "product": _of_kind("Product"),
        "productVariant": _of_kind("ProductVariant"),
        "productVariants": _product_variants,
        "products": _products,
        "productsCount": _products_count,
        "publicApiVersions": _versions,
        "shop": lambda root, _arguments, _request: root,
    },
    "Shop": {
        "id": _simple(lambda shop: gid("Shop", shop.id)),
        "name": _simple(lambda shop: shop.title),
        "currencyCode": _simple(lambda shop: shop.currency),
        "myshopifyDomain": _simple(lambda shop: shop.domain),
        "email": _simple(lambda shop: f"hello@{shop.name}.example"),
        "ianaTimezone": _simple(lambda shop: "Europe/Paris"),
        "weightUnit": _simple(lambda shop: "KILOGRAMS"),
        "plan": _simple(
            lambda shop: Record(public_display_name="Basic", partner_development=False, shopify_plus=False)
        ),
        "primaryDomain": _simple(
            lambda shop: Record(id=gid("Domain", shop.id), host=shop.domain, url=f"https://{shop.domain}")
        ),
    },
    "Product": {
        **_identity("Product"),
        "createdAt": _moment("created_at"),
        "updatedAt": _moment("updated_at"),
        "publishedAt": _moment("published_at"),
        "description": _simple(lambda product: TAG.sub("", product.description_html)),
        "featuredMedia": _simple(lambda product: MediaOf(product.media) if product.media else None),
        "hasOnlyDefaultVariant": _simple(lambda product: product.variants[0].title == "Default Title"),
        "isGiftCard": _simple(lambda product: product.gift_card),
        "options": _options,
        "totalInventory": _simple(lambda product: sum(v.inventory_quantity or 0 for v in product.variants)),
        "variants": _variants,
        "variantsCount": _simple(lambda product: counted(len(product.variants), None)),
    },
    "ProductVariant": {
        **_identity("ProductVariant"),
        "createdAt": _moment("created_at"),
        "updatedAt": _moment("updated_at"),
        "displayName": _simple(lambda of: f"{of.product.title} - {of.variant.title}"),
        "inventoryItem": _item,
        "media": _variant_media,
        "product": _simple(lambda of: ProductOf(of.product)),
        "selectedOptions": _selected,
    },
    "MediaImage": {"id": _simple(lambda media: gid("MediaImage", media.id))},
}
