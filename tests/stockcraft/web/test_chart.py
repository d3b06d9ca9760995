"""The chart's geometry and the strip's days, from values alone where they can be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from stockcraft.syncs.models import SyncRun
from stockcraft.web.chart import HEIGHT, LINE_HEIGHT, RUNS, STUB, WIDTH, Chart, Point, chart, nice
from stockcraft.web.strip import strip
from web_cast import Cast, add_run, at, connect, text_of

START = at("2026-11-01 00:00")


def point(number: int = 1, status: SyncRun.Status = SyncRun.Status.SUCCEEDED, **counts: Any) -> Point:
    return Point(number, START, status, **counts)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (18, 20), (26, 28), (41, 80), (350, 360), (99_999, 120_000)]
)
def test_the_axis_ends_at_a_round_number(value: int, top: int) -> None:
    assert nice(value) == top
    assert top % 4 == 0


def test_bars_are_stacked_from_the_bottom() -> None:
    chart = Chart([point(added=4, updated=8, skipped=8)])
    assert [bar.kind for bar in chart.bars] == ["updated", "added", "skipped"]
    assert [bar.y for bar in chart.bars] == sorted((bar.y for bar in chart.bars), reverse=True)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in chart.bars)


def test_a_failed_run_that_did_nothing_is_a_stub() -> None:
    bars = Chart([point(status=SyncRun.Status.FAILED)]).bars
    assert [(bar.kind, bar.height) for bar in bars] == [("failed", STUB)]
    assert [bar.kind for bar in Chart([point(status=SyncRun.Status.FAILED, added=2)]).bars] == ["added"]


def test_the_newest_run_stands_at_the_right_and_some_are_named() -> None:
    few = Chart([point(number, added=1, seconds=number) for number in (8, 9)])
    assert few.labels == [None, None, None, None, 9]
    assert [bar.x + bar.width > WIDTH * 0.9 for bar in few.bars] == [True, True]
    assert few.line.split()[-1] == f"{WIDTH - WIDTH / RUNS / 2:.1f},{LINE_HEIGHT * (1 - 9 / 12):.1f}"
    assert Chart([point(number) for number in range(1, RUNS + 1)]).labels == [1, 8, 15, 22, 30]


def test_without_runs_there_are_axes_and_no_line() -> None:
    chart = Chart([])
    assert (chart.ticks, chart.bars, chart.line, chart.area) == ([4, 3, 2, 1, 0], [], "", "")


def test_the_chart_holds_the_last_thirty_runs_that_ended(cast: Cast) -> None:
    connection = connect(cast.account)
    for number in range(1, 34):
        add_run(connection, seconds=number, created=number, updated=1, restored=2, held=3)
    add_run(connection, status=SyncRun.Status.RUNNING)
    points = chart(cast.account.runs.all()).points
    assert [point.number for point in points] == list(range(4, 34))
    last = points[-1]
    assert (last.added, last.updated, last.skipped, last.seconds) == (33, 3, 3, 33.0)


def test_the_table_says_the_same_numbers_as_the_chart(cast: Cast, page: Client) -> None:
    connection = connect(cast.account)
    add_run(connection, created=11, updated=22, held=33, seconds=65)
    failed = add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    text = text_of(page.get(reverse("history", args=[cast.account.slug])))
    assert "Product changes, run by run" in text
    table = text.split("Table of changes per run")[1].split("</table>")[0]
    newest, oldest = table.split("<tbody>")[1].split("</tr>")[:2]
    assert f">#{failed.number}</a>" in newest
    assert ">Failed</td>" in newest
    for cell in (">11</td>", ">22</td>", ">33</td>", ">1 min 5 s</td>"):
        assert cell in oldest


def test_the_strip_shows_each_days_last_run(cast: Cast) -> None:
    connection = connect(cast.account)
    now = at("2026-11-24 12:00")
    for day, status in ((0, SyncRun.Status.FAILED), (0, SyncRun.Status.SUCCEEDED), (1, SyncRun.Status.FAILED)):
        run = add_run(connection, status=status)
        SyncRun.objects.filter(pk=run.pk).update(requested_at=now - timedelta(days=day, minutes=60 - run.number))
    found = strip(connection.runs.all(), now)
    assert [day.state for day in found.days[-3:]] == ["none", "bad", "ok"]
    assert (len(found.days), found.ran, found.completed) == (14, 2, 1)
