"""From the lines of a bulk result to products: a page's worth is decoded at once, straight into structs.

One surprising line spoils only its own product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from shopsync.errors import UnexpectedData
from shopsync.shopify import parse
from shopsync.values import Page, ShopProduct, Unreadable

_TAG = "__typename"


class ProductLine(parse.OwnFields, tag_field=_TAG, tag="Product"):
    """A product."""


class VariantLine(parse.VariantNode, tag_field=_TAG, tag="ProductVariant"):
    """A variant of the product above."""


class _MediaLine(parse.Media, tag_field=_TAG):
    """A picture of the variant above."""


class _MediaImage(_MediaLine, tag="MediaImage"):
    pass


class _Video(_MediaLine, tag="Video"):
    pass


class _ExternalVideo(_MediaLine, tag="ExternalVideo"):
    pass


class _Model(_MediaLine, tag="Model3d"):
    pass


Line = ProductLine | VariantLine | _MediaImage | _Video | _ExternalVideo | _Model
Family = tuple[ProductLine, list[VariantLine]]

_decoder = msgspec.json.Decoder(Line)


class _Typed(msgspec.Struct):
    kind: str = msgspec.field(default="", name=_TAG)


def page(text: bytes | bytearray, currency: str, cursor: str | None) -> Page:
    """The products of some lines, each product's followed by those that belong to it.

    Raises UnexpectedData where not even single lines can be told apart.
    """
    text = parse.without_nul(text)
    products: list[ShopProduct] = []
    unreadable: list[Unreadable] = []
    try:
        families = list(_families(_decoder.decode_lines(text)))
    except msgspec.ValidationError:
        families = []
        for lines in _split(text):
            try:
                families += _families(_decoder.decode_lines(lines))
            except msgspec.ValidationError as error:
                unreadable.append(parse.undocumented(lines.split(b"\n", 1)[0], error))
    except msgspec.DecodeError as error:
        raise UnexpectedData(f"A line of the bulk result is no JSON: {error}.") from error
    for node, variants in families:
        product = parse.product(node, variants, currency)
        if isinstance(product, Unreadable):
            unreadable.append(product)
        else:
            products.append(product)
    return Page(tuple(products), cursor, tuple(unreadable))


def _families(lines: Iterable[Line]) -> Iterator[Family]:
    """Each product with its variants. One that is shown twice in a row is taken once, as it was last shown."""
    product: ProductLine | None = None
    variants: dict[str, VariantLine] = {}
    variant: VariantLine | None = None
    for line in lines:
        if isinstance(line, VariantLine):
            variants[line.id] = variant = line
        elif isinstance(line, ProductLine):
            if product is not None and product.id != line.id:
                yield product, list(variants.values())
                variants = {}
            product, variant = line, None
        elif variant is not None and variant.media is None:
            # The first picture, as in a page; bulk operations show them all.
            variant.media = parse.MediaList([line])
    if product is not None:
        yield product, list(variants.values())


def _split(text: bytes | bytearray) -> Iterator[bytes]:
    """The lines of one product at a time."""
    family: list[bytes | bytearray] = []
    for line in text.splitlines(keepends=True):
        if family and msgspec.json.decode(line, type=_Typed).kind == "Product":
            yield b"".join(family)
            family = []
        family.append(line)
    yield b"".join(family)
