"""The cheapest safe way to read a shop, decided from counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopsync.route import CHANGES_AT_MOST, PAGES_AT_MOST, Past, Route, Way, Why, choose, next_since, whole

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)


def past(**fields: Any) -> Past:
    """A connection that was read whole yesterday, and about which nothing else is to be said."""
    return Past(**{"now": NOW, "since": SINCE, "whole_read": NOW - timedelta(days=1), **fields})


def test_a_shop_that_was_never_read_is_read_whole() -> None:
    assert choose(50, Past(now=NOW), None) == Way(Route.PAGES, Why.FIRST)
    assert choose(50_000, Past(now=NOW), None) == Way(Route.BULK, Why.FIRST)


def test_a_few_changes_are_asked_for_however_large_the_shop() -> None:
    for total in (1, 60, 100_000):
        assert choose(total, past(), 3) == Way(Route.CHANGES, Why.FEW, SINCE, 3)


def test_many_changes_are_read_with_the_whole_shop() -> None:
    assert choose(100_000, past(), CHANGES_AT_MOST + 1) == Way(Route.BULK, Why.MANY)
    assert choose(100_000, past(), CHANGES_AT_MOST).route is Route.CHANGES


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"wanted": True}, Why.WANTED),
        ({"room": True}, Why.ROOM),
        ({"whole_read": NOW - timedelta(days=7)}, Why.WEEKLY),
        ({"whole_read": None}, Why.FIRST),
    ],
)
def test_what_changes_cannot_tell_is_read_whole_however_few_they_are(fields: dict[str, Any], why: Why) -> None:
    assert choose(5_000, past(**fields), 0) == Way(Route.BULK, why)


def test_small_shops_are_read_by_pages_and_large_ones_in_bulk() -> None:
    assert whole(PAGES_AT_MOST, past(), Why.WEEKLY).route is Route.PAGES
    assert whole(PAGES_AT_MOST + 1, past(), Why.WEEKLY).route is Route.BULK


def test_after_a_failed_bulk_operation_even_a_large_shop_is_read_by_pages() -> None:
    assert whole(90_000, past(bulk_failed=True), Why.WEEKLY).route is Route.PAGES


def test_edits_of_the_last_minutes_are_read_again_for_the_index_may_lag() -> None:
    assert next_since(NOW, NOW + timedelta(seconds=5)) == NOW - timedelta(minutes=10)


def test_a_shop_that_nobody_touched_for_hours_has_nothing_to_be_read_again() -> None:
    assert next_since(NOW, NOW + timedelta(hours=3)) == NOW + timedelta(seconds=1)


def test_the_overlap_shrinks_as_the_last_edits_settle() -> None:
    assert next_since(NOW, NOW + timedelta(hours=1, minutes=55)) == NOW - timedelta(minutes=5)


def test_what_was_touched_while_the_run_read_is_asked_for_again() -> None:
    assert next_since(NOW + timedelta(hours=4), NOW) == NOW - timedelta(minutes=10)
