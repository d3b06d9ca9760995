"""One connection's products as a run of the engine sees and writes them: the engine's catalogue in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from django.db import transaction

from shopsync.changes import (
    Archive,
    Change,
    Choice,
    Create,
    HoldReason,
    Link,
    Planned,
    Restore,
    Update,
    of_kind,
    shop_id_of,
)
from shopsync.guard import Part, Weight
from shopsync.policy import Rule
from shopsync.ports import Local, Progress, Standing, Step, Stored
from shopsync.route import Past
from shopsync.values import ShopProduct
from stockcraft.catalog.sanitise import sanitise
from stockcraft.syncs import diary, memory, reading
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.writing import archive_products, write_drifts, write_products


class DjangoCatalogue:
    """Implements ``shopsync.ports.Catalogue`` for one attempt of one run.

    Every step is one transaction that first claims the run's row, so a worker that lost the run writes nothing.
    What a step costs does not grow with the number of products: each question and each kind of change is one statement.
    """

    def __init__(self, run: SyncRun, attempt: int) -> None:
        self.run = run
        self.attempt = attempt
        self._progress: Progress | None = None
        self._next: Progress | None = None
        self._holds: int | None = None
        self._read: set[int] | None = None
        self._newly_read: frozenset[int] = frozenset()
        self._undone: set[int] = set()

    def progress(self) -> Progress:
        """Where the run stands, as saved by the last step. Another worker that took the run on is met in the next."""
        if self._progress is None:
            self._progress = diary.progress(self.run)
        return self._progress

    def past(self) -> Past:
        """What earlier runs of the connection left behind."""
        return memory.past(self.run, self.room())

    def standing(self) -> Standing:
        """What the shop should hold by what is known here."""
        return memory.standing(self.run)

    @contextmanager
    def step(self) -> Iterator[None]:
        """One transaction, refused to a worker that lost the run (``RunLost``) or is to stop (``Cancelled``)."""
        self._newly_read, self._next = frozenset(), None
        with transaction.atomic():
            # Whoever requests a run locks the account first and then meets this run's row; so do we.
            self._holds = reading.lock_limit(self.run)
            diary.fence(self.run, self.attempt)
            yield
        self._progress = self._next or self._progress
        if self._read is not None:
            self._read |= self._newly_read

    def known(self, shop_ids: Sequence[int]) -> list[Local]:
        """Every product of the connection that carries one of these ids, lowest id first."""
        return reading.known(self.run, shop_ids)

    def choices(self, shop_ids: Sequence[int]) -> dict[int, Choice]:
        """What a person chose for these: to leave out (ignored, or archived by hand), to link, to import as new."""
        found = reading.choices(self.run, shop_ids)
        self._undone = {shop_id for shop_id, choice in found.items() if choice.undone}
        return found

    def candidates(self, skus: Collection[str]) -> dict[int, list[str]]:
        """Unlinked products of the account that share one of these SKUs, with all of theirs."""
        return reading.candidates(self.run, skus)

    def bearers(self, skus: Collection[str]) -> dict[int, list[str]]:
        """Shop products known to carry one of these SKUs."""
        return reading.bearers(self.run, skus)

    def stored(self, local_ids: Sequence[int]) -> dict[int, Stored]:
        """The synced values of these products as last written."""
        return reading.stored(local_ids)

    def policies(self, local_ids: Sequence[int]) -> dict[int, dict[str, Rule]]:
        """The rules for fields of these products, where there are any."""
        return reading.policies(self.run, local_ids)

    def room(self) -> int | None:
        """How many more live products the plan holds; true until the step ends, as the account's row is locked."""
        return None if self._holds is None else self._holds - self.live_products()

    def live_products(self) -> int:
        """How many live products the account has."""
        return reading.live_products(self.run)

    def as_stored(self, product: ShopProduct) -> ShopProduct:
        """The product with its description made safe to show."""
        return msgspec.structs.replace(product, description_html=sanitise(product.description_html))

    def unseen(self, after: int, limit: int) -> list[Local]:
        """Live first matches that this run has not read, by rising id beyond ``after``."""
        return reading.unseen(self.run, after, limit)

    def held(self, reason: HoldReason, after: int, limit: int) -> list[int]:
        """Shop ids that this run holds for ``reason``, rising, beyond ``after``."""
        return reading.held(self.run, reason, after, limit)

    def weight(self) -> Weight:
        """What this run has set aside, against the live products the connection had before."""
        return reading.weight(self.run)

    def planned(self, parts: Collection[Part], after: int, limit: int) -> list[Planned]:
        """What this run has set aside in these parts, by rising shop id beyond ``after``."""
        return reading.planned(self.run, parts, after, limit)

    def hinted(self, after: int, limit: int) -> list[int]:
        """Shop ids that the webhooks this run took up name, rising, beyond ``after``."""
        return reading.hinted(self.run, after, limit)

    def write(self, step: Step) -> None:
        """Write the products, the change rows, the warnings and the progress, in the step's transaction.

        A product that the database refuses becomes a failed change with its reason; the others are written.
        """
        outcome, local_ids = self.carry_out(step)
        diary.note_changes(self.run, outcome, local_ids)
        diary.note_duplicates(self.run, step.duplicates)
        diary.set_aside(self.run, step.planned, step.settled)
        if step.way:
            diary.note_way(self.run, step.way)
        diary.advance(self.run, step, self._count_read(step.read))
        self._next = step.progress

    def carry_out(self, step: Step) -> tuple[Sequence[Change], Mapping[int, int]]:
        """Write the products; returns what became of each, and the local ids by shop id."""
        changes = [change for change in step.changes if isinstance(change, Create | Update | Link | Restore)]
        written = write_products(self.run, changes)
        archive_products(self.run, of_kind(Archive, step.changes))
        refused = {failed.shop_id: failed for failed in written.refused}
        unwritten = {
            change.local_id for change in changes if not isinstance(change, Create) and change.product.id in refused
        }
        write_drifts(self.run, [drift for drift in step.drifts if drift.local_id not in unwritten])
        diary.forget_undone(self.run, [change.product.id for change in changes if change.product.id in self._undone])
        if not refused:
            return step.changes, written.local_ids
        return [refused.get(shop_id_of(change), change) for change in step.changes], written.local_ids

    def _count_read(self, shop_ids: Sequence[int]) -> int:
        """How many distinct products are read with these; they count for good once the step is kept."""
        if self._read is None:
            self._read = diary.read_so_far(self.run)
        self._newly_read = frozenset(shop_ids) - self._read
        return len(self._read) + len(self._newly_read)
