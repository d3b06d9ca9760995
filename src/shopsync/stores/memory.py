"""A catalogue in memory: for trying the engine, for tests, and as the plainest reading of the Catalogue contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec

from shopsync.changes import (
    Archive,
    Change,
    Choice,
    Create,
    Duplicate,
    Failed,
    Hold,
    HoldReason,
    Link,
    Planned,
    Restore,
    Tally,
    Unchanged,
    Update,
    VariantPlan,
    shop_id_of,
)
from shopsync.errors import Cancelled, RunLost
from shopsync.guard import Part, Weight, part_of
from shopsync.match import fold
from shopsync.policy import Policy, Rule
from shopsync.ports import Local, Phase, Progress, Standing, Step, Stored, StoredVariant
from shopsync.route import Past, Way, next_since
from shopsync.values import ShopProduct, ShopVariant


class MemoryVariant(msgspec.Struct, frozen=True):
    """A variant as kept here; ``local`` is what the merchant keeps only in the catalogue, such as the own cost."""

    id: int
    variant: ShopVariant
    removed: bool = False
    local: Mapping[str, Any] = {}


class MemoryProduct(msgspec.Struct, frozen=True):
    """A product as kept here. ``shop_id`` is None while it is not linked; ``product.variants`` is empty."""

    id: int
    product: ShopProduct
    variants: tuple[MemoryVariant, ...] = ()
    shop_id: int | None = None
    digest: bytes | None = None
    archived: bool = False
    local: Mapping[str, Any] = {}
    drift: Mapping[str, Any] = {}


class _State(msgspec.Struct):
    """All that a transaction covers. The values inside are immutable, so a shallow copy is a snapshot."""

    products: dict[int, MemoryProduct] = {}
    choices: dict[int, Choice] = {}
    progress: Progress = Progress()
    read: set[int] = set()
    outcomes: dict[int, Change] = {}
    duplicates: dict[int, Duplicate] = {}
    planned: dict[int, Planned] = {}
    hints: frozenset[int] = frozenset()
    left_out: dict[int, HoldReason | None] = {}
    left_out_now: dict[int, HoldReason | None] = {}
    way: Way | None = None
    started: datetime | None = None
    newest: datetime | None = None
    since: datetime | None = None
    whole_read: datetime | None = None

    def copy(self) -> _State:
        return msgspec.structs.replace(
            self,
            products=dict(self.products),
            choices=dict(self.choices),
            read=set(self.read),
            outcomes=dict(self.outcomes),
            duplicates=dict(self.duplicates),
            left_out=dict(self.left_out),
            left_out_now=dict(self.left_out_now),
            planned=dict(self.planned),
        )


class MemoryCatalogue:
    """One connection's products and the diary of its current run. Implements ``shopsync.ports.Catalogue``.

    ``limit`` is how many live products the plan holds (None: any number); ``sanitise`` makes a description safe.
    Without a ``clock`` every run reads the whole shop, as nothing can be said of when an earlier one did.
    """

    def __init__(
        self,
        *,
        limit: int | None = None,
        sanitise: Callable[[str], str] = str,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.limit = limit
        self.wanted = False
        self.rules: dict[str, Rule] = {}
        self.exceptions: dict[int, dict[str, Rule]] = {}
        self._sanitise = sanitise
        self._clock = clock
        self._state = _State()
        self._ids = count(1)
        self._in_step = False
        self._stopped_by: type[Cancelled] | type[RunLost] | None = None

    # What the merchant does

    def add(
        self,
        product: ShopProduct,
        *,
        linked: bool = True,
        digest: bytes | None = None,
        archived: bool = False,
        local: Mapping[str, Any] | None = None,
        variants_local: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> int:
        """Put a product into the catalogue by hand, beside any that are already there; returns its local id.

        ``local`` and, by Shopify variant id, ``variants_local`` are what only the catalogue keeps.
        """
        added = MemoryProduct(
            id=next(self._ids),
            product=_without_variants(product),
            variants=tuple(self._new_variants(product.variants, variants_local or {})),
            shop_id=product.id if linked else None,
            digest=digest,
            archived=archived,
            local=local or {},
        )
        self._state.products[added.id] = added
        return added.id

    def edit(self, local_id: int, **local: Any) -> None:
        """Change fields that only the catalogue keeps."""
        self._change(local_id, local={**self._state.products[local_id].local, **local})

    def edit_variant(self, local_id: int, variant_id: int, **local: Any) -> None:
        """Change fields of a variant that only the catalogue keeps."""
        edited = tuple(
            msgspec.structs.replace(variant, local={**variant.local, **local}) if variant.id == variant_id else variant
            for variant in self._state.products[local_id].variants
        )
        self._change(local_id, variants=edited)

    def remove(self, local_id: int) -> None:
        """Take a product out of the catalogue."""
        del self._state.products[local_id]

    def choose(self, shop_id: int, choice: Choice) -> None:
        """What is to become of a shop product that is not here: leave it out, link it, or import it as new."""
        self._state.choices[shop_id] = choice
        self.wanted = True

    def leave_out(self, shop_id: int) -> None:
        """Give up the place of a shop product: what is here of it is archived, and syncs leave it out."""
        for product in self._first_matches():
            if product.shop_id == shop_id:
                self._change(product.id, archived=True)
        self.choose(shop_id, Choice(left_out=True))

    def take_in(self, shop_id: int) -> None:
        """Let what was left out come in again."""
        self._state.choices.pop(shop_id, None)
        self.wanted = True

    def set_rule(self, field: str, rule: Rule, local_id: int | None = None) -> None:
        """Who decides about a field: of every product, or of one. What it touches is compared anew by the next run."""
        rules = self.rules if local_id is None else self.exceptions.setdefault(local_id, {})
        rules[field] = rule
        for product in self.products() if local_id is None else [self._state.products[local_id]]:
            self._change(product.id, digest=None)

    def products(self) -> list[MemoryProduct]:
        """Every product, lowest id first."""
        return [self._state.products[local_id] for local_id in sorted(self._state.products)]

    # The run and its diary

    def new_run(self) -> None:
        """Begin a run: an empty diary, from the first page."""
        kept = self._state
        self._state = _State(
            products=kept.products,
            choices=kept.choices,
            left_out=kept.left_out | kept.left_out_now,
            since=kept.since,
            whole_read=kept.whole_read,
        )
        self._stopped_by = None

    def preview(self) -> MemoryCatalogue:
        """A copy with a run that reads the whole shop: what it does there is what a run here would do."""
        copy = MemoryCatalogue(limit=self.limit, sanitise=self._sanitise, clock=self._clock)
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

    # The Catalogue port

    def progress(self) -> Progress:
        """Where the run stands."""
        return self._state.progress

    def past(self) -> Past:
        """What earlier runs left behind."""
        if self._clock is None:
            return Past(now=datetime.now(UTC))
        state = self._state
        room = self.room()
        everyone = state.left_out | state.left_out_now
        reasons = {shop_id: everyone[shop_id] for shop_id in self._absent()}
        ignored = {shop_id for shop_id, choice in state.choices.items() if choice.ignore}
        waiting = {shop_id for shop_id, reason in reasons.items() if reason is HoldReason.PLAN_LIMIT} - ignored
        back = {shop_id for shop_id, reason in reasons.items() if reason is HoldReason.IGNORED} - ignored
        return Past(
            now=self._clock(),
            since=state.since,
            whole_read=state.whole_read,
            wanted=(self.wanted and state.whole_read is not None)
            or bool(back)
            or HoldReason.NEEDS_DECISION in reasons.values()
            or self._never_written(),
            room=(room is None or room > 0) and bool(waiting),
        )

    def standing(self) -> Standing:
        """What the shop should hold by what is known here."""
        there = self._live() | self._absent()
        carriers: dict[int, list[MemoryProduct]] = {}
        for product in self.products():
            if product.shop_id in there and product.shop_id is not None:
                carriers.setdefault(product.shop_id, []).append(product)
        copies = [
            Duplicate(shop_id, first.product.title, first.id, tuple(copy.id for copy in copies))
            for shop_id, (first, *copies) in sorted(carriers.items())
            if copies
        ]
        return Standing(len(there), tuple(copies))

    def _live(self) -> set[int]:
        return {product.shop_id for product in self._first_matches() if not product.archived and product.shop_id}

    def _never_written(self) -> bool:
        """Whether a live first match holds what no sync wrote, such as a copy that a person linked."""
        return any(product.digest is None and not product.archived for product in self._first_matches())

    def _absent(self) -> set[int]:
        return {*self._state.left_out, *self._state.left_out_now} - self._live()

    @contextmanager
    def step(self) -> Iterator[None]:
        """One transaction: an exception puts everything back."""
        if self._stopped_by:
            raise self._stopped_by("The run was stopped." if self._stopped_by is Cancelled else "The run moved on.")
        before, self._state = self._state, self._state.copy()
        self._in_step = True
        try:
            yield
        except BaseException:
            self._state = before
            raise
        finally:
            self._in_step = False

    def known(self, shop_ids: Sequence[int]) -> Sequence[Local]:
        """Every local product that carries one of these ids, lowest id first."""
        wanted = set(shop_ids)
        return [_local(product, product.shop_id) for product in self.products() if product.shop_id in wanted]

    def choices(self, shop_ids: Sequence[int]) -> Mapping[int, Choice]:
        """What a person chose."""
        chosen = {shop_id: self._state.choices[shop_id] for shop_id in shop_ids if shop_id in self._state.choices}
        free = {product.id for product in self._unlinked()}
        return {shop_id: choice for shop_id, choice in chosen.items() if choice.link_to in (None, *free)}

    def candidates(self, skus: Collection[str]) -> Mapping[int, Collection[str]]:
        """Live unlinked products that share a SKU."""
        wanted = {fold(sku) for sku in skus} - {""}
        found = {product.id: _skus(product) for product in self._unlinked()}
        return {local_id: own for local_id, own in found.items() if wanted & {fold(sku) for sku in own}}

    def bearers(self, skus: Collection[str]) -> Mapping[int, Collection[str]]:
        """Shop products that carry one of these SKUs."""
        wanted = {fold(sku) for sku in skus} - {""}
        borne = {
            product.shop_id: _skus(product)
            for product in self._first_matches()
            if product.shop_id is not None and not product.archived
        }
        borne |= {row.shop_id: set(row.skus) for row in self._state.outcomes.values() if isinstance(row, Hold)}
        return {shop_id: own for shop_id, own in borne.items() if wanted & {fold(sku) for sku in own}}

    def stored(self, local_ids: Sequence[int]) -> Mapping[int, Stored]:
        """What was last written."""
        return {local_id: _stored(self._state.products[local_id]) for local_id in local_ids}

    def policies(self, local_ids: Sequence[int]) -> Mapping[int, Policy]:
        """The rules for fields."""
        rules = {local_id: {**self.rules, **self.exceptions.get(local_id, {})} for local_id in local_ids}
        return {local_id: policy for local_id, policy in rules.items() if policy}

    def room(self) -> int | None:
        """How many more live products the plan holds."""
        if self.limit is None:
            return None
        return self.limit - sum(not product.archived for product in self._state.products.values())

    def as_stored(self, product: ShopProduct) -> ShopProduct:
        """The product with its description made safe."""
        return msgspec.structs.replace(product, description_html=self._sanitise(product.description_html))

    def unseen(self, after: int, limit: int) -> Sequence[Local]:
        """Live first matches that no read of this run has named."""
        unseen = [
            _local(product, product.shop_id)
            for product in self._first_matches()
            if product.id > after and not product.archived and product.shop_id not in self._state.read
        ]
        return unseen[:limit]

    def held(self, reason: HoldReason, after: int, limit: int) -> Sequence[int]:
        """Shop ids held for this reason."""
        held = (row.shop_id for row in self._state.outcomes.values() if isinstance(row, Hold) and row.reason == reason)
        return sorted(shop_id for shop_id in held if shop_id > after)[:limit]

    def weight(self) -> Weight:
        """What the run has set aside, against the live first matches it did not add itself."""
        added = {shop_id for shop_id, row in self._state.outcomes.items() if isinstance(row, Create | Link | Restore)}
        live = {product.shop_id for product in self._first_matches() if not product.archived}
        parts = Counter(map(part_of, self._state.planned.values()))
        return Weight(len(live - added), parts[Part.ARCHIVES], parts[Part.UPDATES])

    def planned(self, parts: Collection[Part], after: int, limit: int) -> Sequence[Planned]:
        """What the run has set aside in these parts."""
        return [change for change in self.plan() if change.shop_id > after and part_of(change) in parts][:limit]

    def hinted(self, after: int, limit: int) -> Sequence[int]:
        """Shop ids of the run's hints."""
        return sorted(shop_id for shop_id in self._state.hints if shop_id > after)[:limit]

    def write(self, step: Step) -> None:
        """Write the changes, their rows and the progress; only inside ``step()``."""
        if not self._in_step:
            raise RuntimeError("write() belongs inside step()")
        for change in step.changes:
            self._apply(change)
            self._state.outcomes[shop_id_of(change)] = change
        for drift in step.drifts:
            self._change(drift.local_id, drift=drift.values, digest=drift.digest)
        self._state.duplicates |= {duplicate.shop_id: duplicate for duplicate in step.duplicates}
        self._state.read |= set(step.read)
        self._state.planned |= {change.shop_id: change for change in step.planned}
        for shop_id in step.settled:
            self._state.planned.pop(shop_id, None)
        for change in step.changes:
            if isinstance(change, Hold | Failed):
                self._state.left_out_now[change.shop_id] = change.reason if isinstance(change, Hold) else None
        self._state.newest = max((at for at in (self._state.newest, step.newest) if at), default=None)
        self._state.progress = step.progress
        if step.way:
            self._begin(step.way)
        if step.progress.phase is Phase.DONE:
            self._remember()

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
            state.since = next_since(state.newest, state.started)
        if state.way.whole:
            state.whole_read, self.wanted = state.started, False
            state.left_out = {}

    def _first_matches(self) -> list[MemoryProduct]:
        """Of the products that carry a Shopify id the first of each, lowest id first."""
        first = {product.shop_id: product for product in reversed(self.products()) if product.shop_id is not None}
        return sorted(first.values(), key=lambda product: product.id)

    def _unlinked(self) -> list[MemoryProduct]:
        return [product for product in self.products() if product.shop_id is None and not product.archived]

    def _apply(self, change: Change) -> None:
        match change:
            case Create(product, digest):
                self.add(product, digest=digest)
            case (
                Update(local_id, product, digest, _, plan)
                | Link(local_id, product, digest, _, plan)
                | Restore(local_id, product, digest, _, plan)
            ):
                variants = self._written(self._state.products[local_id].variants, plan)
                kept = _without_variants(product)
                fields = {"product": kept, "shop_id": product.id, "digest": digest, "variants": variants}
                self._change(local_id, archived=False, **fields)
            case Archive(local_id):
                self._change(local_id, archived=True)

    def _written(self, kept: Sequence[MemoryVariant], plan: VariantPlan) -> tuple[MemoryVariant, ...]:
        changed = dict(plan.changed)
        variants: list[MemoryVariant] = []
        for variant in kept:
            if variant.id in changed:
                variants.append(msgspec.structs.replace(variant, variant=changed[variant.id], removed=False))
            elif variant.id in plan.removed:
                variants.append(msgspec.structs.replace(variant, removed=True))
            else:
                variants.append(variant)
        return (*variants, *self._new_variants(plan.added, {}))

    def _new_variants(
        self, variants: Sequence[ShopVariant], local: Mapping[int, Mapping[str, Any]]
    ) -> Iterator[MemoryVariant]:
        return (MemoryVariant(next(self._ids), variant, local=local.get(variant.id, {})) for variant in variants)

    def _change(self, local_id: int, **fields: Any) -> None:
        self._state.products[local_id] = msgspec.structs.replace(self._state.products[local_id], **fields)


def _skus(product: MemoryProduct) -> set[str]:
    """The SKUs of the variants that are shown."""
    return {kept.variant.sku for kept in product.variants if kept.variant.sku and not kept.removed}


def _without_variants(product: ShopProduct) -> ShopProduct:
    return msgspec.structs.replace(product, variants=())


def _local(product: MemoryProduct, shop_id: int | None) -> Local:
    assert shop_id is not None
    return Local(product.id, shop_id, product.digest, product.archived, product.product.title)


def _stored(product: MemoryProduct) -> Stored:
    variants = tuple(StoredVariant(variant.id, variant.variant, variant.removed) for variant in product.variants)
    return Stored(product.id, product.product, variants, product.drift)
