"""The history chart: what each day's runs did, as geometry the template draws, and as rows of the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from stockcraft.syncs.models import SyncRun

DAYS = 30
WIDTH, HEIGHT, LINE_HEIGHT = 900, 120, 40
GAP = 0.35
STUB = 6


@dataclass(frozen=True)
class Day:
    """One UTC day's counts; ``seconds`` is the mean duration of its runs."""

    date: datetime
    added: int = 0
    updated: int = 0
    skipped: int = 0
    runs: int = 0
    failed: int = 0
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
    """Bars and a line for these days, and the numbers on their axes."""

    def __init__(self, days: Sequence[Day]) -> None:
        self.days = days
        self.top = nice(max((day.total for day in days), default=0))
        self.slowest = nice(round(max((day.seconds or 0 for day in days), default=0)))
        self.width, self.height, self.line_height = WIDTH, HEIGHT, LINE_HEIGHT

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
        """Updated at the bottom, added and skipped on top; a failed day is a stub, never a gap."""
        step = WIDTH / len(self.days)
        return [bar for place, day in enumerate(self.days) for bar in self._stack(day, (place + GAP / 2) * step, step)]

    def _stack(self, day: Day, x: float, step: float) -> list[Bar]:
        width = round(step * (1 - GAP), 1)
        bars, y = [], float(HEIGHT)
        for kind, count in (("updated", day.updated), ("added", day.added), ("skipped", day.skipped)):
            if count:
                height = count / self.top * HEIGHT
                y -= height
                bars.append(Bar(kind, round(x, 1), round(y, 1), width, round(max(height - 1, 1), 1)))
        if day.failed and not day.total:
            bars.append(Bar("failed", round(x, 1), HEIGHT - STUB, width, STUB))
        return bars

    @property
    def line(self) -> str:
        """Durations as the points of a polyline; days without a run are passed over."""
        step = WIDTH / len(self.days)
        points = [
            f"{(place + 0.5) * step:.1f},{LINE_HEIGHT - day.seconds / self.slowest * LINE_HEIGHT:.1f}"
            for place, day in enumerate(self.days)
            if day.seconds is not None
        ]
        return " ".join(points)

    @property
    def area(self) -> str:
        """The surface under the line."""
        if not self.line:
            return ""
        first, last = self.line.split()[0].split(",")[0], self.line.split()[-1].split(",")[0]
        return f"{first},{LINE_HEIGHT} {self.line} {last},{LINE_HEIGHT}"

    @property
    def labels(self) -> list[datetime]:
        """The days named under the chart."""
        return [self.days[place].date for place in (0, 7, 14, 21)]


def nice(value: int) -> int:
    """The round number at or above a value that divides by four, so that the axis has whole ticks."""
    unit = 4
    while value > unit * 10:
        unit *= 10
    return max(-(-value // unit), 1) * unit


def chart(runs: QuerySet[SyncRun], now: datetime) -> Chart:
    """The last 30 UTC days of these runs, in one query."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    rows = (
        runs.filter(requested_at__gte=first)
        .annotate(day=TruncDate("requested_at", tzinfo=UTC))
        .values("day")
        .annotate(
            added=Sum("created"),
            changed=Sum(F("updated") + F("restored")),
            skipped=Sum("held"),
            runs=Count("pk"),
            bad=Count("pk", filter=Q(status=SyncRun.Status.FAILED)),
            took=Avg(F("finished_at") - F("started_at"), filter=~Q(started_at=None) & ~Q(finished_at=None)),
        )
    )
    known = {row["day"]: row for row in rows}
    days = [first + timedelta(days=place) for place in range(DAYS)]
    return Chart([_day(day, known.get(day.date())) for day in days])


def _day(date: datetime, row: Mapping[str, Any] | None) -> Day:
    if row is None:
        return Day(date)
    return Day(
        date,
        added=row["added"],
        updated=row["changed"],
        skipped=row["skipped"],
        runs=row["runs"],
        failed=row["bad"],
        seconds=row["took"].total_seconds() if row["took"] is not None else None,
    )
