"""What an address of Sync History asks for: a result, a trigger, days (in UTC), a product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet

from stockcraft.syncs.models import Change, SyncRun, Trigger


@dataclass(frozen=True)
class Filters:
    """The filters that count; nonsense in the address counts for nothing."""

    status: str = ""
    trigger: str = ""
    first: date | None = None
    last: date | None = None
    product: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filters:
        """Those of an address's query."""
        status, trigger = asked.get("status", ""), asked.get("trigger", "")
        return cls(
            status=status if status in SyncRun.Status.values else "",
            trigger=trigger if trigger in Trigger.values else "",
            first=_day(asked.get("from", "")),
            last=_day(asked.get("to", "")),
            product=asked.get("product", "").replace("\0", "").strip(),
        )

    def __bool__(self) -> bool:
        return self != Filters()

    def without_status(self) -> Filters:
        """The others, among whose runs the results are counted."""
        return replace(self, status="")

    def apply(self, runs: QuerySet[SyncRun]) -> QuerySet[SyncRun]:
        """The runs that match them all."""
        if self.status:
            runs = runs.filter(status=self.status)
        if self.trigger:
            runs = runs.filter(trigger=self.trigger)
        if self.first:
            runs = runs.filter(requested_at__gte=_midnight(self.first))
        if self.last:
            runs = runs.filter(requested_at__lt=_midnight(self.last) + timedelta(days=1))
        if self.product:
            named = Change.objects.filter(run__in=runs.order_by().values("pk"), title__icontains=self.product)
            runs = runs.filter(pk__in=named.values("run"))
        return runs


def filtered(asked: Mapping[str, str], runs: QuerySet[SyncRun]) -> QuerySet[SyncRun]:
    """The runs that an address's query asks for."""
    return Filters.of(asked).apply(runs)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
