"""The GraphQL documents we send, read from `queries/*.graphql` and completed with the fragments they name."""

import re
from functools import cache
from importlib.resources import files

_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}$", re.M | re.S)
_SPREAD = re.compile(r"\.\.\.(\w+)")


@cache
def document(name: str) -> str:
    """The whole text of the query `name`, fragments included."""
    text = _read(f"{name}.graphql")
    fragments = {match[1]: match[0] for match in _FRAGMENT.finditer(_read("product.fragment.graphql"))}
    wanted: dict[str, str] = {}
    waiting = _SPREAD.findall(text)
    while waiting:
        fragment = waiting.pop()
        if fragment in fragments and fragment not in wanted:
            wanted[fragment] = fragments[fragment]
            waiting += _SPREAD.findall(fragments[fragment])
    return "\n".join([text, *(wanted[fragment] for fragment in sorted(wanted))])


def names() -> list[str]:
    """Every query, by name."""
    found = (entry.name for entry in files("shopsync.shopify").joinpath("queries").iterdir())
    return sorted(name.removesuffix(".graphql") for name in found if not name.endswith(".fragment.graphql"))


def _read(filename: str) -> str:
    return files("shopsync.shopify").joinpath("queries", filename).read_text(encoding="utf-8")
