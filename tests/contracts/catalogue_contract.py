"""What every Catalogue must do, whatever it is made of.

A store joins by subclassing ``CatalogueContract`` and giving a fixture ``bench`` that returns a fresh, empty Workbench.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import pytest

from contracts.shop_examples import PaperShop, a_product, a_rich_product, a_variant, changed, repriced
from shopsync.changes import (
    Archive,
    Change,
    Choice,
    Create,
    Drift,
    Duplicate,
    Failed,
    FieldChange,
    Hold,
    HoldReason,
    Link,
    Planned,
    Restore,
    Tally,
    Unchanged,
    Update,
    VariantPlan,
)
from shopsync.digest import digest
from shopsync.errors import Cancelled, RunLost
from shopsync.guard import Part, Weight
from shopsync.policy import Rule
from shopsync.ports import Catalogue, Phase, Progress, Step
from shopsync.route import Past, Route, Way, Why
from shopsync.run import sync
from shopsync.values import ShopProduct, ShopVariant


class KeptVariant(NamedTuple):
    """A variant read back from a catalogue."""

    id: int
    variant: ShopVariant
    removed: bool
    own_cost: Decimal | None


class Kept(NamedTuple):
    """A product read back from a catalogue. ``product.variants`` is empty; ``variants`` are in the shop's order."""

    id: int
    shop_id: int | None
    product: ShopProduct
    variants: Sequence[KeptVariant]
    archived: bool
    notes: str
    drift: Mapping[str, Any] = {}


class Workbench(Protocol):
    """A catalogue under test, from the merchant's side. ``clock`` is what its runs take for the time."""

    clock: Callable[[], datetime]

    def new_run(self, *, whole: bool = True) -> Catalogue:
        """End whatever run there is, begin another, and give its catalogue; the shop is to be read ``whole``, or as
        the run chooses."""

    def end_run(self) -> Way | None:
        """Close the live run, which came to its end, and say which way it read."""

    def resumed(self) -> Catalogue:
        """The live run's catalogue as another process would open it, which takes the run over."""

    def follow(self, *shop_ids: int) -> Catalogue:
        """End whatever run there is, begin one that only follows hints of these products, and give its catalogue."""

    def preview(self) -> Catalogue:
        """End whatever run there is, begin a preview, and give its catalogue."""

    def previewed(self) -> tuple[Tally, Sequence[Planned], Mapping[int, str]]:
        """What the preview says: its counts, what it set aside, and what would be done about each product."""

    def done(self) -> Mapping[int, str]:
        """What the live run did about each product, but for those that are unchanged."""

    def leave_out(self, shop_id: int) -> None:
        """Give up a shop product's place."""

    def take_in(self, shop_id: int) -> None:
        """Let what was left out come in again."""

    def add(
        self,
        product: ShopProduct,
        *,
        linked: bool = True,
        digest: bytes | None = None,
        archived: bool = False,
        notes: str = "",
        own_costs: Mapping[int, Decimal] | None = None,
    ) -> int:
        """Put a product in by hand; ``own_costs`` by Shopify variant id. Returns its local id, the highest so far."""

    def edit(self, local_id: int, *, notes: str, own_costs: Mapping[int, Decimal]) -> None:
        """Give a product other notes and its variants, by local id, other own costs, as a merchant does."""

    def choose(self, shop_id: int, choice: Choice) -> None:
        """Leave a shop product out, have it linked to a local product, or have it imported as new."""

    def set_rule(self, field: str, rule: Rule, local_id: int | None = None) -> None:
        """Who decides about a field, of every product or of one."""

    def set_limit(self, limit: int | None) -> None:
        """How many live products the plan holds."""

    def cancel(self) -> None:
        """Ask the live run to stop."""

    def lose(self) -> None:
        """Let another worker take the live run."""

    def products(self) -> Sequence[Kept]:
        """Every product, lowest id first."""

    def tally(self) -> Tally:
        """What the live run did, counted from its rows."""

    def plan(self) -> Sequence[Planned]:
        """What the live run has set aside, by rising shop id."""

    def approve(self) -> Catalogue:
        """End the live run, which needs confirmation, and give the catalogue of the run that carries out its plan."""

    def duplicates(self) -> Sequence[Duplicate]:
        """What the live run warns of, by rising shop id."""


