"""Where a read of a shop stands: the cursors that a run stores, one shape for each way of reading."""

from __future__ import annotations

import msgspec

from shopsync.errors import UnexpectedData


class WholeShop(msgspec.Struct, frozen=True, array_like=True, tag="pages"):
    """Page by page: the list's own cursor, how many it has shown, and after which product id the list began (0: at
    the beginning)."""

    after: str | None = None
    shown: int = 0
    beyond: int = 0


class Changed(msgspec.Struct, frozen=True, array_like=True, tag="changes"):
    """Products touched since a time, written as a search wants it; then, from page 1 on of ``items``, the products
    whose inventory items were."""

    since: str
    after: str | None = None
    items: int = 0


class InBulk(msgspec.Struct, frozen=True, array_like=True, tag="bulk"):
    """In the result of a bulk operation: how many operations were started (the last is ``operation``, at the Unix time
    ``started``), the shop's currency, and how many bytes of the grouped result are read."""

    tries: int = 0
    operation: str | None = None
    started: float = 0
    currency: str = ""
    offset: int = 0


Place = WholeShop | Changed | InBulk


def written(place: Place) -> str:
    """The place as a run stores it."""
    return msgspec.json.encode(place).decode()


def place(cursor: str | None) -> Place:
    """The place of a stored cursor; None is the beginning of the whole shop. Raises UnexpectedData."""
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor else WholeShop()
    except msgspec.MsgspecError as error:
        raise UnexpectedData("The run's cursor is not one of ours.") from error
