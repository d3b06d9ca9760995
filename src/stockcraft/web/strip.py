"""Fourteen days at a glance: how each day's last run ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from stockcraft.syncs.models import SyncRun

DAYS = 14
STATES = {
    SyncRun.Status.SUCCEEDED: "ok",
    SyncRun.Status.WARNINGS: "warn",
    SyncRun.Status.NEEDS_CONFIRMATION: "warn",
    SyncRun.Status.FAILED: "bad",
}


@dataclass(frozen=True)
class Day:
    """One UTC day. ``state`` is ok, warn, bad, or none without a finished run; ``run`` is that day's last."""

    date: datetime
    state: str
    run: SyncRun | None


@dataclass(frozen=True)
class Strip:
    """The days, oldest first, and how many of those with a run ended well."""

    days: list[Day]

    @property
    def ran(self) -> int:
        """Days on which a run ended."""
        return sum(day.run is not None for day in self.days)

    @property
    def completed(self) -> int:
        """Days whose last run ended well."""
        return sum(day.state in ("ok", "warn") for day in self.days)


def strip(runs: Iterable[SyncRun], now: datetime) -> Strip:
    """The strip of these runs (in any order) up to today."""
    last: dict[date, SyncRun] = {}
    for run in sorted(runs, key=lambda run: run.requested_at):
        if run.status in STATES:
            last[run.requested_at.astimezone(UTC).date()] = run
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return Strip([_day(day, last.get(day.date())) for day in days])


def _day(day: datetime, run: SyncRun | None) -> Day:
    return Day(day, STATES[SyncRun.Status(run.status)] if run else "none", run)
