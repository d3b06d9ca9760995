"""From Shopify's JSON to our values, straight into structs; one surprising product does not spoil its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from shopsync.errors import UnexpectedData
from shopsync.values import Image, Option, ShopProduct, ShopVariant, Status, Unreadable, WeightUnit

_T = TypeVar("_T")
_UNITS = {
    "GRAMS": WeightUnit.GRAMS,
    "KILOGRAMS": WeightUnit.KILOGRAMS,
    "OUNCES": WeightUnit.OUNCES,
    "POUNDS": WeightUnit.POUNDS,
}
_STATUSES = {status.name: status for status in Status}
# A NUL character in a text, in JSON's spelling, unless its backslash is itself escaped.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class _Node(msgspec.Struct, rename="camel", gc=False):
    """Base of the shapes below: named as in the schema. None can be part of a cycle, so none is looked through for one:
    a page is hundreds of thousands of them."""


class PageInfo(_Node):
    """Whether a list goes on, and from where."""

    has_next_page: bool
    end_cursor: str | None = None


class _Image(_Node):
    url: str


class _Preview(_Node):
    image: _Image | None = None


class Media(_Node):
    """A picture, or the picture that stands for a film or a model."""

    id: str
    alt: str | None = None
    preview: _Preview | None = None


class MediaList(_Node):
    """A page of a variant's pictures."""

    nodes: list[Media]


class _Option(_Node):
    name: str
    values: list[str]


class _Value(_Node):
    value: str


class _Money(_Node):
    amount: Decimal


class _Weight(_Node):
    value: Decimal
    unit: str


class _Measurement(_Node):
    weight: _Weight | None = None


class _Item(_Node):
    unit_cost: _Money | None = None
    measurement: _Measurement | None = None


class VariantNode(_Node):
    """A variant as the schema shows it."""

    id: str
    title: str
    price: Decimal
    position: int
    taxable: bool
    selected_options: list[_Value]
    sku: str | None = None
    barcode: str | None = None
    compare_at_price: Decimal | None = None
    media: MediaList | None = None
    inventory_item: _Item | None = None


class VariantList(_Node):
    """A page of a product's variants."""

    page_info: PageInfo
    nodes: list[VariantNode]


class OwnFields(_Node):
    """A product as the schema shows it, without its variants."""

    id: str
    title: str
    handle: str
    status: str
    vendor: str
    product_type: str
    tags: list[str]
    description_html: str
    created_at: datetime
    updated_at: datetime
    options: list[_Option]
    published_at: datetime | None = None
    featured_media: Media | None = None


class ProductNode(OwnFields, kw_only=True):
    """A product with the first of its variants."""

    variants: VariantList


_decode_product = msgspec.json.Decoder(ProductNode).decode


class Identity(msgspec.Struct):
    """As much as we can say of a product that cannot be read."""

    id: str = ""
    title: Any = ""


class ShopCurrency(_Node):
    """The currency that all of a shop's prices are in."""

    currency_code: str


class RawList(_Node):
    """A page of products, each still JSON."""

    nodes: list[msgspec.Raw]
    page_info: PageInfo


class ProductsAnswer(_Node):
    """The shape of `queries/products.graphql`."""

    shop: ShopCurrency
    products: RawList


class ProductsByIdAnswer(_Node):
    """The shape of `queries/products_by_id.graphql`; absent products are null."""

    shop: ShopCurrency
    nodes: list[msgspec.Raw]


def read_nodes(nodes: Sequence[msgspec.Raw]) -> tuple[list[ProductNode], list[Unreadable]]:
    """Each product's node, or why it cannot be read. Nulls and nodes of other types are passed over."""
    readable: list[ProductNode] = []
    unreadable: list[Unreadable] = []
    for raw in nodes:
        text = without_nul(bytes(raw))
        if text in (b"null", b"{}"):
            continue
        try:
            readable.append(_decode_product(text))
        except msgspec.ValidationError as error:
            unreadable.append(undocumented(text, error))
    return readable, unreadable


def without_nul(text: bytes | bytearray) -> bytes | bytearray:
    """JSON without NUL characters: no database keeps one in a text, and nobody sees it."""
    return _NUL.sub(rb"\1", text) if b"\\u0000" in text else text


