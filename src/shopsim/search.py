"""The part of Shopify's search syntax that catalogue readers use.

A field that does not exist is ignored, with a warning, and everything is returned: that is what Shopify does.
https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shopsim.catalog import Product

Test = Callable[[Product], bool]
_TERM = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>\w+):(?P<op>>=|<=|>|<)?)?(?P<value>"[^"]*"|'[^']*'|[^\s()]+)""", re.VERBOSE
)


def compile_query(text: str | None) -> tuple[Test, list[dict[str, Any]]]:
    """The filter a `query` argument means, and warnings about the parts of it that were ignored."""
    tests: list[Test] = []
    warnings: list[dict[str, Any]] = []
    for match in _TERM.finditer(text or ""):
        field, value = match["field"], match["value"].strip("\"'").replace("\\", "")
        if field is None:
            if value not in ("AND", "OR"):
                tests.append(_contains(value))
            continue
        maker = _FIELDS.get(field)
        if maker is None:
            message = "Invalid search field for this query."
            warnings.append({"field": field, "message": message, "code": "invalid_field"})
            continue
        test = maker(match["op"] or "", value)
        tests.append(_not(test) if match["minus"] else test)
    return (lambda product: all(test(product) for test in tests)), warnings


def _not(test: Test) -> Test:
    return lambda product: not test(product)


def _contains(word: str) -> Test:
    return lambda product: word.lower() in product.title.lower()


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


def _moment(attribute: str) -> Callable[[str, str], Test]:
    def make(op: str, value: str) -> Test:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return lambda product: (own := getattr(product, attribute)) is not None and _compare(op, own, moment)

    return make


def _text(read: Callable[[Product], list[str]]) -> Callable[[str, str], Test]:
    def make(op: str, value: str) -> Test:
        wanted = value.lower()
        if wanted.endswith("*"):
            return lambda product: any(own.lower().startswith(wanted[:-1]) for own in read(product))
        return lambda product: any(own.lower() == wanted for own in read(product))

    return make


def _number(op: str, value: str) -> Test:
    number = int(value.rsplit("/", 1)[-1])
    return lambda product: _compare(op, product.id, number)


def _status(op: str, value: str) -> Test:
    wanted = {status.strip().upper() for status in value.split(",")}
    return lambda product: product.status in wanted


_FIELDS: dict[str, Callable[[str, str], Test]] = {
    "id": _number,
    "created_at": _moment("created_at"),
    "updated_at": _moment("updated_at"),
    "published_at": _moment("published_at"),
    "status": _status,
    "title": _text(lambda product: [product.title, *product.title.split()]),
    "vendor": _text(lambda product: [product.vendor]),
    "product_type": _text(lambda product: [product.product_type]),
    "handle": _text(lambda product: [product.handle]),
    "tag": _text(lambda product: product.tags),
    "tag_not": lambda op, value: _not(_text(lambda product: product.tags)(op, value)),
    "sku": _text(lambda product: [variant.sku or "" for variant in product.variants]),
    "barcode": _text(lambda product: [variant.barcode or "" for variant in product.variants]),
}
