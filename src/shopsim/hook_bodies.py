"""What of a webhook's body a subscription wants: the fields it names, and only when its filter holds.

https://shopify.dev/docs/apps/build/webhooks/customize
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from shopsim.search_syntax import Group, Node, Term, read

_COMPARE = {"": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def picked(body: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The parts of a body that paths such as `title` or `variants.id` name."""
    wanted: dict[str, list[str]] = {}
    for field in fields:
        name, _, rest = field.partition(".")
        wanted.setdefault(name, []).append(rest)
    return {name: _below(body[name], paths) for name, paths in wanted.items() if name in body}


def holds(body: dict[str, Any], text: str | None) -> bool:
    """Whether a filter lets a body through. One that names a field the body has not lets nothing through, silently."""
    tree = read(text or "")
    if tree is None:
        return True
    return all(_values(body, term) for term in _terms(tree)) and _holds(body, tree)


def _below(value: Any, paths: list[str]) -> Any:
    if "" in paths:
        return value
    if isinstance(value, list):
        return [_below(one, paths) for one in value]
    return picked(value, paths) if isinstance(value, dict) else value


def _terms(node: Node) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    else:
        for part in node.parts:
            yield from _terms(part)


def _holds(body: dict[str, Any], node: Node) -> bool:
    if isinstance(node, Group):
        found = (_holds(body, part) for part in node.parts)
        return not next(found) if node.kind == "not" else all(found) if node.kind == "and" else any(found)
    return any(_fits(own, node) for own in _values(body, node))


def _values(body: dict[str, Any], term: Term) -> list[Any]:
    """Everything that stands at a term's path; a list stands for each of its members."""
    found: list[Any] = [body]
    for name in (term.field or "").split("."):
        inside = [one for value in found for one in (value if isinstance(value, list) else [value])]
        found = [one[name] for one in inside if isinstance(one, dict) and name in one]
    return found


def _fits(own: Any, term: Term) -> bool:
    if term.value == "*" and not term.quoted:
        return own not in (None, "", [])
    left, right = _comparable(own), _comparable(term.value)
    if type(left) is not type(right):
        left, right = _text(own), _text(term.value)
    return bool(_COMPARE[term.op](left, right))


def _comparable(value: Any) -> Any:
    """A number where it reads as one, so that 9.50 is less than 10."""
    try:
        number = Decimal(_text(value))
    except InvalidOperation:
        return _text(value)
    return number if number.is_finite() else _text(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower()
