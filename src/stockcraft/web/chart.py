"""The history chart: what each of the last runs did, as geometry the template draws and rows of the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from stockcraft.syncs.models import SyncRun

RUNS = 30
WIDTH, HEIGHT, LINE_HEIGHT = 900, 120, 40
GAP = 0.35
STUB = 6
# Each run has a thirtieth of the width, the newest at the right; the runs in these places are named under the chart.
STEP = WIDTH / RUNS
NAMED = (0, 7, 14, 21, 29)


@dataclass(frozen=True)
class Point:
    """One run's counts and its duration in seconds."""

    number: int
    requested_at: datetime
    status: SyncRun.Status
    added: int = 0
    updated: int = 0
    skipped: int = 0
    seconds: float | None = None

    @property
    def total(self) -> int:
        """The height of its bar."""
        return self.added + self.updated + self.skipped


@dataclass(frozen=True)
class Bar:
    """A rectangle of the chart."""

    kind: str
    x: float
    y: float
    width: float
    height: float


class Chart:
    """Bars and a line for these runs, oldest first, and the numbers on their axes."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points
        self.top = nice(max((point.total for point in points), default=0))
        self.slowest = nice(round(max((point.seconds or 0 for point in points), default=0)))
        self.width, self.height, self.line_height = WIDTH, HEIGHT, LINE_HEIGHT
        self._places = list(enumerate(points, start=RUNS - len(points)))

    @property
    def newest_first(self) -> list[Point]:
        """The rows of the table, in the order of the history below it."""
        return list(reversed(self.points))

    @property
    def ticks(self) -> list[int]:
        """The numbers beside the bars, from the top down."""
        return [self.top, self.top * 3 // 4, self.top // 2, self.top // 4, 0]

    @property
    def grid(self) -> list[float]:
        """Where the lines behind the bars run."""
        return [HEIGHT * part / 4 for part in range(5)]

    @property
    def bars(self) -> list[Bar]:
        """Updated at the bottom, added and skipped on top; a failed run that did nothing is a stub, never a gap."""
        return [bar for place, point in self._places for bar in self._stack(point, round((place + GAP / 2) * STEP, 1))]

    def _stack(self, point: Point, x: float) -> list[Bar]:
        width = round(STEP * (1 - GAP), 1)
        bars, y = [], float(HEIGHT)
        for kind, count in (("updated", point.updated), ("added", point.added), ("skipped", point.skipped)):
            if count:
                height = count / self.top * HEIGHT
                y -= height
                bars.append(Bar(kind, x, round(y, 1), width, round(max(height - 1, 1), 1)))
        if point.status == SyncRun.Status.FAILED and not point.total:
            bars.append(Bar("failed", x, HEIGHT - STUB, width, STUB))
        return bars

    @property
    def line(self) -> str:
        """Durations as the points of a polyline; runs that never started are passed over."""
        return " ".join(
            f"{(place + 0.5) * STEP:.1f},{LINE_HEIGHT - point.seconds / self.slowest * LINE_HEIGHT:.1f}"
            for place, point in self._places
            if point.seconds is not None
        )

    @property
    def area(self) -> str:
        """The surface under the line."""
        if not self.line:
            return ""
        first, last = self.line.split()[0].split(",")[0], self.line.split()[-1].split(",")[0]
        return f"{first},{LINE_HEIGHT} {self.line} {last},{LINE_HEIGHT}"

    @property
    def labels(self) -> list[int | None]:
        """The numbers of the runs named under the chart; None where there is no run yet."""
        numbers = {place: point.number for place, point in self._places}
        return [numbers.get(place) for place in NAMED]


def nice(value: int) -> int:
    """The round number at or above a value that divides by four, so that the axis has whole ticks."""
    unit = 4
    while value > unit * 10:
        unit *= 10
    return max(-(-value // unit), 1) * unit


def chart(runs: QuerySet[SyncRun]) -> Chart:
    """The last 30 of these runs that have ended, in one query."""
    ended = runs.exclude(status__in=SyncRun.LIVE).order_by("-number")[:RUNS]
    rows = ended.values_list(
        "number", "requested_at", "status", "created", "updated", "restored", "held", "started_at", "finished_at"
    )
    points = [
        Point(number, requested_at, SyncRun.Status(status), created, updated + restored, held, _seconds(start, end))
        for number, requested_at, status, created, updated, restored, held, start, end in rows
    ]
    return Chart(points[::-1])


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