def write(catalogue: Catalogue, *changes: Change, progress: Progress | None = None, **fields: Any) -> None:
    """One step that writes these changes."""
    with catalogue.step():
        catalogue.write(Step(progress=progress or catalogue.progress(), changes=changes, **fields))


def create(catalogue: Catalogue, *products: ShopProduct) -> None:
    """One step that creates these products, having read them."""
    changes = [Create(catalogue.as_stored(product), digest(product)) for product in products]
    write(catalogue, *changes, read=[product.id for product in products])


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _read_whole(bench: Workbench, *products: ShopProduct, more: Sequence[Change] = ()) -> None:
    """A run that reads the whole shop, brings these in and comes to its end."""
    catalogue = bench.new_run()
    write(catalogue, way=Way(Route.PAGES, Why.FIRST), progress=Progress(Phase.READ))
    changes = [*(Create(product, digest(product)) for product in products), *more]
    newest = max(product.updated_at for product in products if product.updated_at)
    write(catalogue, *changes, read=[product.id for product in products], newest=newest)
    write(catalogue, progress=Progress(Phase.DONE))
    bench.end_run()


def _past(catalogue: Catalogue) -> tuple[datetime | None, datetime | None, bool, bool]:
    with catalogue.step():
        past: Past = catalogue.past()
    return past.since, past.whole_read, past.wanted, past.room