def product(node: OwnFields, variants: Sequence[VariantNode], currency: str) -> ShopProduct | Unreadable:
    """The product's value with all its variants, or a sentence that says what surprised us in its data."""
    try:
        return _product(node, variants, currency)
    except ValueError as error:
        return Unreadable(shop_id(node.id), node.title, str(error))
    except ArithmeticError:
        return Unreadable(shop_id(node.id), node.title, "Shopify shows a number beyond all bounds.")


def _product(node: OwnFields, variants: Sequence[VariantNode], currency: str) -> ShopProduct:
    if (status := _STATUSES.get(node.status)) is None:
        raise ValueError(f"Shopify shows the unknown status {node.status!r}.")
    return ShopProduct(
        id=number(node.id),
        title=node.title,
        description_html=node.description_html,
        status=status,
        vendor=node.vendor,
        product_type=node.product_type,
        tags=tuple(node.tags),
        handle=node.handle,
        options=tuple([Option(option.name, tuple(option.values)) for option in node.options]),
        image=_image(node.featured_media),
        currency=currency,
        created_at=node.created_at,
        updated_at=node.updated_at,
        published_at=node.published_at,
        variants=tuple([_variant(variant) for variant in sorted(variants, key=_position)]),
    )


def number(gid: str) -> int:
    """The number at the end of a global id: 123 of `gid://shopify/Product/123`. Raises ValueError when it has none."""
    try:
        return int(gid[gid.rindex("/") + 1 :])
    except ValueError as error:
        raise ValueError(f"Shopify shows the unreadable id {gid!r}.") from error


def answer(raw: msgspec.Raw, shape: type[_T]) -> _T:
    """An answer's data in its shape. Raises UnexpectedData when it has another."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.MsgspecError as error:
        raise UnexpectedData(f"Shopify's answer is not what its schema promises: {error}.") from error


def _variant(node: VariantNode) -> ShopVariant:
    item = node.inventory_item
    weight = item.measurement.weight if item and item.measurement else None
    if weight and weight.unit not in _UNITS:
        raise ValueError(f"Shopify shows the unknown weight unit {weight.unit!r}.")
    media = node.media.nodes if node.media else None
    return ShopVariant(
        id=number(node.id),
        title=node.title,
        option_values=tuple([option.value for option in node.selected_options]),
        position=node.position,
        sku=node.sku,
        barcode=node.barcode,
        price=_money("price", node.price),
        compare_at_price=_money("compare-at price", node.compare_at_price)
        if node.compare_at_price is not None
        else None,
        weight=_plain(weight.value) if weight else None,
        weight_unit=_UNITS[weight.unit] if weight else None,
        taxable=node.taxable,
        cost=_money("cost", item.unit_cost.amount) if item and item.unit_cost else None,
        image=_image(media[0]) if media else None,
    )


def _position(node: VariantNode) -> int:
    return node.position


def _money(what: str, amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise ValueError(f"Shopify shows a {what} that is no number.")
    return amount


def _image(media: Media | None) -> Image | None:
    # The preview is null until Shopify has processed the media.
    if media is None or media.preview is None or media.preview.image is None:
        return None
    media_id = number(media.id) if "/MediaImage/" in media.id else None
    return Image(media.preview.image.url, media.alt, media_id)


def _plain(value: Decimal) -> Decimal:
    """Without the zeros a JSON number may trail: 2.0 and 2 weigh the same."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def undocumented(text: bytes | bytearray, error: msgspec.ValidationError) -> Unreadable:
    """What can be said of a product's JSON that has another shape than documented."""
    identity = answer(msgspec.Raw(text), Identity)
    title = identity.title if isinstance(identity.title, str) else ""
    return Unreadable(shop_id(identity.id), title, f"Shopify shows it otherwise than documented: {error}.")


def shop_id(gid: str) -> int:
    """A product's id. Raises UnexpectedData: without it not even a failure could be told of which product."""
    try:
        return number(gid)
    except ValueError as error:
        raise UnexpectedData(str(error)) from error
