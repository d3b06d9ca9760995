"""A shop and a catalogue that are changed at random and synced, with crashes: whatever happens, these things hold.

After a sync during which the shop was quiet
1. the books balance, and the run found exactly the shop's products;
2. every product that is here is as the shop shows it, and every product of the shop is here or held;
3. every hold's reason is still true, and the plan's limit was not passed by the sync;
4. nothing that exists in the shop is archived, and nothing that is gone is live (first matches);
5. duplicates, unlinked products, notes and own costs are exactly as the merchant left them;
6. another sync finds nothing to do and writes nothing.

A store joins by subclassing ``RandomSyncs`` with a ``make_bench``. These bugs were planted and each is caught: the
digest written before the fields; ``unseen`` naming duplicates; archiving without a look-up; the look-up's cursor not
moving on; room not counted down within a page; restore ignoring the limit; ``held`` rows not replaced; variants
matched by position; a crash that keeps half a step; a removed variant never shown again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.catalogue_contract import Kept, Workbench
from contracts.simulated_shop import Simulated
from shopsim.catalog import Product as SimulatedProduct
from shopsync.changes import HoldReason, Tally
from shopsync.ports import Catalogue, Source
from shopsync.run import sync
from shopsync.values import ShopProduct

SKUS = ["A", "B", "a", ""]
SIZES = ["S", "M", "L", "XL"]
PAGE = 3


class Crash(Exception):
    """The process ends here."""


class Crashing:
    """A source or catalogue whose n-th use ends the process, before or after it took effect."""

    def __init__(self, inner: Any, uses: int, *, after: bool) -> None:
        self._inner, self._left, self._after = inner, uses, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name == "step":
            return lambda: self._step(method)
        return lambda *arguments: self._used(lambda: method(*arguments))

    @contextmanager
    def _step(self, step: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        with step():
            yield
        self._used(lambda: None)

    def _used(self, use: Callable[[], Any]) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Crash
        result = use()
        if self._left == 0:
            raise Crash
        return result


class Shown(NamedTuple):
    """What must agree between a shop product and a live local one, read from either side."""

    title: str
    html: str
    status: str
    tags: frozenset[str]
    variants: tuple[tuple[int, str, str | None, str], ...]


def shown_there(product: SimulatedProduct) -> Shown:
    """A product as the simulator keeps it; nothing of the engine takes part."""
    variants = tuple((v.id, " / ".join(v.option_values), v.sku, v.price) for v in product.variants)
    return Shown(product.title, product.description_html, product.status.lower(), frozenset(product.tags), variants)


def shown_here(kept: Kept) -> Shown:
    """A product as the catalogue keeps it."""
    live = sorted((v.variant for v in kept.variants if not v.removed), key=lambda variant: variant.position)
    variants = tuple((v.id, v.title, v.sku, f"{v.price:.2f}") for v in live)
    product = kept.product
    return Shown(product.title, product.description_html, str(product.status), frozenset(product.tags), variants)


class RandomSyncs(RuleBasedStateMachine):
    """The machine. Each rule is something a merchant, a plan or bad luck does."""

    @staticmethod
    def make_bench() -> Workbench:
        """A fresh, empty catalogue."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.there = Simulated(throttled=False)
        self.bench = self.make_bench()
        self.limit: int | None = None
        self.ignored: set[int] = set()
        self.notes: dict[int, str] = {}
        self.own_costs: dict[int, Decimal] = {}
        self.by_hand: dict[int, Kept] = {}
        self.deleted: list[SimulatedProduct] = []
        self.edits = 0
        self.resumable = False

    # Choosing

    def _pick(self, number: int) -> SimulatedProduct:
        products = list(self.there.shop.products.values())
        return products[number % len(products)]

    def _has_products(self) -> bool:
        return bool(self.there.shop.products)

    @initialize(count=st.integers(0, 7))
    def open_the_shop(self, count: int) -> None:
        for number in range(count):
            self.put(1 + number % 3, SKUS[number % 4])

    # What happens in the shop

    @rule(variants=st.integers(1, 3), sku=st.sampled_from(SKUS))
    def put(self, variants: int, sku: str) -> None:
        rows = [{"option_values": [size], "sku": sku and f"{sku}{size}"} for size in SIZES[:variants]]
        self.edits += 1
        title = f"Product {self.edits}"
        self.there.shop.add_product(title, options=[("Size", SIZES[:variants])], variants=rows, price="10.00")

    @precondition(_has_products)
    @rule(number=st.integers(0, 99), what=st.sampled_from(["title", "html", "tags", "status", "price", "stock"]))
    def change(self, number: int, what: str) -> None:
        product, self.edits = self._pick(number), self.edits + 1
        shop, variant = self.there.shop, product.variants[number % len(product.variants)]
        match what:
            case "title":
                shop.rename(product.id, f"Renamed {self.edits}")
            case "html":
                shop.describe(product.id, f"<p>{self.edits}</p>")
            case "tags":
                shop.set_tags(product.id, [f"tag {self.edits % 3}", "é"])
            case "status":
                shop.set_status(product.id, ["ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"][self.edits % 4])
            case "price":
                shop.set_price(variant.id, f"{self.edits}.50")
            case "stock":
                shop.adjust_stock(variant.id, -1)

    @precondition(_has_products)
    @rule(number=st.integers(0, 99))
    def add_a_variant(self, number: int) -> None:
        product = self._pick(number)
        used = {variant.option_values[0] for variant in product.variants}
        for size in [size for size in SIZES if size not in used][:1]:
            self.there.shop.add_variant(product.id, [size], sku=f"N{size}", price="3.00")

    @precondition(_has_products)
    @rule(number=st.integers(0, 99), again=st.booleans())
    def remove_a_variant_and_perhaps_make_it_anew(self, number: int, again: bool) -> None:
        product = self._pick(number)
        variant = product.variants[number % len(product.variants)]
        if len(product.variants) > 1:
            self.there.shop.remove_variant(variant.id)
            if again:
                self.there.shop.add_variant(product.id, variant.option_values, sku=variant.sku, price=variant.price)

    @precondition(_has_products)
    @rule(number=st.integers(0, 99), again=st.booleans())
    def delete_and_perhaps_create_again_with_the_same_sku(self, number: int, again: bool) -> None:
        product = self._pick(number)
        self.there.shop.delete(product.id)
        self.deleted.append(product)
        if again:
            self.put(len(product.variants), SKUS[0])

    @precondition(lambda self: bool(self.deleted))
    @rule()
    def bring_back(self) -> None:
        self.there.shop.bring_back(self.deleted.pop())

    # What happens in the catalogue

    @precondition(lambda self: bool(self.bench.products()))
    @rule(number=st.integers(0, 99), linked=st.booleans(), archived=st.booleans())
    def copy_a_product_by_hand(self, number: int, linked: bool, archived: bool) -> None:
        kept = self.bench.products()
        original = kept[number % len(kept)]
        if original.shop_id is None:
            return
        variants = tuple(v.variant for v in original.variants)
        product = ShopProduct(id=original.shop_id, title="A copy", variants=variants)
        copy = self.bench.add(product, linked=linked, archived=archived, notes="copied")
        self.by_hand[copy] = self.bench.products()[-1]

    @precondition(lambda self: bool(self.bench.products()))
    @rule(number=st.integers(0, 99))
    def edit_a_product_by_hand(self, number: int) -> None:
        kept = self.bench.products()
        product, self.edits = kept[number % len(kept)], self.edits + 1
        self.bench.edit(product.id, notes=f"note {self.edits}", own_cost=Decimal(self.edits))
        after = next(k for k in self.bench.products() if k.id == product.id)
        if product.id in self.by_hand:
            self.by_hand[product.id] = after
        self.notes[product.id] = after.notes
        self.own_costs |= {variant.id: Decimal(self.edits) for variant in after.variants}

    @precondition(_has_products)
    @rule(number=st.integers(0, 99))
    def ignore(self, number: int) -> None:
        # Only what is not here is ignored: the product that is here is deleted first, which is another story.
        shop_id = self._pick(number).id
        if shop_id not in {kept.shop_id for kept in self.bench.products()}:
            self.ignored.add(shop_id)
            self.bench.ignore(shop_id)

    @rule(limit=st.none() | st.integers(0, 6))
    def change_the_plan(self, limit: int | None) -> None:
        self.limit = limit
        self.bench.set_limit(limit)

    # Syncing

    def _source(self) -> Source:
        return self.there.source(products=PAGE)

    @rule(uses=st.integers(1, 40), after=st.booleans(), in_source=st.booleans())
    def sync_until_a_crash(self, uses: int, after: bool, in_source: bool) -> None:
        catalogue = self.bench.resumed() if self.resumable else self.bench.new_run()
        source: Any = self._source()
        if in_source:
            source = Crashing(source, 1 + uses % 5, after=after)
        else:
            catalogue = Crashing(catalogue, uses, after=after)  # type: ignore[assignment]
        self.resumable = not self._finishes(source, catalogue)

    def _finishes(self, source: Source, catalogue: Catalogue) -> bool:
        try:
            sync(source, catalogue)
        except Crash:
            return False
        return True

    @precondition(lambda self: self.resumable)
    @rule()
    def take_the_run_up_again(self) -> None:
        sync(self._source(), self.bench.resumed())
        self.resumable = False
        assert self.bench.tally().accounted == self.bench.tally().found

    @rule()
    def sync_in_peace(self) -> None:
        # The state before is what limits and duplicates are judged by.
        before = self.bench.products()
        self.resumable = False
        sync(self._source(), self.bench.new_run())
        self._agree(before, self.bench.products(), self.bench.tally())
        self._second_sync_does_nothing()

    # What holds

    def _agree(self, before: Any, after: Any, tally: Tally) -> None:
        there = self.there.shop.products
        carriers: dict[int, list[Kept]] = defaultdict(list)
        for kept in after:
            if kept.shop_id is not None:
                carriers[kept.shop_id].append(kept)
        first = {shop_id: kept[0] for shop_id, kept in carriers.items()}
        live = {shop_id: kept for shop_id, kept in first.items() if not kept.archived}

        assert tally.found == len(there) == tally.accounted
        for shop_id, kept in live.items():
            assert shown_here(kept) == shown_there(there[shop_id])
        self._holds_are_true(set(there) - set(live), after, tally)
        room_before = sum(not kept.archived for kept in before)
        assert self.limit is None or self._living(after) <= max(self.limit, room_before)
        expected = {shop_id for shop_id, kept in carriers.items() if len(kept) > 1} & set(there)
        assert {duplicate.shop_id for duplicate in self.bench.duplicates()} == expected

    def _holds_are_true(self, absent: set[int], after: Any, tally: Tally) -> None:
        ignored = absent & self.ignored
        waiting = absent - ignored
        held = {HoldReason.IGNORED.value: len(ignored), HoldReason.PLAN_LIMIT.value: len(waiting)}
        assert tally.held == {reason: count for reason, count in held.items() if count}
        if waiting:
            assert self.limit is not None
            assert self._living(after) >= self.limit

    def _living(self, products: Any) -> int:
        return sum(not kept.archived for kept in products)

    def _second_sync_does_nothing(self) -> None:
        before, held = self.bench.products(), self.bench.tally().held
        sync(self._source(), self.bench.new_run())
        tally = self.bench.tally()
        assert tally == Tally(
            found=tally.found,
            unchanged=tally.found - sum(held.values()),
            held=held,
            duplicates=tally.duplicates,
        )
        assert self.bench.products() == before

    @invariant()
    def what_the_merchant_keeps_here_is_untouched(self) -> None:
        products = {kept.id: kept for kept in self.bench.products()}
        firsts: set[int] = set()
        seen: set[int] = set()
        for kept in products.values():
            if kept.shop_id is not None and kept.shop_id not in seen:
                seen.add(kept.shop_id)
                firsts.add(kept.id)
        for local_id, kept in self.by_hand.items():
            if local_id not in firsts:
                assert products[local_id] == kept
        for local_id, notes in self.notes.items():
            assert products[local_id].notes == notes
        costs = {variant.id: variant.own_cost for kept in products.values() for variant in kept.variants}
        assert {variant_id: costs[variant_id] for variant_id in self.own_costs} == self.own_costs

    @invariant()
    def the_sync_never_makes_a_duplicate(self) -> None:
        made: dict[int, int] = defaultdict(int)
        for kept in self.bench.products():
            if kept.shop_id is not None and kept.id not in self.by_hand:
                made[kept.shop_id] += 1
        assert all(count == 1 for count in made.values())
