"""Reads Shopify's search syntax into a tree: terms joined by AND, OR and NOT, in brackets, with quotes and comparisons.

https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# A field may be a path, as webhook filters have them: `variants.price:>=10`.
_TOKEN = re.compile(
    r"""(?P<open>\()|(?P<close>\))|(?P<minus>-)(?=[\w"'(])|
        (?:(?P<field>\w[\w.]*):(?P<op>>=|<=|>|<)?)?
        (?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s()\\])+)""",
    re.VERBOSE,
)
_RANGES = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass(frozen=True)
class Term:
    """One condition; without a field it is a word to be found anywhere."""

    field: str | None
    op: str
    value: str
    quoted: bool = False


@dataclass(frozen=True)
class Group:
    """Conditions that hold together (`and`), of which one holds (`or`), or the one that does not (`not`)."""

    kind: str
    parts: tuple[Node, ...]


Node = Term | Group


def read(text: str) -> Node | None:
    """The tree of a query; None where it says nothing. What cannot be read is passed over, as Shopify does."""
    return _Reader(text).either()


def shown(node: Node) -> dict[str, Any]:
    """How Shopify shows what it understood, as `parsed` beside an answer."""
    if isinstance(node, Group):
        parts: Any = [shown(part) for part in node.parts]
        return {node.kind: parts[0] if node.kind == "not" else parts}
    name = {"field": node.field} if node.field else {}
    if node.op:
        return {**name, "range": {_RANGES[node.op]: node.value}}
    return {**name, "match_phrase" if node.quoted else "match_all": node.value}


class _Reader:
    """Goes through the tokens of a query once."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_TOKEN.finditer(text))[::-1]

    def either(self) -> Node | None:
        """Alternatives; AND binds more tightly than OR."""
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return _group("or", parts)

    def _all(self) -> Node | None:
        parts: list[Node | None] = []
        while self._tokens and not self._tokens[-1]["close"] and self._next_word() != "OR":
            if not self._word("AND"):
                parts.append(self._one())
        return _group("and", parts)

    def _one(self) -> Node | None:
        token = self._tokens.pop()
        if token["minus"] or _plain(token) == "NOT":
            part = self._one() if self._tokens else None
            return Group("not", (part,)) if part else None
        if token["open"]:
            inside = self.either()
            if self._tokens and self._tokens[-1]["close"]:
                self._tokens.pop()
            return inside
        if token["close"]:
            return None
        raw = token["value"]
        quoted = len(raw) > 1 and raw[0] in "\"'" and raw[0] == raw[-1]
        value = re.sub(r"\\(.)", r"\1", raw[1:-1] if quoted else raw.strip("\"'"))
        return Term(token["field"], token["op"] or "", value, quoted)

    def _next_word(self) -> str | None:
        return _plain(self._tokens[-1]) if self._tokens else None

    def _word(self, word: str) -> bool:
        if self._next_word() != word:
            return False
        self._tokens.pop()
        return True


def _plain(token: re.Match[str]) -> str | None:
    return None if token["field"] else token["value"]


def _group(kind: str, parts: list[Node | None]) -> Node | None:
    found = tuple(part for part in parts if part)
    if not found:
        return None
    return found[0] if len(found) == 1 else Group(kind, found)
