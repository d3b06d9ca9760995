"""Global ids: what a thing is called in every query, `gid://shopify/Product/123`."""

from __future__ import annotations

import re

from shopsim.execution import FieldError

_GID = re.compile(r"gid://shopify/(\w+)/(\d+)(?:\?.*)?")


def gid(kind: str, number: int) -> str:
    """A global id."""
    return f"gid://shopify/{kind}/{number}"


def is_gid(text: object) -> bool:
    """Whether this is a global id of any kind."""
    return isinstance(text, str) and _GID.fullmatch(text) is not None


def parse_gid(text: str) -> tuple[str, int]:
    """Kind and number. Raises FieldError for anything else."""
    match = _GID.fullmatch(text)
    if match is None:
        raise FieldError(f"Invalid global id '{text}'", "argumentLiteralsIncompatible", whole=True)
    return match[1], int(match[2])


def number_of(text: str, kind: str) -> int:
    """The number of an id of one kind. Raises FieldError as Shopify does for an id of another kind."""
    found, number = parse_gid(text)
    if found != kind:
        raise FieldError(f"Invalid id: {text}", "RESOURCE_NOT_FOUND")
    return number
