"""A shop and a catalogue that are changed at random and synced, with crashes: whatever happens, these things hold.

After a sync during which the shop was quiet
1. the books balance, and the run found exactly the shop's products;
2. every product that is here is as the shop shows it, but for fields that are kept, whose drift is what the shop
   shows, and every product of the shop is here or held;
3. every hold's reason is still true: ignored, left out, no room, an own product that may be the same, stopped by the
   guard;
4. nothing that is gone from the shop is live (first matches), unless the guard stopped a plan that says so and is big
   enough; carrying the plan out in peace leaves nothing of it, and a shop that moved on makes it stale;
5. another sync finds nothing to do and writes nothing;
all of it also when the run read changes only, though it then finds the changed products alone.

And after every sync, quiet or crashed
6. nothing was archived that exists in the shop, and the plan's limit was not passed;
7. duplicates, unlinked products, notes and own costs are exactly as the merchant left them, unless an unlinked product
   was linked, which keeps its notes and costs; it was by a person's choice or shares an exact SKU with that shop
   product, and nothing else, here or there, shares one with either;
8. no product is here twice that a person did not copy;
9. a preview writes to no product, and a sync that follows it at once does exactly what it says;
10. a run that follows hints brings exactly the named products up to date, and archives only what is gone.

Every other seed reads the whole shop in bulk, and knows what is written as at the last whole read.

A store joins by walking ``RandomSyncs(its bench, seed)``; a failure names the seed and every step.

These bugs were planted, one at a time, and the walk in memory caught each: an update that keeps the digest but not the
fields; ``unseen`` naming duplicates; archiving without a look-up; room not counted down within a page; a restore that
ignores the limit; held rows that are not replaced; variants matched by position; a removed variant never shown again;
the last match instead of the first; no second look; an archived product never restored; linking while the shop is
still being read; a case twin taken for the same SKU; a second shop product with the SKU not looked for; texts told by
their first half, or not at all; a familiar product taken for unchanged though the one here is archived or was written
otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import msgspec

from contracts.catalogue_contract import Kept, Workbench
from contracts.simulated_shop import MemoryKeeper, Simulated
from shopsim.catalog import Product as SimulatedProduct
from shopsim.catalog import Variant as SimulatedVariant
from shopsync.changes import Choice, HoldReason, Planned, Tally
from shopsync.errors import PlanStale
from shopsync.policy import Rule
from shopsync.ports import Catalogue, Source
from shopsync.route import Route, Way
from shopsync.run import sync
from shopsync.shopify.pages import ShopifySource
from shopsync.values import ShopProduct, ShopVariant

SKUS = ["A", "B", "a", ""]
SIZES = ["S", "M", "L", "XL"]
PAGE = 3
LONGEST_LIST = 7
MOST_PRODUCTS = 16
MOST_COPIES = 6
# Seconds; less than the overlap that the engine allows for it.
LAG = 500


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


class InBulk(ShopifySource):
    """Reads even a small shop in bulk, where it reads it whole."""

    def start(self, way: Way) -> str | None:
        """The cursor of the route's first page."""
        return super().start(msgspec.structs.replace(way, route=Route.BULK) if way.whole else way)


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


def fold(sku: str) -> str:
    """A SKU without regard to letter case and surrounding spaces."""
    return sku.strip().lower()


def folded(skus: Iterable[str]) -> set[str]:
    """The same, for several."""
    return {fold(sku) for sku in skus}


def skus_there(product: SimulatedProduct) -> set[str]:
    """The SKUs of a shop product."""
    return {variant.sku for variant in product.variants if variant.sku}


def skus_here(kept: Kept) -> set[str]:
    """The SKUs of a local product."""
    return {own.variant.sku for own in kept.variants if own.variant.sku and not own.removed}


def shown_here(kept: Kept) -> Shown:
    """A product as the catalogue keeps it."""
    live = sorted((v.variant for v in kept.variants if not v.removed), key=lambda variant: variant.position)
    variants = tuple((v.id, v.title, v.sku, f"{v.price:.2f}") for v in live)
    product = kept.product
    return Shown(product.title, product.description_html, str(product.status), frozenset(product.tags), variants)


