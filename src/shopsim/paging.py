"""Pages of a list, with cursors shaped like Shopify's: base64 of the last id and the value sorted by."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from shopsim.execution import FieldError, Request

T = TypeVar("T")
LARGEST_PAGE = 250
# https://shopify.dev/docs/api/usage/limits
LONGEST_LIST = 25_000


class Edge(Generic[T]):
    """A member of a list with the cursor that continues after it."""

    __slots__ = ("_value", "node")

    def __init__(self, node: T, value: Any) -> None:
        self.node, self._value = node, value

    @property
    def cursor(self) -> str:
        """Where a next page would begin."""
        return encode(self.node, self._value)


class Connection(Generic[T]):
    """One page: its members and where it stands in the list."""

    def __init__(self, nodes: Sequence[T], key: Callable[[T], Any], before: bool, after: bool) -> None:
        self.nodes, self._key = nodes, key
        self.has_previous_page, self.has_next_page = before, after

    @property
    def edges(self) -> list[Edge[T]]:
        """The members with their cursors."""
        return [Edge(node, self._key(node)) for node in self.nodes]

    @property
    def page_info(self) -> Connection[T]:
        """The page's place in the list."""
        return self

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first member."""
        return encode(self.nodes[0], self._key(self.nodes[0])) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last member."""
        return encode(self.nodes[-1], self._key(self.nodes[-1])) if self.nodes else None


def page(
    items: Sequence[T],
    arguments: dict[str, Any],
    request: Request,
    key: Callable[[T], Any],
    *,
    largest: int = LARGEST_PAGE,
) -> Connection[T]:
    """The part of a sorted list that `first`, `last`, `after` and `before` ask for."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise FieldError("you must provide one of first or last", "BAD_REQUEST", whole=True)
    if first is not None and last is not None:
        raise FieldError("providing both first and last is not supported", "BAD_REQUEST", whole=True)
    size: int = arguments["last" if first is None else "first"]
    if not 0 <= size <= largest:
        message = f"Argument '{'first' if first is not None else 'last'}' must be between 0 and {largest}."
        raise FieldError(message, "BAD_REQUEST", whole=True)
    start = _place(items, arguments["after"], key) + 1 if arguments.get("after") else 0
    end = _place(items, arguments["before"], key) if arguments.get("before") else len(items)
    end = min(end, LONGEST_LIST)
    low, high = (start, min(end, start + size)) if first is not None else (max(start, end - size), end)
    nodes = items[low:high]
    field = arguments["__field"]
    request.sizes[id(field)] = max(request.sizes.get(id(field), 0), len(nodes))
    return Connection(nodes, key, before=low > 0, after=high < end)


def encode(node: Any, value: Any) -> str:
    """The cursor after a member."""
    return base64.b64encode(msgspec.json.encode({"last_id": node.id, "last_value": value})).decode()


def _place(items: Sequence[T], cursor: str, key: Callable[[T], Any]) -> int:
    """Where the cursor's member stands; where it would stand, if it has gone or moved."""
    try:
        last = msgspec.json.decode(base64.b64decode(cursor, validate=True))
        last_id = int(last["last_id"])
    except (binascii.Error, msgspec.MsgspecError, KeyError, TypeError, ValueError):
        raise FieldError("Invalid cursor for current pagination sort.", "BAD_REQUEST", whole=True) from None
    after = (last["last_value"], last_id)
    found = bisect_right(items, after, key=lambda item: (key(item), item.id))  # type: ignore[attr-defined]
    # A list sorted backwards, or one whose member has moved, is searched from the beginning.
    if found and items[found - 1].id == last_id:  # type: ignore[attr-defined]
        return found - 1
    return next((index for index, item in enumerate(items) if item.id == last_id), found - 1)  # type: ignore[attr-defined]
