"""Every address of the application, read from its own table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLResolver, get_resolver


class Leaf(NamedTuple):
    """One address of the table: its name, its whole pattern and the parts it is written with."""

    name: str
    route: str
    converters: frozenset[str]

    @property
    def is_an_accounts(self) -> bool:
        return "account_slug" in self.converters


def leaves(resolver: URLResolver, route: str = "", converters: frozenset[str] = frozenset()) -> Iterator[Leaf]:
    """Every address below this one, however deep."""
    for found in resolver.url_patterns:
        whole = f"{route}{found.pattern}"
        known = converters | set(found.pattern.converters) | set(found.pattern.regex.groupindex)
        if isinstance(found, URLResolver):
            yield from leaves(found, whole, known)
        else:
            yield Leaf(found.name or "", whole, known)


LEAVES = list(leaves(get_resolver("stockcraft.urls")))