class CatalogueContract:
    """The tests. Each begins with an empty catalogue."""

    # Progress

    def test_a_new_run_has_yet_to_choose_its_route(self, bench: Workbench) -> None:
        assert bench.new_run().progress() == Progress(Phase.CHOOSE, None, None)

    def test_progress_is_kept_with_the_step_and_found_by_whoever_goes_on(self, bench: Workbench) -> None:
        there = Progress(Phase.SWEEP, '["eyJsYXN0X2lkIjo4Mzk3}",100,0]', 40_000)
        write(bench.new_run(), progress=there)
        assert bench.resumed().progress() == there

    # What runs remember for each other

    def test_before_the_first_complete_read_nothing_is_remembered(self, bench: Workbench) -> None:
        assert _past(bench.new_run(whole=False)) == (None, None, False, False)

    def test_after_a_complete_read_changes_are_asked_for_from_what_it_saw_last(self, bench: Workbench) -> None:
        bench.clock = lambda: NOON
        _read_whole(bench, a_product(1, updated_at=NOON - timedelta(minutes=1)))
        since, whole_read, wanted, room = _past(bench.new_run(whole=False))
        assert (since, whole_read, wanted, room) == (NOON - timedelta(minutes=11), NOON, False, False)

    def test_a_run_that_did_not_end_is_not_remembered(self, bench: Workbench) -> None:
        write(bench.new_run(), way=Way(Route.PAGES, Why.FIRST), progress=Progress(Phase.READ), newest=NOON)
        assert _past(bench.new_run(whole=False)) == (None, None, False, False)

    def test_the_shop_should_have_what_is_live_here_and_what_was_left_out(self, bench: Workbench) -> None:
        bench.add(a_product(1), digest=b"1" * 16)
        bench.add(a_product(1))
        bench.add(a_product(2), archived=True)
        bench.add(a_product(3), linked=False)
        holds = [Hold(4, "x", HoldReason.IGNORED), Hold(5, "x", HoldReason.PLAN_LIMIT), Failed(6, "x", "It broke.")]
        _read_whole(bench, *(a_product(number) for number in (7, 8)), more=holds)
        catalogue = bench.new_run(whole=False)
        write(catalogue, Hold(5, "x", HoldReason.PLAN_LIMIT), Hold(9, "x", HoldReason.PLAN_LIMIT))
        with catalogue.step():
            assert catalogue.standing().believed == len({1, 7, 8, 4, 5, 6, 9})
        create(catalogue, a_product(5))
        with catalogue.step():
            assert catalogue.standing().believed == len({1, 7, 8, 4, 5, 6, 9})

    def test_whoever_waits_for_room_is_remembered_until_a_person_leaves_it_out(self, bench: Workbench) -> None:
        _read_whole(bench, a_product(1), more=[Hold(2, "x", HoldReason.PLAN_LIMIT)])
        bench.set_limit(1)
        assert _past(bench.new_run(whole=False))[3] is False
        bench.set_limit(2)
        assert _past(bench.new_run(whole=False))[3] is True
        bench.choose(2, Choice(ignore=True))
        assert _past(bench.new_run(whole=False))[3] is False

    def test_a_copy_that_no_sync_wrote_wants_a_whole_read_when_it_is_the_first_match(self, bench: Workbench) -> None:
        _read_whole(bench, a_product(1))
        bench.add(a_product(1))
        assert _past(bench.new_run(whole=False))[2] is False
        bench.add(a_product(2))
        assert _past(bench.new_run(whole=False))[2] is True

    def test_copies_are_named_with_the_first_and_the_others(self, bench: Workbench) -> None:
        first, second, third = bench.add(a_product(2)), bench.add(a_product(2)), bench.add(a_product(2), archived=True)
        bench.add(a_product(1))
        catalogue = bench.new_run()
        with catalogue.step():
            assert catalogue.standing().copies == (Duplicate(2, "Product 2", first, (second, third)),)

    # Products

    def test_a_created_product_keeps_every_field_as_it_was(self, bench: Workbench) -> None:
        product = a_rich_product()
        catalogue = bench.new_run()
        create(catalogue, product)
        (kept,) = bench.products()
        stored = catalogue.as_stored(product)
        assert kept.product == changed(stored, variants=())
        assert [variant.variant for variant in kept.variants] == list(stored.variants)
        assert (kept.shop_id, kept.archived) == (product.id, False)

    def test_what_is_stored_reads_back_as_it_was_written(self, bench: Workbench) -> None:
        product = a_rich_product()
        catalogue = bench.new_run()
        create(catalogue, product)
        with catalogue.step():
            (local,) = catalogue.known([product.id])
            stored = catalogue.stored([local.id])[local.id]
        kept = catalogue.as_stored(product)
        assert stored.product == changed(kept, variants=())
        assert [variant.variant for variant in stored.variants] == list(kept.variants)
        assert not any(variant.removed for variant in stored.variants)
        assert local.digest == digest(product)

    def test_a_product_of_2048_variants_is_kept_whole(self, bench: Workbench) -> None:
        variants = tuple(a_variant(1000 + n, title=str(n), position=n, sku=f"SKU {n}") for n in range(1, 2049))
        create(bench.new_run(), a_product(1, variants=variants))
        (kept,) = bench.products()
        assert [variant.variant for variant in kept.variants] == list(variants)

    def test_storing_a_description_twice_changes_it_no_further(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        once = catalogue.as_stored(
            changed(a_product(), description_html="<p onclick='x()'>A<script>b()</script>&nbsp;")
        )
        assert catalogue.as_stored(once) == once

    def test_an_update_writes_the_synced_fields_and_leaves_the_merchants_own(self, bench: Workbench) -> None:
        before = a_product(1, variants=(a_variant(11, sku="A"), a_variant(12, sku="B", position=2)))
        local_id = bench.add(before, notes="fragile", own_costs={11: Decimal("2.25"), 12: Decimal(3)})
        catalogue = bench.new_run()
        after = repriced(changed(a_rich_product(), id=1, variants=before.variants), "12")
        with catalogue.step():
            first, second = catalogue.stored([local_id])[local_id].variants
        plan = VariantPlan(
            changed=((first.id, after.variants[0]),),
            added=(a_variant(13, sku="C", position=3),),
            removed=(second.id,),
        )
        write(catalogue, Update(local_id, catalogue.as_stored(after), b"d" * 16, (), plan))

        (kept,) = bench.products()
        assert kept.product == changed(catalogue.as_stored(after), variants=())
        assert kept.notes == "fragile"
        variants = {variant.variant.id: variant for variant in kept.variants}
        assert variants[11] == KeptVariant(first.id, after.variants[0], False, Decimal("2.25"))
        assert variants[12] == KeptVariant(second.id, before.variants[1], True, Decimal(3))
        assert (variants[13].variant, variants[13].removed) == (plan.added[0], False)
        with catalogue.step():
            assert catalogue.known([1])[0].digest == b"d" * 16

    def test_a_variant_that_returns_is_shown_again_under_its_old_id(self, bench: Workbench) -> None:
        product = a_product(1)
        local_id = bench.add(product, own_costs={11: Decimal(4)})
        catalogue = bench.new_run()
        with catalogue.step():
            (variant,) = catalogue.stored([local_id])[local_id].variants
        gone = VariantPlan(removed=(variant.id,))
        write(catalogue, Update(local_id, changed(product, variants=()), b"1" * 16, (), gone))
        with catalogue.step():
            assert [stored.removed for stored in catalogue.stored([local_id])[local_id].variants] == [True]
        back = VariantPlan(changed=((variant.id, product.variants[0]),))
        write(catalogue, Update(local_id, product, b"2" * 16, (), back))
        assert bench.products()[0].variants == [KeptVariant(variant.id, product.variants[0], False, Decimal(4))]

    def test_archiving_hides_and_restoring_shows_again_nothing_is_lost(self, bench: Workbench) -> None:
        product = a_product(1)
        local_id = bench.add(product, notes="mine", own_costs={11: Decimal(1)})
        before = bench.products()
        catalogue = bench.new_run()
        write(catalogue, Archive(local_id, 1, product.title))
        assert [(kept.archived, kept.notes) for kept in bench.products()] == [(True, "mine")]
        with catalogue.step():
            assert [local.archived for local in catalogue.known([1])] == [True]
        write(catalogue, Restore(local_id, product, digest(product), (), VariantPlan()))
        assert bench.products() == before

    # Finding

    def test_known_finds_all_that_carry_an_id_lowest_first_archived_or_not(self, bench: Workbench) -> None:
        first = bench.add(a_product(1), archived=True)
        bench.add(a_product(2))
        second = bench.add(a_product(1, title="A copy"))
        bench.add(a_product(3), linked=False)
        catalogue = bench.new_run()
        with catalogue.step():
            known = catalogue.known([3, 1, 99])
        assert [(local.id, local.shop_id, local.archived) for local in known] == [(first, 1, True), (second, 1, False)]
        assert known[1].title == "A copy"

    def test_choices_are_found_while_what_they_name_is_free(self, bench: Workbench) -> None:
        free = bench.add(a_product(90), linked=False)
        taken, gone = bench.add(a_product(91)), bench.add(a_product(92), linked=False, archived=True)
        bench.choose(2, Choice(ignore=True))
        bench.choose(3, Choice())
        for shop_id, local_id in ((4, free), (5, taken), (6, gone)):
            bench.choose(shop_id, Choice(link_to=local_id))
        catalogue = bench.new_run()
        with catalogue.step():
            expected = {2: Choice(ignore=True), 3: Choice(), 4: Choice(link_to=free)}
            assert dict(catalogue.choices([1, 2, 3, 4, 5, 6])) == expected

    def test_candidates_are_live_unlinked_products_that_share_a_sku(self, bench: Workbench) -> None:
        def with_skus(shop_id: int, *skus: str | None) -> ShopProduct:
            variants = [a_variant(10 * shop_id + n, sku=sku, title=str(n)) for n, sku in enumerate(skus)]
            return a_product(shop_id, variants=variants)

        exact = bench.add(with_skus(1, "A-1", "other"), linked=False)
        twin = bench.add(with_skus(2, " a-1 ", None, ""), linked=False)
        bench.add(with_skus(3, "A-1"))
        bench.add(with_skus(4, "A-1"), linked=False, archived=True)
        bench.add(with_skus(5, "B", "", "  "), linked=False)
        catalogue = bench.new_run()
        with catalogue.step():
            found = catalogue.candidates(["A-1", "", " "])
            assert {local_id: set(skus) for local_id, skus in found.items()} == {
                exact: {"A-1", "other"},
                twin: {" a-1 "},
            }
            assert not catalogue.candidates(["none"])

    def test_bearers_are_linked_products_and_held_ones(self, bench: Workbench) -> None:
        bench.add(a_product(1, variants=[a_variant(11, sku="a "), a_variant(12, sku="B")]))
        bench.add(a_product(2, variants=[a_variant(21, sku="A")]), archived=True)
        bench.add(a_product(3, variants=[a_variant(31, sku="A")]), linked=False)
        catalogue = bench.new_run()
        write(catalogue, way=Way(Route.PAGES, Why.FIRST), progress=Progress(Phase.READ))
        write(catalogue, Hold(4, "four", HoldReason.NEEDS_DECISION, skus=("A",)), Hold(5, "five", HoldReason.IGNORED))
        with catalogue.step():
            found = catalogue.bearers(["A", "c"])
        assert {shop_id: set(skus) & {"A", "a "} for shop_id, skus in found.items()} == {1: {"a "}, 4: {"A"}}

    def test_a_linked_product_keeps_its_id_and_all_that_is_the_merchants_own(self, bench: Workbench) -> None:
        mine = a_product(9, title="Mine", variants=(a_variant(0, sku="A"),))
        local_id = bench.add(mine, linked=False, notes="fragile", own_costs={0: Decimal("2.25")})
        catalogue = bench.new_run()
        with catalogue.step():
            (variant,) = catalogue.stored([local_id])[local_id].variants
        shown = a_product(1, variants=(a_variant(11, sku="A", price=Decimal(12)),))
        plan = VariantPlan(changed=((variant.id, shown.variants[0]),))
        write(catalogue, Link(local_id, shown, digest(shown), (), plan), read=[1])
        (kept,) = bench.products()
        assert (kept.id, kept.shop_id, kept.notes, kept.product.title) == (local_id, 1, "fragile", "Product 1")
        assert kept.variants == [KeptVariant(variant.id, shown.variants[0], False, Decimal("2.25"))]
        with catalogue.step():
            assert [(local.id, local.digest) for local in catalogue.known([1])] == [(local_id, digest(shown))]
        assert bench.tally() == Tally(found=1, linked=1)

    def test_nothing_is_found_for_nothing(self, bench: Workbench) -> None:
        bench.add(a_product(1))
        catalogue = bench.new_run()
        with catalogue.step():
            assert list(catalogue.known([])) == []
            assert dict(catalogue.choices([])) == {}
            assert dict(catalogue.stored([])) == {}

    # Who decides about a field

    def test_a_rule_holds_for_every_product_and_an_exception_for_one(self, bench: Workbench) -> None:
        first, second = bench.add(a_product(1)), bench.add(a_product(2))
        catalogue = bench.new_run()
        with catalogue.step():
            assert dict(catalogue.policies([first, second])) == {}
        bench.set_rule("title", Rule.KEEP)
        bench.set_rule("title", Rule.FOLLOW, second)
        bench.set_rule("variant.price", Rule.IF_EMPTY, second)
        with catalogue.step():
            assert dict(catalogue.policies([first, second])) == {
                first: {"title": Rule.KEEP},
                second: {"title": Rule.FOLLOW, "variant.price": Rule.IF_EMPTY},
            }

    def test_drift_is_kept_with_the_digest_and_read_back(self, bench: Workbench) -> None:
        local_id = bench.add(a_product(1))
        catalogue = bench.new_run()
        drift = {"title": "Theirs", "image": {"url": "u", "alt": None, "media_id": None}, "variant.price:11": "7.00"}
        write(catalogue, Unchanged(1), drifts=[Drift(local_id, b"d" * 16, drift)])
        with catalogue.step():
            assert catalogue.stored([local_id])[local_id].drift == drift
            assert catalogue.known([1])[0].digest == b"d" * 16
        assert bench.products()[0].drift == drift

    # Room

    def test_without_a_limit_there_is_always_room(self, bench: Workbench) -> None:
        bench.set_limit(None)
        catalogue = bench.new_run()
        with catalogue.step():
            assert catalogue.room() is None

    def test_room_counts_live_products_linked_or_not(self, bench: Workbench) -> None:
        bench.set_limit(3)
        bench.add(a_product(1))
        bench.add(a_product(2), archived=True)
        bench.add(a_product(3), linked=False)
        catalogue = bench.new_run()
        with catalogue.step():
            assert catalogue.room() == 1
        create(catalogue, a_product(4))
        with catalogue.step():
            assert catalogue.room() == 0

    def test_room_is_negative_after_a_downgrade(self, bench: Workbench) -> None:
        for shop_id in (1, 2, 3):
            bench.add(a_product(shop_id))
        bench.set_limit(1)
        catalogue = bench.new_run()
        with catalogue.step():
            assert catalogue.room() == -2

    # The sweep's question

    def test_unseen_are_live_products_the_run_has_not_read(self, bench: Workbench) -> None:
        seen, unseen = bench.add(a_product(1)), bench.add(a_product(2))
        bench.add(a_product(3), archived=True)
        bench.add(a_product(4), linked=False)
        catalogue = bench.new_run()
        write(catalogue, read=[1])
        with catalogue.step():
            assert [(local.id, local.shop_id) for local in catalogue.unseen(0, 10)] == [(unseen, 2)]
            assert seen < unseen

    def test_unseen_come_in_batches_by_rising_local_id(self, bench: Workbench) -> None:
        ids = [bench.add(a_product(shop_id)) for shop_id in (9, 3, 6)]
        catalogue = bench.new_run()
        with catalogue.step():
            assert [local.id for local in catalogue.unseen(0, 2)] == ids[:2]
            assert [local.id for local in catalogue.unseen(ids[1], 2)] == ids[2:]

    def test_unseen_never_names_a_duplicate(self, bench: Workbench) -> None:
        first = bench.add(a_product(1))
        bench.add(a_product(1))
        bench.add(a_product(2), archived=True)
        bench.add(a_product(2))
        catalogue = bench.new_run()
        with catalogue.step():
            assert [local.id for local in catalogue.unseen(0, 10)] == [first]
            assert list(catalogue.unseen(first, 10)) == []

    def test_what_an_earlier_run_read_is_unseen_in_the_next(self, bench: Workbench) -> None:
        bench.add(a_product(1))
        write(bench.new_run(), read=[1])
        catalogue = bench.new_run()
        with catalogue.step():
            assert len(catalogue.unseen(0, 10)) == 1

    # The diary

    def test_held_products_are_found_by_reason_in_rising_batches(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        holds = [Hold(shop_id, "x", HoldReason.PLAN_LIMIT) for shop_id in (5, 3, 8)]
        write(catalogue, *holds, Hold(4, "y", HoldReason.IGNORED), read=[3, 4, 5, 8])
        with catalogue.step():
            assert list(catalogue.held(HoldReason.PLAN_LIMIT, 0, 2)) == [3, 5]
            assert list(catalogue.held(HoldReason.PLAN_LIMIT, 5, 2)) == [8]
            assert list(catalogue.held(HoldReason.IGNORED, 0, 2)) == [4]

    def test_a_later_change_of_the_run_replaces_the_earlier_row(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        write(catalogue, Hold(1, "x", HoldReason.PLAN_LIMIT), Unchanged(2), read=[1, 2])
        write(catalogue, Create(a_product(1), b"1" * 16), Failed(2, "y", "It broke."))
        with catalogue.step():
            assert list(catalogue.held(HoldReason.PLAN_LIMIT, 0, 10)) == []
        tally = bench.tally()
        assert (tally.found, tally.created, tally.failed, tally.unchanged, tally.held) == (2, 1, 1, 0, {})

    def test_the_tally_is_counted_from_the_rows(self, bench: Workbench) -> None:
        update, restore, archive = (bench.add(a_product(n), archived=n == 2) for n in (1, 2, 3))
        catalogue = bench.new_run()
        write(
            catalogue,
            Update(update, a_product(1), b"1" * 16, (), VariantPlan()),
            Restore(restore, a_product(2), b"2" * 16, (), VariantPlan()),
            Create(a_product(4), b"4" * 16),
            Unchanged(5),
            Hold(6, "six", HoldReason.PLAN_LIMIT),
            Hold(7, "seven", HoldReason.IGNORED),
            Failed(8, "eight", "It broke."),
            read=[1, 2, 4, 5, 6, 7, 8, 9],
            unchanged=[9],
            duplicates=[Duplicate(1, "one", synced=update, left=(99,))],
        )
        write(catalogue, Archive(archive, 3, "three"), read=[])
        tally = bench.tally()
        assert tally == Tally(
            found=8,
            created=1,
            updated=1,
            restored=1,
            archived=1,
            unchanged=2,
            failed=1,
            held={"plan_limit": 1, "ignored": 1},
            duplicates=1,
        )
        assert tally.accounted == tally.found

    def test_reading_a_product_twice_counts_it_once(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        write(catalogue, Unchanged(1), read=[1])
        write(catalogue, Unchanged(1), read=[1])
        assert (bench.tally().found, bench.tally().unchanged) == (1, 1)

    def test_duplicates_are_named_once_however_often_they_are_met(self, bench: Workbench) -> None:
        first, copy = bench.add(a_product(1)), bench.add(a_product(1))
        twice = Duplicate(1, "one", synced=first, left=(copy,))
        catalogue = bench.new_run()
        write(catalogue, duplicates=[twice])
        write(catalogue, duplicates=[twice])
        assert bench.duplicates() == [twice]

    # The guard's questions

    def test_what_is_set_aside_is_found_by_part_in_rising_batches_until_it_is_settled(self, bench: Workbench) -> None:
        ids = [bench.add(a_product(shop_id)) for shop_id in (5, 3, 8)]
        fields = (FieldChange("price", "9.50", "99", "Default Title"),)
        archives = [Planned(ids[0], 5, "five", None), Planned(ids[1], 3, "three", None)]
        update = Planned(ids[2], 8, "eight", b"8" * 16, fields)
        catalogue = bench.new_run()
        write(catalogue, planned=[*archives, update])
        with catalogue.step():
            assert list(catalogue.planned([Part.ARCHIVES], 0, 1)) == [archives[1]]
            assert list(catalogue.planned([Part.ARCHIVES], 3, 9)) == [archives[0]]
            assert list(catalogue.planned([Part.UPDATES], 0, 9)) == [update]
            assert list(catalogue.planned([], 0, 9)) == []
            assert catalogue.weight() == Weight(live=3, archives=2, updates=1)
        write(catalogue, settled=[3, 8])
        with catalogue.step():
            assert list(catalogue.planned(list(Part), 0, 9)) == [archives[0]]

    def test_the_weight_leaves_out_duplicates_archived_ones_and_what_the_run_added(self, bench: Workbench) -> None:
        for product in (a_product(1), a_product(1), a_product(2)):
            bench.add(product)
        bench.add(a_product(3), archived=True)
        bench.add(a_product(4), linked=False)
        catalogue = bench.new_run()
        create(catalogue, a_product(5))
        with catalogue.step():
            assert catalogue.weight() == Weight(live=2, archives=0, updates=0)

    def test_the_next_run_sets_aside_anew(self, bench: Workbench) -> None:
        local_id = bench.add(a_product(1))
        write(bench.new_run(), planned=[Planned(local_id, 1, "one", None)])
        catalogue = bench.new_run()
        with catalogue.step():
            assert list(catalogue.planned(list(Part), 0, 9)) == []
            assert catalogue.weight() == Weight(live=1, archives=0, updates=0)

    # Transactions

    def test_a_step_that_fails_leaves_nothing_behind(self, bench: Workbench) -> None:
        local_id = bench.add(a_product(1))
        before = bench.products()
        catalogue = bench.new_run()
        step = Step(
            progress=Progress(Phase.SWEEP, "x", 5),
            changes=[Create(a_product(2), b"2" * 16), Archive(local_id, 1, "one")],
            read=[1, 2],
            duplicates=[Duplicate(1, "one", local_id, (9,))],
        )

        def crash() -> None:
            with catalogue.step():
                catalogue.write(step)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            crash()
        assert bench.products() == before
        assert bench.tally() == Tally()
        assert bench.resumed().progress() == Progress()

    def test_a_cancelled_run_writes_nothing_more(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        bench.cancel()
        with pytest.raises(Cancelled):
            create(catalogue, a_product(1))
        assert bench.products() == []

    def test_a_run_that_another_worker_took_over_writes_nothing_more(self, bench: Workbench) -> None:
        catalogue = bench.new_run()
        bench.lose()
        with pytest.raises(RunLost):
            create(catalogue, a_product(1))
        assert bench.products() == []

    # All together

    def test_a_second_sync_of_the_same_shop_finds_nothing_to_do(self, bench: Workbench) -> None:
        shop = PaperShop(a_product(1), a_product(2), a_product(3), a_rich_product(7))
        sync(shop, bench.new_run())
        assert bench.tally() == Tally(found=4, created=4)
        before = bench.products()
        sync(shop, bench.new_run())
        assert bench.tally() == Tally(found=4, unchanged=4)
        assert bench.products() == before

    def test_only_the_first_of_two_local_products_takes_a_change(self, bench: Workbench) -> None:
        first = bench.add(a_product(1), notes="the one")
        copy = bench.add(a_product(1), notes="the other")
        untouched = bench.products()[1]
        sync(PaperShop(repriced(a_product(1), "11.00")), bench.new_run())
        one, other = bench.products()
        assert (one.id, one.variants[0].variant.price, one.notes) == (first, Decimal("11.00"), "the one")
        assert other == untouched
        assert bench.duplicates() == [Duplicate(1, "Product 1", synced=first, left=(copy,))]