class RandomSyncs:
    """A walk of random steps: what a merchant, a plan or bad luck does, and syncs between them."""

    def __init__(self, bench: Workbench, seed: int) -> None:
        self.random = Random(seed)
        self.seed = seed
        self.trail: list[str] = []
        self.there = Simulated(throttled=False)
        self.bench = bench
        self.bench.clock = self.there.sim.clock.now
        self.limit: int | None = None
        self.ignored: set[int] = set()
        self.left_out: set[int] = set()
        self.links: dict[int, int] = {}
        self.as_new: set[int] = set()
        self.rules: dict[tuple[str, int | None], Rule] = {}
        self.notes: dict[int, str] = {}
        self.own_costs: dict[int, Decimal] = {}
        self.by_hand: dict[int, Kept] = {}
        self.costs_there: dict[tuple[int, int], Decimal] = {}
        self.deleted: list[SimulatedProduct] = []
        self.taken_out: list[tuple[int, SimulatedVariant]] = []
        self.edits = 0
        self.resumable = False
        self.in_peace = False
        self.way: Way | None = None
        self.in_bulk = bool(seed % 2)
        self.keeper = MemoryKeeper()

    def walk(self, steps: int) -> None:
        """Take this many steps; whatever must hold after each is checked."""
        for _ in range(steps):
            name = self.random.choices(list(STEPS), list(STEPS.values()))[0]
            self.trail.append(name)
            self.edits += 1
            self.there.sim.clock.move(self.random.choice([0, 1, 60, 1_800, 3 * 3_600]))
            try:
                getattr(self, name)()
                self._what_the_merchant_keeps_here_is_untouched()
                self._the_sync_never_makes_a_duplicate()
            except Exception as error:
                error.add_note(f"seed {self.seed}, after {', '.join(self.trail)}")
                raise

    def _some_product(self) -> SimulatedProduct | None:
        products = list(self.there.shop.products.values())
        return self.random.choice(products) if products else None

    # What happens in the shop

    def put(self) -> None:
        """A new product or several, their SKUs often those of another."""
        if len(self.there.shop.products) >= MOST_PRODUCTS:
            return
        if self.random.random() < 0.6:
            self.put()
        sizes, sku = SIZES[: self.random.randint(1, 3)], self.random.choice(SKUS)
        rows = [{"option_values": [size], "sku": sku and f"{sku}{size}"} for size in sizes]
        self.there.shop.add_product(f"Product {self.edits}", options=[("Size", sizes)], variants=rows)

    def change(self) -> None:
        """An edit that shows, or one that only moves the product's date."""
        if not (product := self._some_product()):
            return
        shop, variant = self.there.shop, self.random.choice(product.variants)
        match self.random.choice(["title", "html", "tags", "status", "price", "stock"]):
            case "title":
                shop.rename(product.id, f"Renamed {self.edits}")
            case "html":
                shop.describe(product.id, f"<p>{self.edits}</p>")
            case "tags":
                shop.set_tags(product.id, self.random.sample(["é", "a", "b"], 2))
            case "status":
                shop.set_status(product.id, self.random.choice(["ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"]))
            case "price":
                shop.set_price(variant.id, f"{self.edits}.50")
            case "stock":
                shop.adjust_stock(variant.id, -1)

    def add_a_variant(self) -> None:
        """One more size."""
        if not (product := self._some_product()):
            return
        used = {variant.option_values[0] for variant in product.variants}
        for size in [size for size in SIZES if size not in used][:1]:
            self.there.shop.add_variant(product.id, [size], sku=f"N{size}", price="3.00")

    def remove_a_variant(self) -> None:
        """One size less; sometimes it is made anew, as apps do, under another id."""
        product = self._some_product()
        if not product or len(product.variants) == 1:
            return
        variant = self.random.choice(product.variants)
        self.there.shop.remove_variant(variant.id)
        # Another variant may inherit its place and cost before it returns.
        self.costs_there = {key: cost for key, cost in self.costs_there.items() if key[1] != variant.id}
        if self.random.random() < 0.5:
            self.there.shop.add_variant(product.id, variant.option_values, sku=variant.sku, price=variant.price)
        else:
            self.taken_out.append((product.id, variant))

    def delete(self) -> None:
        """A product goes; sometimes it is made anew with its SKUs, under another id."""
        if not (product := self._some_product()):
            return
        self.there.shop.delete(product.id)
        self.deleted.append(product)
        if self.random.random() < 0.3:
            sizes = [variant.option_values[0] for variant in product.variants]
            rows = [{"option_values": [v.option_values[0]], "sku": v.sku} for v in product.variants]
            self.there.shop.add_product(f"Anew {self.edits}", options=[("Size", sizes)], variants=rows)

    def accident(self) -> None:
        """Most products go at once, or all prices are wrong."""
        if self.random.random() < 0.5:
            for product in list(self.there.shop.products.values())[2:]:
                self.there.shop.delete(product.id)
                self.deleted.append(product)
        else:
            for product in self.there.shop.products.values():
                for variant in product.variants:
                    self.there.shop.set_price(variant.id, f"{1000 + self.edits}.00")

    def bring_back(self) -> None:
        """A deleted product, or a variant, is there again under its old id."""
        if self.deleted and self.random.random() < 0.5:
            product = self.deleted.pop()
            product.updated_at = self.there.sim.clock.now().replace(microsecond=0)
            self.there.shop.bring_back(product)
        elif self.taken_out:
            product_id, variant = self.taken_out.pop()
            if product_id in self.there.shop.products:
                fields = {"id": variant.id, "sku": variant.sku, "price": variant.price}
                self.there.shop.add_variant(product_id, variant.option_values, **fields)

    # What happens in the catalogue

    def copy_by_hand(self) -> None:
        """A second local product with the same Shopify id, or an unlinked copy."""
        originals = [kept for kept in self.bench.products() if kept.shop_id is not None]
        if not originals or len(self.by_hand) >= MOST_COPIES:
            return
        original = self.random.choice(originals)
        variants = tuple(kept.variant for kept in original.variants)
        product = ShopProduct(id=original.shop_id or 0, title="A copy", variants=variants)
        linked, archived = self.random.random() < 0.7, self.random.random() < 0.3
        copy = self.bench.add(product, linked=linked, archived=archived, notes="copied")
        self.by_hand[copy] = self.bench.products()[-1]

    def write_by_hand(self) -> None:
        """A product of the merchant's own, before or after the shop has one with its SKU, or nearly its SKU."""
        if len(self.by_hand) >= MOST_COPIES or len(self.there.shop.products) >= MOST_PRODUCTS:
            return
        sku = f"Own {self.edits}"
        if self.random.random() < 0.7:
            self.there.shop.add_product("Theirs", options=[("Size", ["S"])], variants=[{"sku": sku}])
        if self.random.random() < 0.2:
            self.there.shop.add_product("Another", options=[("Size", ["S"])], variants=[{"sku": sku}])
        for written in self.random.choice([[sku], [sku], [sku], [sku.lower()], [sku, f" {sku}"]]):
            variant = ShopVariant(id=0, title="Mine", sku=written)
            own = self.bench.add(
                ShopProduct(id=0, title="Mine", variants=(variant,)),
                linked=False,
                notes="mine",
                own_costs={0: Decimal(7)},
            )
            self.by_hand[own] = self.bench.products()[-1]
            self.own_costs |= {kept.id: Decimal(7) for kept in self.by_hand[own].variants}

    def edit_by_hand(self) -> None:
        """Notes and own costs."""
        if not (products := self.bench.products()):
            return
        product = self.random.choice(products)
        costs = {kept.id: Decimal(f"{self.edits}.{number}") for number, kept in enumerate(product.variants, 1)}
        self.bench.edit(product.id, notes=f"note {self.edits}", own_costs=costs)
        after = next(kept for kept in self.bench.products() if kept.id == product.id)
        if product.id in self.by_hand:
            self.by_hand[product.id] = after
        self.notes[product.id] = after.notes
        self.own_costs |= costs
        shown = {variant.id for there in self.there.shop.products.values() for variant in there.variants}
        self.costs_there = {key: cost for key, cost in self.costs_there.items() if key[0] != product.id}
        self.costs_there |= {
            (product.id, kept.variant.id): costs[kept.id] for kept in after.variants if kept.variant.id in shown
        }

    def ignore(self) -> None:
        """A shop product that is not here is to stay out."""
        product = self._some_product()
        if product and product.id not in {kept.shop_id for kept in self.bench.products()}:
            self.ignored.add(product.id)
            self.left_out.discard(product.id)
            self.links.pop(product.id, None)
            self.as_new.discard(product.id)
            self.bench.choose(product.id, Choice(ignore=True))

    def decide(self) -> None:
        """A person says which of the unlinked products a shop product is, or that it is new."""
        product = self._some_product()
        here = self.bench.products()
        if not product or product.id in self.ignored | self.left_out or product.id in {kept.shop_id for kept in here}:
            return
        free = [kept.id for kept in here if kept.shop_id is None and not kept.archived]
        target = self.random.choice([None, *free])
        self.as_new.discard(product.id)
        self.links.pop(product.id, None)
        if target is None:
            self.as_new.add(product.id)
        else:
            self.links[product.id] = target
        self.bench.choose(product.id, Choice(link_to=target))

    def leave_out(self) -> None:
        """A shop product's place is given up: what is here of it stays, archived."""
        product = self._some_product()
        if product and product.id not in self.ignored | self.as_new | set(self.links):
            self.left_out.add(product.id)
            self.bench.leave_out(product.id)

    def take_in(self) -> None:
        """One that was left out, or that nobody spoke of, is to come in."""
        choices = sorted(self.left_out)
        if choices:
            shop_id = self.random.choice(choices)
            self.left_out.discard(shop_id)
            self.bench.take_in(shop_id)

    def change_a_rule(self) -> None:
        """Titles or prices are kept from now on, or follow the shop, everywhere or for one product."""
        field, rule = self.random.choice(["title", "variant.price"]), self.random.choice([Rule.KEEP, Rule.FOLLOW])
        linked = [kept.id for kept in self.bench.products() if kept.shop_id is not None]
        local_id = self.random.choice([None, *linked])
        self.rules[field, local_id] = rule
        self.bench.set_rule(field, rule, local_id)

    def _rule(self, field: str, local_id: int) -> Rule:
        return self.rules.get((field, local_id)) or self.rules.get((field, None)) or Rule.FOLLOW

    def _is_as_shown(self, kept: Kept) -> None:
        """Here is what the shop shows, but for what is kept; where that differs, the shop's value is noted."""
        assert kept.shop_id is not None
        here, there = shown_here(kept), shown_there(self.there.shop.products[kept.shop_id])
        noted = dict(kept.drift)
        if self._rule("title", kept.id) is Rule.KEEP:
            assert noted.pop("title", here.title) == there.title
            here = here._replace(title=there.title)
        if self._rule("variant.price", kept.id) is Rule.KEEP:
            prices = {v[0]: noted.pop(f"variant.price:{v[0]}", v[3]) for v in here.variants}
            here = here._replace(variants=tuple((*v[:3], prices[v[0]]) for v in here.variants))
        assert (here, noted) == (there, {})

    def change_the_plan(self) -> None:
        """Up or down, mostly to where it pinches."""
        self.limit = self.random.choice(
            [None, max(0, self._living(self.bench.products()) + self.random.randint(-2, 3))]
        )
        self.bench.set_limit(self.limit)

    # Syncing

    def _sync(self, catalogue: Catalogue, source: Source | None = None) -> None:
        all_before = self.bench.products()
        kept_titles = {
            kept.id: kept.product.title
            for kept in self._live_firsts().values()
            if self._rule("title", kept.id) is Rule.KEEP
        }
        self.live_before = len(self._live_firsts())
        before = {kept.id for kept in all_before if not kept.archived}
        try:
            sync(source or self._source(), catalogue, self.there.wait)
            self.way = self.bench.end_run()
        finally:
            after = self.bench.products()
            lost = [kept for kept in after if kept.archived and kept.id in before]
            assert not {kept.shop_id for kept in lost} & set(self.there.shop.products)
            assert self.limit is None or self._living(after) <= max(self.limit, len(before))
            self._links_are_sure(all_before, after)
            assert kept_titles.items() <= {kept.id: kept.product.title for kept in after}.items()

    def _links_are_sure(self, before: Sequence[Kept], after: Sequence[Kept]) -> None:
        free = {kept.id: kept for kept in before if kept.shop_id is None and not kept.archived}
        linked = [kept for kept in after if kept.id in free and kept.shop_id is not None]
        for kept in linked:
            assert kept.shop_id not in self.ignored | self.left_out
            self.by_hand.pop(kept.id, None)
        # What a person said of one own product makes it no rival for another shop product.
        for kept in linked:
            if self.links.get(kept.shop_id or 0) == kept.id:
                del free[kept.id]
        for kept in linked:
            if kept.id in free:
                assert self._is_sure(self.there.shop.products[kept.shop_id or 0], free[kept.id], free)

    def _is_sure(self, product: SimulatedProduct, own: Kept, free: Mapping[int, Kept]) -> bool:
        """Whether they share a SKU exactly as written, and nothing else, here or there, shares one with either."""
        theirs, ours = skus_there(product), skus_here(own)
        shared = folded(theirs) & folded(ours)
        exact = {sku for sku in theirs if fold(sku) in shared} == {sku for sku in ours if fold(sku) in shared}
        if not self.in_peace:
            return bool(shared) and exact
        elsewhere = [skus_there(other) for other in self.there.shop.products.values() if other.id != product.id]
        # What the guard kept from being written is still what the catalogue knows of the shop.
        elsewhere += [skus_here(kept) for kept in self._live_firsts().values() if kept.shop_id != product.id]
        rivals_here = [kept for kept in free.values() if kept.id != own.id and folded(skus_here(kept)) & folded(theirs)]
        return bool(shared) and exact and not rivals_here and not folded(set().union(*elsewhere)) & folded(ours)

    def _live_firsts(self) -> dict[int, Kept]:
        firsts = {kept.shop_id: kept for kept in reversed(self.bench.products()) if kept.shop_id is not None}
        return {shop_id: kept for shop_id, kept in firsts.items() if not kept.archived}

    def _source(self) -> Source:
        # Past its seventh product the shop is listed by a filter, which is answered from the search index.
        return self.there.source(
            kind=InBulk if self.in_bulk else ShopifySource, keeper=self.keeper, products=PAGE, longest_list=LONGEST_LIST
        )

    def _index_lags(self, chance: float) -> None:
        self.there.tenant.faults.set(index_lag=LAG if self.random.random() < chance else 0)

    def webhook(self) -> None:
        """The shop names a few products as touched: there, gone or never heard of. Only those are looked at."""
        self.resumable = False
        named = [p.id for p in self.there.shop.products.values() if self.random.random() < 0.3]
        named += [product.id for product in self.deleted[-2:]]
        before = {kept.id: kept for kept in self.bench.products()}
        self._sync(self.bench.follow(*named, 404))
        stopped = {change.shop_id for change in self.bench.plan()}
        firsts = self._live_firsts()
        for shop_id in set(named) - stopped:
            assert (shop_id in firsts) <= (shop_id in self.there.shop.products)
            if shop_id in firsts:
                self._is_as_shown(firsts[shop_id])
        for kept in self.bench.products():
            # Room that the run made may let others in.
            assert kept.shop_id in named or before.get(kept.id, kept) == kept
        assert self.bench.tally().accounted == self.bench.tally().found

    def preview(self) -> None:
        """What a sync would do: it writes to no product, and the sync that comes then does exactly that."""
        self.resumable = False
        self._index_lags(0)
        before = self.bench.products()
        sync(self._source(), self.bench.preview(), self.there.wait)
        assert self.bench.products() == before
        said = self.bench.previewed()
        self._sync(self.bench.new_run())
        assert (self.bench.tally(), self.bench.plan(), self.bench.done()) == said
        assert said[0].found == said[0].accounted

    def sync_and_crash(self) -> None:
        """A run that ends at some use of the shop or the catalogue, or is taken up again and ends there."""
        self._index_lags(0.5)
        whole = self.random.random() < 0.5
        catalogue: Any = self.bench.resumed() if self.resumable else self.bench.new_run(whole=whole)
        source: Any = self._source()
        after = self.random.random() < 0.5
        if self.random.random() < 0.3:
            source = Crashing(source, self.random.randint(1, 5), after=after)
        else:
            catalogue = Crashing(catalogue, self.random.randint(1, 50), after=after)
        try:
            self._sync(catalogue, source)
            self.resumable = False
        except Crash:
            self.resumable = True

    def resume(self) -> None:
        """The crashed run goes on to its end, whatever changed meanwhile."""
        if not self.resumable:
            return
        self._index_lags(0.5)
        self._sync(self.bench.resumed())
        self.resumable = False
        assert self.bench.tally().accounted == self.bench.tally().found

    def sync_in_peace(self) -> None:
        """A new run while nobody touches the shop, and another one; a plan it leaves is carried out, or not."""
        self._sync_in_peace(whole=True)

    def sync_changes(self) -> None:
        """The same, but the run may read changes only, and finds them all."""
        self._sync_in_peace(whole=False)

    def _sync_in_peace(self, *, whole: bool) -> None:
        self._index_lags(0)
        self.resumable, self.in_peace = False, True
        self._sync(self.bench.new_run(whole=whole))
        self._agree(self.bench.products(), self.bench.tally(), self.bench.plan())
        if self.bench.plan() and self.random.random() < 0.5:
            self._approve()
        else:
            self._second_sync_does_nothing()
        self.in_peace = False

    def _approve(self) -> None:
        """Carry the plan out, in peace or after the shop moved on."""
        plan = self.bench.plan()
        archives = {change.shop_id for change in plan if change.digest is None}
        back = [product for product in self.deleted if product.id in archives]
        if back and self.random.random() < 0.3:
            self.deleted.remove(back[0])
            self.there.shop.bring_back(back[0])
        before = self.bench.products()
        try:
            self._sync(self.bench.approve())
        except PlanStale:
            assert not archives.isdisjoint(self.there.shop.products)
            assert self.bench.products() == before
            return
        assert archives.isdisjoint(self.there.shop.products)
        assert self.bench.plan() == []
        tally = self.bench.tally()
        assert (tally.archived, tally.updated) == (len(archives), len(plan) - len(archives))
        self._sync(self.bench.new_run())
        assert self.bench.plan() == []
        self._agree(self.bench.products(), self.bench.tally(), [])

    # What holds

    def _agree(self, after: Sequence[Kept], tally: Tally, plan: Sequence[Planned]) -> None:
        there = self.there.shop.products
        carriers: dict[int, list[Kept]] = defaultdict(list)
        for kept in after:
            if kept.shop_id is not None:
                carriers[kept.shop_id].append(kept)
        first = {shop_id: kept[0] for shop_id, kept in carriers.items()}
        live = {shop_id: kept for shop_id, kept in first.items() if not kept.archived}
        stopped = {change.shop_id for change in plan}

        assert self.way is not None
        assert tally.found == tally.accounted
        assert tally.found == len(there) or (not self.way.whole and tally.found < len(there))
        for shop_id, kept in live.items():
            if shop_id in stopped:
                continue
            self._is_as_shown(kept)
            for variant in kept.variants:
                noted = self.costs_there.get((kept.id, variant.variant.id), variant.own_cost)
                assert variant.removed or variant.own_cost == noted
        self._plan_is_big_and_true(plan, live)
        self._holds_are_true(set(there) - set(live), after, tally, len(stopped & set(there)))
        expected = {shop_id for shop_id, kept in carriers.items() if len(kept) > 1} & set(there)
        assert {duplicate.shop_id for duplicate in self.bench.duplicates()} == expected

    def _plan_is_big_and_true(self, plan: Sequence[Planned], live: Mapping[int, Kept]) -> None:
        there = self.there.shop.products
        archives = {change.shop_id for change in plan if change.digest is None}
        updates = {change.shop_id for change in plan} - archives
        assert archives <= set(live) - set(there)
        assert updates <= set(live) & set(there)
        # What the run added is not among those it is weighed against, so there are at least as many now.
        assert not archives or (len(archives) >= 10 and len(archives) * 5 > self.live_before)
        assert not updates or (len(updates) >= 10 and len(updates) * 10 > 3 * self.live_before)
        for shop_id in updates:
            assert shown_here(live[shop_id]) != shown_there(there[shop_id])
        gone = set(live) - set(there)
        assert gone == archives

    def _holds_are_true(self, absent: set[int], after: Sequence[Kept], tally: Tally, stopped: int) -> None:
        free = {kept.id: kept for kept in after if kept.shop_id is None and not kept.archived}
        decided = self.as_new | {shop_id for shop_id, target in self.links.items() if target in free}
        returning = {kept.shop_id for kept in after}
        ignored = absent & self.ignored
        left_out = (absent & self.left_out) - ignored
        in_doubt = {
            shop_id
            for shop_id in absent - ignored - left_out - decided - returning
            if any(
                folded(skus_here(kept)) & folded(skus_there(self.there.shop.products[shop_id]))
                for kept in free.values()
            )
        }
        # Nobody is linked while the guard keeps updates from being written, as they may bring the SKU.
        for shop_id in () if stopped else in_doubt:
            product = self.there.shop.products[shop_id]
            assert not any(self._is_sure(product, kept, free) for kept in free.values())
        waiting = absent - ignored - in_doubt - left_out
        held = {
            HoldReason.IGNORED.value: len(ignored),
            HoldReason.NOT_CHOSEN.value: len(left_out),
            HoldReason.NEEDS_DECISION.value: len(in_doubt),
            HoldReason.PLAN_LIMIT.value: len(waiting),
            HoldReason.GUARD.value: stopped,
        }
        assert self.way is not None
        if self.way.whole:
            assert tally.held == {reason: count for reason, count in held.items() if count}
        if waiting:
            assert self.limit is not None
            assert self._living(after) >= self.limit

    def _living(self, products: Sequence[Kept]) -> int:
        return sum(not kept.archived for kept in products)

    def _second_sync_does_nothing(self) -> None:
        before, plan = self.bench.products(), self.bench.plan()
        self._sync(self.bench.new_run())
        tally = self.bench.tally()
        assert self.bench.plan() == plan
        assert tally == Tally(
            found=tally.found,
            unchanged=tally.found - sum(tally.held.values()),
            held=tally.held,
            duplicates=tally.duplicates,
        )
        assert self.bench.products() == before

    def _what_the_merchant_keeps_here_is_untouched(self) -> None:
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
            assert products[local_id].notes == kept.notes
        for local_id, notes in self.notes.items():
            assert products[local_id].notes == notes
        costs = {variant.id: variant.own_cost for kept in products.values() for variant in kept.variants}
        assert {variant_id: costs[variant_id] for variant_id in self.own_costs} == self.own_costs

    def _the_sync_never_makes_a_duplicate(self) -> None:
        made: dict[int, int] = defaultdict(int)
        for kept in self.bench.products():
            if kept.shop_id is not None and kept.id not in self.by_hand:
                made[kept.shop_id] += 1
        assert all(count == 1 for count in made.values())


STEPS = {
    "put": 8,
    "change": 6,
    "add_a_variant": 2,
    "remove_a_variant": 3,
    "delete": 4,
    "accident": 2,
    "bring_back": 4,
    "copy_by_hand": 2,
    "write_by_hand": 3,
    "edit_by_hand": 3,
    "ignore": 1,
    "decide": 2,
    "leave_out": 2,
    "take_in": 2,
    "preview": 2,
    "change_a_rule": 2,
    "change_the_plan": 4,
    "webhook": 3,
    "sync_and_crash": 6,
    "resume": 4,
    "sync_in_peace": 4,
    "sync_changes": 6,
}
