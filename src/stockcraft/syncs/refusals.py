"""Why the database would not take a product, in a sentence a merchant can act on."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DataError
from psycopg import errors

from shopsync.values import ShopProduct
from stockcraft.catalog.models import Product

BOUNDED = ("title", "handle", "vendor", "product_type", "currency")
# The largest number of PostgreSQL's `bigint`, which holds Shopify's ids.
LARGEST_ID = 2**63 - 1


def is_refusal(error: Exception) -> bool:
    """Whether the data is to blame: text that cannot be kept, a number out of range, a value too long for an index.

    Anything else (a lost connection, a full disk) is no fault of the product's.
    """
    return isinstance(error, DataError) or isinstance(error.__cause__, errors.ProgramLimitExceeded)


def why_refused(product: ShopProduct, error: Exception) -> str:
    """What is wrong with this product, as far as it can be told; else the database's own words."""
    return next(_faults(product), None) or _database_says(error)


def _faults(product: ShopProduct) -> Iterator[str]:
    for column in Product._meta.concrete_fields:
        length = len(getattr(product, column.name)) if column.name in BOUNDED else 0
        if column.max_length and length > column.max_length:
            yield f"Its {_words(column.name)} has {length} characters; at most {column.max_length} can be kept."
    for name, text in _texts(product):
        if "\0" in text:
            yield f"Its {name} contains a null character, which cannot be kept."
    for variant in product.variants:
        if not 0 <= variant.id <= LARGEST_ID:
            yield f"The ID of its variant “{variant.title}” is out of range."


def _texts(product: ShopProduct) -> Iterator[tuple[str, str]]:
    for field in (*BOUNDED, "description_html"):
        yield _words(field), getattr(product, field)
    yield from (("list of tags", tag) for tag in product.tags)
    for option in product.options:
        yield from (("list of options", text) for text in (option.name, *option.values))
    for variant in product.variants:
        yield (
            "list of variants",
            " ".join((variant.title, variant.sku or "", variant.barcode or "", *variant.option_values)),
        )
    for image in (product.image, *(variant.image for variant in product.variants)):
        if image:
            yield "list of images", f"{image.url} {image.alt or ''}"


def _words(field: str) -> str:
    return field.removesuffix("_html").replace("_", " ")


def _database_says(error: Exception) -> str:
    return f"The database refused it: {str(error).splitlines()[0]}."
