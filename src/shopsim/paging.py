"""Pages of a list, with cursors shaped like Shopify's: base64 of the last id and the value sorted by."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from shopsim.execution import FieldError, Request

T = TypeVar("T")
LARGEST_PAGE = 250
# https://shopify.dev/docs/api/usage/limits
LONGEST_LIST = 25_000
WRONG_CURSOR = "Invalid cursor for current pagination sort."


class Order(NamedTuple):
    """How a list is sorted: by ``key``, then by id; ``shown`` is the value a cursor names, where it is another."""

    key: Callable[[Any], Any]
    shown: Callable[[Any], Any] | None = None
    descending: bool = False

    def value(self, item: Any) -> Any:
        """What a cursor says of a member."""
        return (self.shown or self.key)(item)

    def goal(self, last_id: int, last_value: Any) -> tuple[Any, int]:
        """Where a cursor's member stands, as something to compare members with."""
        return (last_id if self.shown else last_value), last_id


BY_ID = Order(lambda item: item.id, shown=lambda item: str(item.id))


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

    def __init__(self, nodes: Sequence[T], order: Order, before: bool, after: bool) -> None:
        self.nodes, self._order = nodes, order
        self.has_previous_page, self.has_next_page = before, after

    @property
    def neighbours(self) -> tuple[bool, bool]:
        """Whether there are members before it and after it."""
        return self.has_previous_page, self.has_next_page

    @property
    def edges(self) -> list[Edge[T]]:
        """The members with their cursors."""
        return [Edge(node, self._order.value(node)) for node in self.nodes]

    @property
    def page_info(self) -> Connection[T]:
        """The page's place in the list."""
        return self

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first member."""
        return encode(self.nodes[0], self._order.value(self.nodes[0])) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last member."""
        return encode(self.nodes[-1], self._order.value(self.nodes[-1])) if self.nodes else None


def page(
    items: Sequence[T],
    arguments: dict[str, Any],
    request: Request,
    order: Order = BY_ID,
    *,
    largest: int = LARGEST_PAGE,
) -> Connection[T]:
    """The part of a sorted list that `first`, `last`, `after` and `before` ask for."""
    if request.whole_lists:
        return Connection(items, order, before=False, after=False)
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise FieldError("you must provide one of first or last", "BAD_REQUEST", whole=True)
    if first is not None and last is not None:
        raise FieldError("providing both first and last is not supported", "BAD_REQUEST", whole=True)
    size: int = arguments["last" if first is None else "first"]
    if not 0 <= size <= largest:
        message = f"Argument '{'first' if first is not None else 'last'}' must be between 0 and {largest}."
        raise FieldError(message, "BAD_REQUEST", whole=True)
    try:
        start = _after(items, arguments["after"], order) if arguments.get("after") else 0
        end = _before(items, arguments["before"], order) if arguments.get("before") else len(items)
    except TypeError:
        raise FieldError(WRONG_CURSOR, "BAD_REQUEST", whole=True) from None
    end = min(end, LONGEST_LIST)
    low, high = (start, min(end, start + size)) if first is not None else (max(start, end - size), end)
    nodes = items[low:high]
    field = arguments["__field"]
    request.sizes[id(field)] = max(request.sizes.get(id(field), 0), len(nodes))
    return Connection(nodes, order, before=low > 0, after=high < min(len(items), LONGEST_LIST))


def encode(node: Any, value: Any) -> str:
    """The cursor after a member."""
    return base64.b64encode(msgspec.json.encode({"last_id": node.id, "last_value": value})).decode()


def _after(items: Sequence[Any], cursor: str, order: Order) -> int:
    """The place behind the cursor's member; where it would have stood, if it has gone or moved."""
    goal = _goal(cursor, order)
    if order.descending:
        return len(items) - bisect_left(_Backwards(items, order), goal)
    return bisect_right(items, goal, key=lambda item: (order.key(item), item.id))


def _before(items: Sequence[Any], cursor: str, order: Order) -> int:
    """The place of the cursor's member; where it would have stood, if it has gone or moved."""
    goal = _goal(cursor, order)
    if order.descending:
        return len(items) - bisect_right(_Backwards(items, order), goal)
    return bisect_left(items, goal, key=lambda item: (order.key(item), item.id))


def _goal(cursor: str, order: Order) -> tuple[Any, int]:
    try:
        last = msgspec.json.decode(base64.b64decode(cursor, validate=True))
        return order.goal(int(last["last_id"]), last["last_value"])
    except (binascii.Error, msgspec.MsgspecError, KeyError, TypeError, ValueError):
        raise FieldError(WRONG_CURSOR, "BAD_REQUEST", whole=True) from None


class _Backwards(Sequence[tuple[Any, int]]):
    """A list sorted downwards, looked at upwards."""

    def __init__(self, items: Sequence[Any], order: Order) -> None:
        self._items, self._order = items, order

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        item = self._items[len(self._items) - 1 - index]
        return self._order.key(item), item.id
