"""How the fields of the schema are answered: small records, and readers for the plainest and most frequent fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from shopsim.execution import Request, Simple

Field = Callable[[Any, dict[str, Any], Request], Any]


class Record(SimpleNamespace):
    """A small object of the schema made on the spot; its fields are its attributes."""


@lru_cache(maxsize=65_536)
def time_text(moment: datetime | None) -> str | None:
    """A moment as the API writes it."""
    return f"{moment.isoformat()[:19]}Z" if moment else None


def counted(count: int, limit: int | None) -> Record:
    """A Count, cut at its limit."""
    if limit is not None and count > limit:
        return Record(count=limit, precision="AT_LEAST")
    return Record(count=count, precision="EXACT")


def simple(read: Callable[[Any], Any]) -> Field:
    """A field that needs neither arguments nor the request, and never fails."""
    return Simple(read)


def moment(path: str) -> Field:
    """A field that is a time."""
    get = attrgetter(path)
    return simple(lambda source: time_text(get(source)))


def identity(kind: str, path: str = "id") -> dict[str, Field]:
    """The two fields that say which one it is, from where its number stands."""
    start, get = f"gid://shopify/{kind}/", attrgetter(path)
    return {"id": simple(lambda source: f"{start}{get(source)}"), "legacyResourceId": simple(lambda of: str(get(of)))}


def behind(owner: str, **paths: str) -> dict[str, Field]:
    """Fields that are read off the record an object wraps, directly: a big page has very many of them."""
    return {name: simple(attrgetter(f"{owner}.{path}")) for name, path in paths.items()}


def always(value: Any) -> Field:
    """A field that answers the same for everything: what this shop does not have."""
    return simple(lambda source: value)
