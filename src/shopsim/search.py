"""The part of Shopify's search syntax that catalogue readers use.

A field that does not exist is ignored, with a warning, and everything is returned: that is what Shopify does.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

# A test of a product; of whatever else a list holds, where that list has fields of its own.
Test = Callable[[Any], bool]
Maker = Callable[[str, str], Test]
_TERM = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>\w+):(?P<op>>=|<=|>|<)?)?
        (?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s()]+)""",
    re.VERBOSE,
)


def compile_query(text: str | None, fields: dict[str, Maker] | None = None) -> tuple[Test, list[dict[str, Any]]]:
    """The filter a `query` argument means, and warnings about the parts of it that were ignored.

    Without ``fields`` it filters products. Raises ValueError for a value that cannot be understood.
    """
    known = _PRODUCT_FIELDS if fields is None else fields
    clauses: list[list[Test]] = []
    alternative = False
    warnings: list[dict[str, Any]] = []
    for match in _TERM.finditer(text or ""):
        field, value = match["field"], match["value"].strip("\"'").replace("\\", "")
        if field is None and value in ("AND", "OR"):
            alternative = value == "OR" and bool(clauses)
            continue
        maker = _word if field is None else known.get(field)
        if maker is None:
            message = "Invalid search field for this query."
            warnings.append({"field": field, "message": message, "code": "invalid_field"})
            continue
        test = maker(match["op"] or "", value)
        test = _not(test) if match["minus"] else test
        clauses[-1:] = [[*clauses[-1], test]] if alternative else [*clauses[-1:], [test]]
        alternative = False
    return (lambda item: all(any(test(item) for test in tests) for tests in clauses)), warnings


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
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
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


def by_number(op: str, value: str) -> Test:
    """The id of an item."""
    number = int(value.rsplit("/", 1)[-1])
    return lambda product: _compare(op, product.id, number)


def _status(op: str, value: str) -> Test:
    wanted = {status.strip().upper() for status in value.split(",")}
    return lambda product: product.status in wanted


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
