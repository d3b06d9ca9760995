"""Times, numbers and money as people write them, in both languages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from stockcraft.web import formats
from web_cast import at

NOW = at("2026-11-23 19:18")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "french"),
    [
        ("19.5", "USD", "$19.50", "19,50\u00a0$"),
        ("50", "EUR", "€50.00", "50,00\u00a0€"),
        ("1050000", "VND", "₫1,050,000", "1\u00a0050\u00a0000\u00a0₫"),
        ("0.125", "CAD", "$0.125", "0,125\u00a0$"),
        ("7", "CHF", "CHF7.00", "7,00\u00a0CHF"),
        (None, "USD", "—", "—"),
        ("12", "", "12", "12"),
    ],
)
def test_money(amount: str | None, currency: str, english: str, french: str) -> None:
    with translation.override("en"):
        assert formats.money(amount, currency) == english
    with translation.override("fr"):
        assert formats.money(amount, currency) == french


def test_whole_prices_of_ours_leave_their_cents_out() -> None:
    assert formats.money(5, "USD", cents=False) == "$5"


@pytest.mark.parametrize(
    ("ago", "english", "french"),
    [
        (timedelta(seconds=20), "just now", "à l’instant"),
        (timedelta(minutes=5), "5 min ago", "il y a 5\u00a0min"),
        (timedelta(hours=17), "17 h ago", "il y a 17\u00a0h"),
        (timedelta(hours=41), "yesterday", "hier"),
        (timedelta(hours=65), "2 days ago", "il y a 2\u00a0jours"),
        (timedelta(days=11), "12 Nov", "12 nov."),
        (timedelta(days=400), "19 Oct 2025", "19 oct. 2025"),
    ],
)
def test_how_long_ago(ago: timedelta, english: str, french: str) -> None:
    with translation.override("en"):
        assert formats.ago(NOW - ago, NOW) == english
    with translation.override("fr"):
        assert formats.ago(NOW - ago, NOW) == french


def test_how_long_until() -> None:
    assert formats.countdown(at("2026-11-24 02:00"), NOW) == "in 6 h 42 min"
    assert formats.countdown(NOW + timedelta(minutes=3), NOW) == "in 3 min"
    assert formats.countdown(NOW, NOW) == "Starting…"
    assert formats.countdown(NOW + timedelta(days=6), NOW) == "in 6 days"


@pytest.mark.parametrize(
    ("zone", "english"),
    [
        ("Europe/Paris", "03:00 in Paris"),
        ("Asia/Tokyo", "11:00 in Tokyo"),
        ("America/St_Johns", "Mon 23 Nov, 22:30 in St John’s"),
    ],
)
def test_a_local_time_names_its_day_where_that_differs(zone: str, english: str) -> None:
    assert formats.local(at("2026-11-24 02:00"), ZoneInfo(zone)) == english


def test_local_times_follow_daylight_saving() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert formats.local(at("2026-03-28 02:00"), paris) == "03:00 in Paris"
    assert formats.local(at("2026-03-29 02:00"), paris) == "04:00 in Paris"


def test_utc_is_said() -> None:
    assert formats.utc(at("2026-11-23 02:00")) == "23 Nov, 02:00 UTC"
    assert formats.weekday(at("2026-11-24 02:00")) == "Tue 24 Nov"


def test_durations() -> None:
    assert [formats.duration(seconds) for seconds in (0.2, 12, 65, 7_380)] == [
        "under 1 s",
        "12 s",
        "1 min 5 s",
        "2 h 3 min",
    ]
    assert formats.stopwatch(74) == "1:14"
    assert [formats.time_left(seconds) for seconds in (0.2, 24, 150)] == [
        "about 1 second left", "about 24 seconds left", "about 2 minutes left",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "value"), [("12.50", "12.50"), ("12,5", "12.5"), ("1 008,50", "1008.50"), (" 7 ", "7")]
)
def test_numbers_are_read_as_the_french_type_them(typed: str, value: str) -> None:
    with translation.override("fr"):
        assert formats.read_decimal(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["", "x", "NaN", "inf", "1e40", "0.0000000000001"])
def test_what_is_no_money_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        formats.read_decimal(typed)
