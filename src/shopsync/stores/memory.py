"""A catalogue in memory: for trying the engine, for tests, and as the plainest reading of the Catalogue contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

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
    Unchanged,
    Update,
    VariantPlan,
    shop_id_of,
)
from shopsync.errors import Cancelled
from shopsync.guard import Part, Weight, part_of
from shopsync.match import fold
from shopsync.policy import Policy
from shopsync.ports import Local, Phase, Progress, Standing, Step, Stored, StoredVariant
from shopsync.route import Past
from shopsync.stores.diary import Diary
from shopsync.stores.shelf import MemoryProduct, MemoryVariant, without_variants
from shopsync.values import ShopProduct


class MemoryCatalogue(Diary):
    """One connection's products and the diary of its current run. Implements ``shopsync.ports.Catalogue``."""

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
        products = self._state.products
        return {local_id: _stored(products[local_id]) for local_id in local_ids if local_id in products}

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
        self._state.outcomes |= {shop_id: Unchanged(shop_id) for shop_id in step.unchanged}
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
                kept = without_variants(product)
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


def _skus(product: MemoryProduct) -> set[str]:
    """The SKUs of the variants that are shown."""
    return {kept.variant.sku for kept in product.variants if kept.variant.sku and not kept.removed}


def _local(product: MemoryProduct, shop_id: int | None) -> Local:
    assert shop_id is not None
    return Local(product.id, shop_id, product.digest, product.archived, product.product.title)


def _stored(product: MemoryProduct) -> Stored:
    variants = tuple(StoredVariant(variant.id, variant.variant, variant.removed) for variant in product.variants)
    return Stored(product.id, product.product, variants, product.drift, product.shop_id)
