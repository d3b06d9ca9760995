"""A run while it is under way, as pages show it: steps, counts, time left."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from stockcraft.syncs.closing import Counts, count
from stockcraft.syncs.models import SyncRun

# Seconds between two looks at a run: often at first, seldom once it is clear that it takes a while.
PACES = ((10, 1), (60, 2))
SLOWEST = 5
READING = ("choose", "changes", "read")


@dataclass(frozen=True)
class Step:
    """One named part of a run."""

    name: str
    state: str


class Live:
    """What is known of a run now. Counts are counted from its rows."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return (timezone.now() - (self.run.started_at or self.run.requested_at)).total_seconds()

    @property
    def pace(self) -> int:
        """In how many seconds script should look again."""
        return next((pace for limit, pace in PACES if self.seconds < limit), SLOWEST)

    @property
    def is_queued(self) -> bool:
        """Whether no worker has it now."""
        return self.run.status == SyncRun.Status.QUEUED

    @property
    def waits_for(self) -> str:
        """First for a worker; once one has had it, for what Shopify prepares or for a better moment."""
        return _("Waiting for Shopify…") if self.run.started_at else _("Waiting to start…")

    @property
    def read(self) -> int:
        """Products read, never more than the shop says it has."""
        return min(self.run.products_read, self.run.products_total or self.run.products_read)

    @property
    def percent(self) -> int | None:
        """How much of the catalogue is read; None until its size is known."""
        total = self.run.products_total
        return min(100, self.read * 100 // total) if total else None

    @property
    def seconds_left(self) -> float | None:
        """How long the reading still takes at the pace so far; None while that would be a guess."""
        total = self.run.products_total
        if not total or not self.read or self.seconds < 3 or self.read >= total:
            return None
        return self.seconds / self.read * (total - self.read)

    @property
    def is_waiting(self) -> bool:
        """Whether Shopify asked us to slow down."""
        return bool(self.run.waiting_until and self.run.waiting_until > timezone.now())

    @property
    def steps(self) -> list[Step]:
        """The three parts of a run: done, current or to come."""
        names = (
            _("Read your Shopify catalogue"),
            _("Compare products") if self.run.is_preview else _("Compare and save products"),
            _("Look for duplicates and removed products"),
        )
        at = -1 if self.is_queued else self._step
        return [
            Step(name, "done" if place < at else "current" if place == at else "to come")
            for place, name in enumerate(names)
        ]

    @property
    def _step(self) -> int:
        if self.run.phase not in READING:
            return 2
        return 1 if self.run.products_read else 0

    @cached_property
    def counts(self) -> Counts:
        """What it has done so far."""
        return count(self.run)

    @property
    def updated(self) -> int:
        """Products changed, linked or brought back."""
        return self.counts.updated + self.counts.linked + self.counts.restored

    @property
    def milestone(self) -> str:
        """What a screen reader is told: the start and each quarter, not every number."""
        if self.is_queued:
            return self.waits_for
        if self.run.is_preview:
            return _("Looking at your shop")
        if not self.percent:
            return _("Syncing products from Shopify")
        return _("Syncing: %(percent)s%%") % {"percent": self.percent // 25 * 25}
