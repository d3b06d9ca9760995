"""The chart's geometry and the strip's days, from values alone where they can be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockcraft.syncs.models import SyncRun
from stockcraft.web.chart import DAYS, HEIGHT, STUB, Chart, Day, nice
from stockcraft.web.strip import strip
from web_cast import Cast, add_run, at, connect

START = at("2026-11-01 00:00")


def days(*known: Day) -> list[Day]:
    return [*known, *(Day(START + timedelta(days=number)) for number in range(len(known), DAYS))]


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (18, 20), (26, 28), (41, 80), (350, 360), (99_999, 120_000)]
)
def test_the_axis_ends_at_a_round_number(value: int, top: int) -> None:
    assert nice(value) == top
    assert top % 4 == 0


def test_bars_are_stacked_from_the_bottom() -> None:
    chart = Chart(days(Day(START, added=4, updated=8, skipped=8)))
    assert [bar.kind for bar in chart.bars] == ["updated", "added", "skipped"]
    assert [bar.y for bar in chart.bars] == sorted((bar.y for bar in chart.bars), reverse=True)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in chart.bars)


def test_a_failed_day_is_a_stub() -> None:
    bars = Chart(days(Day(START, failed=1, runs=1))).bars
    assert [(bar.kind, bar.height) for bar in bars] == [("failed", STUB)]


def test_without_runs_there_are_axes_and_no_line() -> None:
    chart = Chart(days())
    assert (chart.ticks, chart.bars, chart.line, chart.area) == ([4, 3, 2, 1, 0], [], "", "")


def test_the_strip_shows_each_days_last_run(cast: Cast) -> None:
    connection = connect(cast.account)
    now = at("2026-11-24 12:00")
    for day, status in ((0, SyncRun.Status.FAILED), (0, SyncRun.Status.SUCCEEDED), (1, SyncRun.Status.FAILED)):
        run = add_run(connection, status=status)
        SyncRun.objects.filter(pk=run.pk).update(requested_at=now - timedelta(days=day, minutes=60 - run.number))
    found = strip(connection.runs.all(), now)
    assert [day.state for day in found.days[-3:]] == ["none", "bad", "ok"]
    assert (len(found.days), found.ran, found.completed) == (14, 2, 1)
