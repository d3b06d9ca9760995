"""A field before and after, made readable: money by locale, lists as sets, descriptions as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from stockcraft.catalog.models import Product
from stockcraft.web import formats

LABELS = {
    "title": gettext_lazy("Title"),
    "description_html": gettext_lazy("Description"),
    "status": gettext_lazy("Status"),
    "vendor": gettext_lazy("Vendor"),
    "product_type": pgettext_lazy("product", "Type"),
    "tags": gettext_lazy("Tags"),
    "handle": gettext_lazy("Handle"),
    "options": gettext_lazy("Options"),
    "image": gettext_lazy("Image"),
    "currency": gettext_lazy("Currency"),
    "created_at": gettext_lazy("Created"),
    "published_at": gettext_lazy("Published"),
    "option_values": gettext_lazy("Option values"),
    "position": gettext_lazy("Position"),
    "sku": gettext_lazy("SKU"),
    "barcode": gettext_lazy("Barcode"),
    "price": gettext_lazy("Price"),
    "compare_at_price": gettext_lazy("Compare-at price"),
    "weight": gettext_lazy("Weight"),
    "weight_unit": gettext_lazy("Weight unit"),
    "taxable": gettext_lazy("Taxable"),
    "cost": gettext_lazy("Shopify cost"),
    "variant": gettext_lazy("Variant"),
}
MONEY = {"price", "compare_at_price", "cost"}
LONG = 240


@dataclass(frozen=True)
class Part:
    """A piece of a value: ``same`` on both sides, or only on this one (``marked``)."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Row:
    """One field of a change: its name, both sides in pieces, and the whole texts where only a part is shown."""

    label: str
    before: Sequence[Part]
    after: Sequence[Part]
    separator: str = ""
    whole: tuple[str, str] | None = None


def rows(fields: Iterable[Mapping[str, Any]], currency: str) -> list[Row]:
    """A change's fields, ready to show."""
    return [_row(field, currency) for field in fields]


def summary(fields: Sequence[Mapping[str, Any]]) -> str:
    """The names of the fields that changed, each once; variants counted."""
    names = dict.fromkeys(label(str(field["field"])) for field in fields if field["field"] != "variant")
    added = sum(field["field"] == "variant" and field["before"] is None for field in fields)
    removed = sum(field["field"] == "variant" and field["after"] is None for field in fields)
    words = list(names)
    if added:
        words.append(_("variants added: %(n)s") % {"n": added})
    if removed:
        words.append(_("variants removed: %(n)s") % {"n": removed})
    text = ", ".join(words)
    return text[:1].upper() + text[1:].lower() if len(words) == 1 else text[:1].upper() + text[1:]


def label(field: str) -> str:
    """What a field is called on screen."""
    return str(LABELS.get(field, field))


def plain_text(html: str) -> str:
    """A description without its markup, one paragraph a line."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", "".join(reader.pieces))).strip()


def _row(field: Mapping[str, Any], currency: str) -> Row:
    name, before, after = str(field["field"]), field.get("before"), field.get("after")
    variant = field.get("variant")
    if name == "variant":
        gone, new = (str(before), "—") if after is None else ("—", str(after))
        return Row(label(name), [Part(gone, after is None)], [Part(new, after is not None)])
    title = f"{label(name)} · {variant}" if variant else label(name)
    if name == "tags":
        return _set_row(title, before or [], after or [])
    if name == "description_html":
        return _text_row(title, plain_text(before or ""), plain_text(after or ""))
    return Row(title, [_whole(name, before, currency)], [_whole(name, after, currency)])


def _whole(name: str, value: Any, currency: str) -> Part:
    text = _readable(name, value, currency)
    return Part(text, text != "—")


def _readable(name: str, value: Any, currency: str) -> str:
    """A single value as text; a dash where there is none."""
    if value is None or value == "" or value == []:
        return "—"
    if name in MONEY:
        return formats.money(value, currency)
    if name == "status":
        return str(Product.Status(value).label) if value in Product.Status.values else str(value)
    if name == "image":
        return urlsplit(str(value.get("url", "") if isinstance(value, Mapping) else value)).path.rsplit("/", 1)[-1]
    if name == "options":
        return "; ".join(f"{option['name']}: {', '.join(option['values'])}" for option in value)
    if name.endswith("_at"):
        return formats.utc(datetime.fromisoformat(str(value)))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return " / ".join(map(str, value))
    return formats.number(Decimal(value)) if name == "weight" else str(value)


def _set_row(title: str, before: Sequence[str], after: Sequence[str]) -> Row:
    """Only the items that came or went are marked; their order means nothing."""
    gone, new = set(before) - set(after), set(after) - set(before)
    return Row(
        title,
        [Part(item, item in gone) for item in before] or [Part("—", False)],
        [Part(item, item in new) for item in after] or [Part("—", False)],
        separator=", ",
    )


def _text_row(title: str, before: str, after: str) -> Row:
    """The sentences that changed; the whole of a long text is kept for those who want it."""
    old, new = _sentences(before), _sentences(after)
    match = difflib.SequenceMatcher(None, old, new, autojunk=False)
    left: list[Part] = []
    right: list[Part] = []
    for kind, a, b, c, d in match.get_opcodes():
        if kind == "equal":
            same = Part(_shortened(" ".join(old[a:b])), False)
            left.append(same)
            right.append(same)
            continue
        if old[a:b]:
            left.append(Part(" ".join(old[a:b]), True))
        if new[c:d]:
            right.append(Part(" ".join(new[c:d]), True))
    is_long = max(len(before), len(after)) > LONG
    nothing = [Part("—", False)]
    return Row(title, left or nothing, right or nothing, separator=" ", whole=(before, after) if is_long else None)


def _sentences(text: str) -> list[str]:
    return [piece for piece in re.split(r"(?<=[.!?…])\s+|\n", text) if piece]


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:32].rstrip()} … {text[-32:].lstrip()}"


class _Text(HTMLParser):
    """Collects what a person would read of a piece of HTML."""

    BLOCKS = frozenset({"p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self.BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, None)
