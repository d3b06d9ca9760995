"""What an address of Sync History asks for: a result, a trigger, days (in UTC), a product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from stockcraft.accounts.models import Account
from stockcraft.catalog.search import Found, each, search
from stockcraft.syncs.models import Change, SyncRun, Trigger


class Narrowed(NamedTuple):
    """The runs of each result, those of the result asked for, and whether more products match than were looked at."""

    of_each_result: QuerySet[SyncRun]
    runs: QuerySet[SyncRun]
    more: bool


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

    def narrow(self, account: Account, *, whole: bool = False) -> Narrowed:
        """The account's runs that match them. Of very many products named, some stand for all, unless ``whole``."""
        runs: QuerySet[SyncRun] = account.runs.all()
        if self.trigger:
            runs = runs.filter(trigger=self.trigger)
        if self.first:
            runs = runs.filter(requested_at__gte=_midnight(self.first))
        if self.last:
            runs = runs.filter(requested_at__lt=_midnight(self.last) + timedelta(days=1))
        more = False
        if self.product:
            found = search(account, self.product, all_of_them=whole)
            runs, more = runs.filter(pk__in=each(_naming(account, found, self.product))), found.more
        return Narrowed(runs, runs.filter(status=self.status) if self.status else runs, more)


def filtered(asked: Mapping[str, str], account: Account) -> QuerySet[SyncRun]:
    """The runs that an address's query asks for, all of them."""
    return Filters.of(asked).narrow(account, whole=True).runs


def _naming(account: Account, found: Found, words: str) -> list[int]:
    """The runs that changed one of these products, or name one that is not here by these words."""
    changes = Change.objects.filter(account=account).order_by()
    theirs = changes.filter(product__in=each(found.ids))
    not_here = changes.filter(product=None, title__icontains=words)
    return list(theirs.values_list("run", flat=True).union(not_here.values_list("run", flat=True)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
