"""What templates say with: icons, times, money, addresses of our own files."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from stockcraft.web import formats

STATIC = Path(__file__).resolve().parent.parent / "static"
ICONS = STATIC / "vendor" / "lucide-1.62.0"
PICTURES_FROM = "cdn.shopify.com"
TINTS = 6
A_NUMBER = 1234567890
PIXELS = {"huge": 224, "big": 112}

register = template.Library()
register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("money", formats.money)
register.filter("duration", formats.duration)
register.filter("stopwatch", formats.stopwatch)
register.filter("time_left", formats.time_left)
register.filter("day", formats.day)
register.filter("day_and_year", formats.day_and_year)
register.filter("weekday", formats.weekday)
register.filter("clock", formats.clock)
register.filter("utc", formats.utc)
register.filter("clock_utc", formats.clock_utc)
register.filter("plain_decimal", formats.plain_decimal)


@register.filter
def dollars(amount: int | str) -> str:
    """A price of ours: $5, or 5 $ in French."""
    return formats.money(Decimal(amount), "USD", cents=False)


@lru_cache
def _drawing(name: str) -> str:
    """The inside of an icon's SVG file."""
    text = (ICONS / f"{name}.svg").read_text()
    return re.sub(r"\s+", " ", text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]).strip()


@register.simple_tag
@lru_cache
def icon(name: str, size: str = "") -> SafeString:
    """A Lucide icon that takes the colour of the text beside it; never read aloud."""
    return mark_safe(  # noqa: S308 - our own files
        f'<svg class="icon {size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{_drawing(name)}</svg>'
    )


@lru_cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


@register.simple_tag
def asset(path: str) -> str:
    """The address of one of our files, which changes when the file does."""
    return f"{static(path)}?v={_fingerprint(path)}"


@register.simple_tag
def moment(when: datetime | None) -> SafeString | str:
    """23 Nov, 02:00 UTC"""
    if when is None:
        return "—"
    return format_html('<time datetime="{}">{}</time>', _iso(when), formats.utc(when))


@register.simple_tag
def full_moment(when: datetime) -> SafeString:
    """Mon 23 Nov 2026, 02:00:04 UTC"""
    there = when.astimezone(UTC)
    text = f"{formats.weekday(there)} {there.year}, {formats.clock(there, seconds=True)} UTC"
    return format_html('<time datetime="{}">{}</time>', _iso(when), text)


@register.simple_tag
def ago(when: datetime | None) -> SafeString | str:
    """17 h ago; kept current by script."""
    if not when:
        return "—"
    text = formats.ago(when, timezone.now())
    return format_html('<time datetime="{}" data-ago title="{}">{}</time>', _iso(when), formats.utc(when), text)


@register.simple_tag
def countdown(when: datetime) -> SafeString:
    """in 6 h 42 min; kept current by script."""
    return format_html('<time datetime="{}" data-until>{}</time>', _iso(when), formats.countdown(when, timezone.now()))


@register.simple_tag(takes_context=True)
def local(context: dict[str, Any], when: datetime) -> SafeString | str:
    """03:00 in Paris. Without a zone in the profile yet, script fills it in; in UTC there is nothing to add."""
    user = getattr(context.get("request"), "user", None)
    if not getattr(user, "timezone", ""):
        return format_html('<span data-local="{}"></span>', _iso(when))
    zone = timezone.get_current_timezone()
    return "" if str(zone) in ("UTC", "Etc/UTC") else f"\u00b7 {formats.local(when, zone)}"


@register.simple_tag(takes_context=True)
def chosen_time(context: dict[str, Any], when: datetime) -> SafeString:
    """A time in UTC, or in the reader's own zone where they chose that for the history."""
    if not context.get("local_times"):
        return SafeString(moment(when))
    there = when.astimezone(timezone.get_current_timezone())
    return format_html('<time datetime="{}">{}, {}</time>', _iso(when), formats.day(there), formats.clock(there))


@register.simple_tag
def price_range(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """One price, or from the lowest to the highest."""
    return formats.money_range(low, high, currency)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some of its query replaced; None takes a part away, and paging starts over."""
    query = {key: value for key, value in context["request"].GET.items() if key != "page"}
    query.update(changes)
    kept = {key: value for key, value in query.items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else "?"


@register.simple_tag(takes_context=True)
def with_page(context: dict[str, Any], number: int, name: str = "page") -> str:
    """This page's address at another page of its rows; ``name`` tells apart lists that are leafed through."""
    query = context["request"].GET.dict()
    return f"?{urlencode({**query, name: number})}"


@register.simple_tag
def row_address(name: str, account: str, number: int) -> str:
    """The address of a row of a list, as `url` gives it: looked up once for all rows, since that takes longer than the
    rest of a row."""
    before, after = _around_number(name, account)
    return f"{before}{number:d}{after}"


@lru_cache(maxsize=1024)
def _around_number(name: str, account: str) -> tuple[str, str]:
    before, _number, after = reverse(name, args=[account, A_NUMBER]).rpartition(str(A_NUMBER))
    return before, after


@register.simple_tag
def zone_city() -> str:
    """The city of the reader's time zone."""
    return formats.city(timezone.get_current_timezone())


@register.simple_tag
def picture(url: str, seed: int | None, size: str = "") -> SafeString:
    """A product's picture from Shopify's image host, over a drawn one that shows when there is none."""
    photo = ""
    if urlsplit(url or "").hostname == PICTURES_FROM:
        photo = format_html(
            '<img src="{}{}width={}" alt="" loading="lazy" referrerpolicy="no-referrer" decoding="async">',
            *(url, "&" if "?" in url else "?", PIXELS.get(size, 80)),
        )
    tint = (seed or 0) % TINTS
    return format_html('<span class="picture tint-{} {}">{}{}</span>', tint, size, icon("package"), photo)


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
