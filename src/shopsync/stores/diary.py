"""The diary of a catalogue in memory: a run begins, does something about each product, and is looked at afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Self

from shopsync.changes import (
    Archive,
    Change,
    Create,
    Duplicate,
    Failed,
    Hold,
    Link,
    Planned,
    Restore,
    Tally,
    Unchanged,
    Update,
)
from shopsync.errors import Cancelled, RunLost
from shopsync.ports import Phase, Progress
from shopsync.route import Way, next_since
from shopsync.stores.shelf import Shelf, State


class Diary(Shelf):
    """One connection's products and what its current run says of them."""

    def new_run(self) -> None:
        """Begin a run: an empty diary, from the first page."""
        kept = self._state
        self._state = State(
            products=kept.products,
            choices=kept.choices,
            left_out=kept.left_out | kept.left_out_now,
            since=kept.since,
            whole_read=kept.whole_read,
        )
        self._stopped_by = None

    def preview(self) -> Self:
        """A copy with a run that reads the whole shop: what it does there is what a run here would do."""
        copy = type(self)(limit=self.limit, sanitise=self._sanitise, clock=self._clock)
        copy.rules, copy.exceptions = self.rules, self.exceptions
        copy._state, copy._ids = self._state.copy(), count(next(self._ids))
        copy.new_run()
        copy.wanted = True
        return copy

    def plan(self) -> list[Planned]:
        """What the run has set aside, by rising shop id; what is left at its end needs a person's confirmation."""
        return [self._state.planned[shop_id] for shop_id in sorted(self._state.planned)]

    def approve(self) -> None:
        """Begin the run that carries out what the last one left set aside, and nothing else."""
        plan = self._state.planned
        self.new_run()
        self._state.planned = plan
        self._state.progress = Progress(Phase.CONFIRMED)

    def follow(self, *shop_ids: int) -> None:
        """Begin a run that only follows hints of these products."""
        self.new_run()
        self._state.hints = frozenset(shop_ids)
        self._state.progress = Progress(Phase.HINTS, total=len(self._state.hints))

    def cancel(self) -> None:
        """Ask the run to stop: the next step raises Cancelled."""
        self._stopped_by = Cancelled

    def lose(self) -> None:
        """Let another worker own the run: the next step raises RunLost."""
        self._stopped_by = RunLost

    def way(self) -> Way | None:
        """The route that the run took last."""
        return self._state.way

    def outcomes(self) -> Mapping[int, Change]:
        """What the run did about each shop product it met, by shop id."""
        return dict(self._state.outcomes)

    def duplicates(self) -> list[Duplicate]:
        """The local duplicates the run warns of, by rising shop id."""
        return [self._state.duplicates[shop_id] for shop_id in sorted(self._state.duplicates)]

    def tally(self) -> Tally:
        """What the run did, counted from its rows."""
        outcomes = list(self._state.outcomes.values())
        kinds = Counter(type(outcome) for outcome in outcomes)
        return Tally(
            found=len(self._state.read),
            created=kinds[Create],
            updated=kinds[Update],
            linked=kinds[Link],
            restored=kinds[Restore],
            archived=kinds[Archive],
            unchanged=kinds[Unchanged],
            failed=kinds[Failed],
            held=dict(Counter(str(outcome.reason) for outcome in outcomes if isinstance(outcome, Hold))),
            duplicates=len(self._state.duplicates),
        )

    def _begin(self, way: Way) -> None:
        self._state.way = way
        self._state.started = self._state.started or (self._clock() if self._clock else None)
        if way.whole:
            self._state.left_out_now = {}

    def _remember(self) -> None:
        """The run came to its end: the next one begins from what it saw, unless the guard stopped a part of it."""
        state = self._state
        if state.way is None or state.started is None or state.planned:
            return
        if state.newest:
            since = next_since(state.newest, state.started)
            state.since = max(since, state.since or since)
        if state.way.whole:
            state.whole_read, self.wanted = state.started, False
            state.left_out = {}
