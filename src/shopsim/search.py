"""The part of Shopify's search syntax that catalogue readers use.

A field that does not exist is ignored, with a warning, and everything is returned: that is what Shopify does.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shopsim.search_syntax import Node, Term, read, shown

# A test of a product; of whatever else a list holds, where that list has fields of its own.
Test = Callable[[Any], bool]
Maker = Callable[[str, str], Test]


class Found(NamedTuple):
    """What a query means: a test, warnings about the parts of it that were ignored, and how it was understood."""

    test: Test
    warnings: list[dict[str, Any]]
    parsed: dict[str, Any] | None


def compile_query(text: str | None, fields: dict[str, Maker] | None = None) -> Found:
    """The filter a `query` argument means. Without ``fields`` it filters products.

    Raises ValueError for a value that cannot be understood.
    """
    known = _PRODUCT_FIELDS if fields is None else fields
    warnings: list[dict[str, Any]] = []
    tree = read(text or "")
    test = _compiled(tree, known, warnings) if tree else None
    return Found(test or (lambda item: True), warnings, shown(tree) if tree else None)


def _compiled(node: Node, known: dict[str, Maker], warnings: list[dict[str, Any]]) -> Test | None:
    """The test of a node; None where nothing of it is left but what Shopify ignores."""
    if isinstance(node, Term):
        maker = _word if node.field is None else known.get(node.field)
        if maker is None:
            message = "Invalid search field for this query."
            warnings.append({"field": node.field, "message": message, "code": "invalid_field"})
            return None
        return maker(node.op, node.value)
    found = [_compiled(part, known, warnings) for part in node.parts]
    tests = [test for test in found if test]
    if not tests:
        return None
    if node.kind == "not":
        return _not(tests[0])
    holds = all if node.kind == "and" else any
    return lambda item: holds(test(item) for test in tests)


def _not(test: Test) -> Test:
    return lambda product: not test(product)


def _word(_op: str, word: str) -> Test:
    return lambda item: word.lower() in getattr(item, "title", "").lower()


def _compare(op: str, left: Any, right: Any) -> bool:
    match op:
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
    return bool(left == right)


def by_moment(attribute: str) -> Maker:
    """A field that is a time."""

    def make(op: str, value: str) -> Test:
        moment = moment_of(value)
        return lambda product: (own := getattr(product, attribute)) is not None and _compare(op, own, moment)

    return make


def by_text(read: Callable[[Any], list[str]]) -> Maker:
    """A field with one of several texts; a star at the end stands for anything."""

    def make(op: str, value: str) -> Test:
        wanted = value.lower()
        if wanted.endswith("*"):
            return lambda product: any(own.lower().startswith(wanted[:-1]) for own in read(product))
        return lambda product: any(own.lower() == wanted for own in read(product))

    return make


def moment_of(value: str) -> datetime:
    """A time as it is written in a query. Raises ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"“{value}” is no time; write one like '2026-11-22T02:00:00Z'.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def by_number(op: str, value: str) -> Test:
    """The id of an item."""
    return by_amount(lambda item: [item.id])(op, value)


def by_amount(read_all: Callable[[Any], list[int]]) -> Maker:
    """A field with one of several whole numbers."""

    def make(op: str, value: str) -> Test:
        try:
            number = int(value.rsplit("/", 1)[-1])
        except ValueError:
            raise ValueError(f"“{value}” is no number.") from None
        return lambda item: any(_compare(op, own, number) for own in read_all(item))

    return make


def by_flag(read_it: Callable[[Any], bool]) -> Maker:
    """A field that is true or false."""
    return lambda _op, value: lambda item: read_it(item) is (value.lower() == "true")


def _status(op: str, value: str) -> Test:
    wanted = {status.strip().upper() for status in value.split(",")}
    return lambda product: product.status in wanted


def _published(_op: str, value: str) -> Test:
    """Whether it is in the online store; `any` is everything."""
    if value in ("published", "unpublished"):
        return lambda product: (product.published_at is not None) is (value == "published")
    return lambda product: True


def _of_product(test: Test) -> Test:
    return lambda of: test(of.product)


_PRODUCT_FIELDS: dict[str, Maker] = {
    "id": by_number,
    "created_at": by_moment("created_at"),
    "updated_at": by_moment("updated_at"),
    "published_at": by_moment("published_at"),
    "status": _status,
    "title": by_text(lambda product: [product.title, *product.title.split()]),
    "vendor": by_text(lambda product: [product.vendor]),
    "product_type": by_text(lambda product: [product.product_type]),
    "handle": by_text(lambda product: [product.handle]),
    "tag": by_text(lambda product: product.tags),
    "tag_not": lambda op, value: _not(by_text(lambda product: product.tags)(op, value)),
    "sku": by_text(lambda product: [variant.sku or "" for variant in product.variants]),
    "barcode": by_text(lambda product: [variant.barcode or "" for variant in product.variants]),
    "gift_card": by_flag(lambda product: product.gift_card),
    "inventory_total": by_amount(lambda product: [sum(one.inventory_quantity or 0 for one in product.variants)]),
    "published_status": _published,
    "variant_id": by_amount(lambda product: [variant.id for variant in product.variants]),
    "variant_title": by_text(lambda product: [variant.title for variant in product.variants]),
}
VARIANT_FIELDS: dict[str, Maker] = {
    "id": by_number,
    "created_at": by_moment("created_at"),
    "updated_at": by_moment("updated_at"),
    "title": by_text(lambda of: [of.title]),
    "sku": by_text(lambda of: [of.sku or ""]),
    "barcode": by_text(lambda of: [of.barcode or ""]),
    "product_id": lambda op, value: lambda of: str(of.product.id) == value.rsplit("/", 1)[-1],
    "product_status": lambda op, value: _of_product(_status(op, value)),
    "product_type": by_text(lambda of: [of.product.product_type]),
    "tag": by_text(lambda of: of.product.tags),
    "vendor": by_text(lambda of: [of.product.vendor]),
}
ITEM_FIELDS: dict[str, Maker] = {
    "id": by_number,
    "sku": by_text(lambda item: [item.sku or ""]),
    "created_at": by_moment("created_at"),
    "updated_at": by_moment("updated_at"),
}
EVENT_FIELDS: dict[str, Maker] = {
    "id": by_number,
    "action": by_text(lambda event: [event.action]),
    "subject_type": by_text(lambda event: [event.subject_type]),
    "created_at": by_moment("happened_at"),
}
