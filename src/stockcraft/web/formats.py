"""Dates, times, numbers and money as people write them in the reader's language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, get_timezone_location
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
    parse_decimal,
)
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NARROW_SPACE = "\u202f"
SPACE = "\u00a0"
# More digits than any price has, on either side of the point.
MOST_DIGITS = 12

ENGLISH, FRENCH = Locale.parse("en_GB"), Locale.parse("fr")


def locale() -> Locale:
    """The reader's locale. English dates go day first, as the product's texts do."""
    return FRENCH if (get_language() or "").startswith("fr") else ENGLISH


def number(value: int | float | Decimal) -> str:
    """A number with the language's separators: 1,234 or 1 234."""
    # Decimals that are equal are not always written alike, so only whole numbers are remembered.
    return _whole(value, locale()) if type(value) is int else _number(value, locale())


def percent(share: Decimal | float) -> str:
    """A share of one as a whole percentage: 42% or 42 %."""
    return _roomy(format_percent(share, locale=locale()))


def money(amount: Decimal | str | None, currency: str, *, cents: bool = True) -> str:
    """An amount in the shop's currency: $19.50, or 19,50 $ in French. Nothing is rounded away.

    Without ``cents`` a whole amount is written without them.
    """
    if amount is None or amount == "":
        return "—"
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return str(amount)
    return _money(str(value), currency, cents, locale()) if currency else number(value)


def money_range(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """One price, or from the lowest to the highest."""
    if low == high:
        return money(low, currency)
    return f"{money(low, currency)} – {money(high, currency)}"


def read_decimal(text: str) -> Decimal:
    """A number as typed in the reader's language; a decimal point is taken everywhere.

    Raises ValueError for what is no number, or none that money could be.
    """
    cleaned = text.strip().replace(NARROW_SPACE, "").replace(SPACE, "").replace(" ", "")
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        try:
            value = parse_decimal(cleaned, locale=locale(), strict=True)
        except NumberFormatError as error:
            raise ValueError(text) from error
    if not value.is_finite() or value.adjusted() > MOST_DIGITS or int(value.as_tuple().exponent) < -MOST_DIGITS:
        raise ValueError(text)
    return value


def plain_decimal(value: Decimal | None) -> str:
    """A number for an input field, in the reader's language and with no thousands separator."""
    return (
        ""
        if value is None
        else format_decimal(value, locale=locale(), decimal_quantization=False, group_separator=False)
    )


def day(moment: datetime) -> str:
    """23 Nov"""
    return _date(moment.date(), "d MMM", locale())


def day_and_year(moment: datetime) -> str:
    """12 Nov 2026"""
    return _date(moment.date(), "d MMM y", locale())


def weekday(moment: datetime) -> str:
    """Tue 24 Nov"""
    return _date(moment.date(), "EEE d MMM", locale())


def clock(moment: datetime, *, seconds: bool = False) -> str:
    """02:00, in the zone the moment is given in."""
    return f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"


def clock_utc(moment: datetime) -> str:
    """02:00 UTC"""
    return _("%(time)s UTC") % {"time": clock(moment.astimezone(UTC))}


def utc(moment: datetime) -> str:
    """23 Nov, 02:00 UTC"""
    return _utc(moment, _("%(day)s, %(time)s UTC"), locale())


def local(moment: datetime, zone: tzinfo) -> str:
    """03:00 in Paris; with the day where it is not the day in UTC."""
    there = moment.astimezone(zone)
    if there.date() == moment.astimezone(UTC).date():
        return _("%(time)s in %(city)s") % {"time": clock(there), "city": city(zone)}
    return _("%(day)s, %(time)s in %(city)s") % {"day": weekday(there), "time": clock(there), "city": city(zone)}


def city(zone: tzinfo) -> str:
    """The city a time zone is named for."""
    return get_timezone_location(zone, locale=locale(), return_city=True)


def ago(moment: datetime, now: datetime) -> str:
    """How long ago: just now, 5 min ago, 17 h ago, yesterday, 2 days ago; past a week, the date."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(n)s min ago") % {"n": minutes}
    if minutes < 24 * 60:
        return _("%(n)s h ago") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    if days == 1:
        return _("yesterday")
    if days < 7:
        return _("%(n)s days ago") % {"n": days}
    return day(moment) if moment.year == now.year else day_and_year(moment)


def countdown(moment: datetime, now: datetime) -> str:
    """How long until: in 6 h 42 min."""
    minutes = -int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("Starting…")
    if minutes < 60:
        return _("in %(m)s min") % {"m": minutes}
    if minutes < 48 * 60:
        return _("in %(h)s h %(m)s min") % {"h": minutes // 60, "m": minutes % 60}
    return _("in %(n)s days") % {"n": minutes // (24 * 60)}


def duration(seconds: float) -> str:
    """12 s, 1 min 5 s, 2 h 3 min."""
    whole = max(round(seconds), 0)
    if whole < 1:
        return _("under 1 s")
    if whole < 60:
        return _("%(s)s s") % {"s": whole}
    if whole < 3600:
        return _("%(m)s min %(s)s s") % {"m": whole // 60, "s": whole % 60}
    return _("%(h)s h %(m)s min") % {"h": whole // 3600, "m": whole % 3600 // 60}


def stopwatch(seconds: float) -> str:
    """0:14"""
    whole = max(int(seconds), 0)
    return f"{whole // 60}:{whole % 60:02d}"


def time_left(seconds: float) -> str:
    """About how long a run still takes."""
    if seconds < 60:
        return ngettext("about %(n)s second left", "about %(n)s seconds left", max(round(seconds), 1)) % {
            "n": max(round(seconds), 1)
        }
    minutes = round(seconds / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}


def _number(value: int | float | Decimal, there: Locale) -> str:
    return _roomy(format_decimal(value, locale=there, decimal_quantization=False))


# The same numbers, prices, days and times stand on page after page, and writing them is most of the work of a list.
_whole = lru_cache(maxsize=4096)(_number)


@lru_cache(maxsize=1024)
def _date(value: date, pattern: str, there: Locale) -> str:
    return format_date(value, pattern, locale=there)


@lru_cache(maxsize=4096)
def _utc(moment: datetime, words: str, there: Locale) -> str:
    at = moment.astimezone(UTC)
    return words % {"day": _date(at.date(), "d MMM", there), "time": clock(at)}


@lru_cache(maxsize=4096)
def _money(amount: str, currency: str, cents: bool, there: Locale) -> str:
    pattern = there.currency_formats["standard"].pattern
    text = format_currency(
        Decimal(amount).normalize(),
        currency,
        format=None if cents else pattern.replace("0.00", "0"),
        currency_digits=cents,
        locale=there,
        decimal_quantization=False,
    )
    symbol = get_currency_symbol(currency, locale=there)
    # A shop has one currency, so "$" is enough where the language would say "US$" to tell it from others.
    narrow = re.sub(r"[A-Za-z\s]", "", symbol) or symbol
    return _roomy(text.replace(symbol, narrow))


def _roomy(text: str) -> str:
    """Numbers never break at their spaces, and every font has the ordinary no-break space."""
    return text.replace(NARROW_SPACE, SPACE)
