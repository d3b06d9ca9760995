"""A run from the first page to the last step, over a shop on paper and the catalogue in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings

from contracts.shop_examples import PaperShop, a_product, a_variant, changed, repriced
from contracts.shop_strategies import catalogues
from shopsync.changes import Archive, Choice, Create, Failed, Hold, HoldReason, Restore, Tally, Unchanged, Update
from shopsync.errors import Cancelled, Unavailable
from shopsync.ports import Phase, Progress
from shopsync.run import sync
from shopsync.stores.memory import MemoryCatalogue
from shopsync.values import Page, ShopProduct, Status


def shop_of(count: int, **fields: Any) -> PaperShop:
    return PaperShop(*(a_product(shop_id) for shop_id in range(1, count + 1)), **fields)


def again(shop: PaperShop, catalogue: MemoryCatalogue) -> Tally:
    catalogue.new_run()
    sync(shop, catalogue)
    return catalogue.tally()


def live(catalogue: MemoryCatalogue) -> dict[int | None, str]:
    return {kept.shop_id: kept.product.title for kept in catalogue.products() if not kept.archived}


def test_a_first_sync_brings_in_every_page() -> None:
    shop, catalogue = shop_of(5), MemoryCatalogue()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=5, created=5)
    assert shop.asked == ["count", "read None", "read 2", "read 4"]
    assert catalogue.progress() == Progress(Phase.DONE, None, 5)


def test_an_empty_shop_is_a_finished_sync() -> None:
    catalogue = MemoryCatalogue()
    sync(PaperShop(), catalogue)
    assert catalogue.tally() == Tally()


def test_a_second_sync_finds_everything_unchanged_and_writes_nothing() -> None:
    shop, catalogue = shop_of(5), MemoryCatalogue()
    sync(shop, catalogue)
    before = catalogue.products()
    assert again(shop, catalogue) == Tally(found=5, unchanged=5)
    assert catalogue.products() == before


def test_a_changed_price_updates_only_that_product() -> None:
    shop, catalogue = shop_of(3), MemoryCatalogue()
    sync(shop, catalogue)
    first, _, third = catalogue.products()
    shop.put(repriced(a_product(2), "10.00"))
    assert again(shop, catalogue) == Tally(found=3, unchanged=2, updated=1)
    assert [catalogue.products()[0], catalogue.products()[2]] == [first, third]
    assert isinstance(catalogue.outcomes()[2], Update)


def test_local_fields_outlive_every_change() -> None:
    shop, catalogue = PaperShop(a_product(1, variants=(a_variant(11, sku="A"),))), MemoryCatalogue()
    sync(shop, catalogue)
    catalogue.edit(catalogue.products()[0].id, notes="mine")
    shop.put(a_product(1, title="Other", variants=(a_variant(99, sku="A"),)))
    again(shop, catalogue)
    shop.delete(1)
    again(shop, catalogue)
    (kept,) = catalogue.products()
    assert (kept.archived, kept.local) == (True, {"notes": "mine"})


# Gone and back


def test_what_the_shop_deleted_is_archived_after_a_look_up() -> None:
    shop, catalogue = shop_of(3), MemoryCatalogue()
    sync(shop, catalogue)
    shop.delete(2)
    assert again(shop, catalogue) == Tally(found=2, unchanged=2, archived=1)
    assert "lookup [2]" in shop.asked
    assert live(catalogue) == {1: "Product 1", 3: "Product 3"}
    assert isinstance(catalogue.outcomes()[2], Archive)


def test_what_is_archived_once_is_not_archived_again() -> None:
    shop, catalogue = shop_of(2), MemoryCatalogue()
    sync(shop, catalogue)
    shop.delete(2)
    again(shop, catalogue)
    assert again(shop, catalogue) == Tally(found=1, unchanged=1)


def test_a_product_that_returns_is_restored_as_it_is_now() -> None:
    shop, catalogue = shop_of(2), MemoryCatalogue()
    sync(shop, catalogue)
    shop.delete(2)
    again(shop, catalogue)
    shop.put(a_product(2, title="Back"))
    assert again(shop, catalogue) == Tally(found=2, unchanged=1, restored=1)
    assert live(catalogue) == {1: "Product 1", 2: "Back"}
    assert isinstance(catalogue.outcomes()[2], Restore)


class Forgetful(PaperShop):
    """A shop whose listing leaves some products out, as a lagging index does."""

    forgets: frozenset[int] = frozenset()

    def read(self, cursor: str | None) -> Page:
        page = super().read(cursor)
        return changed_page(page, [product for product in page.products if product.id not in self.forgets])


def changed_page(page: Page, products: Sequence[ShopProduct]) -> Page:
    return Page(tuple(products), page.cursor, page.unreadable)


def test_a_product_that_only_the_listing_lost_is_kept_and_brought_up_to_date() -> None:
    shop, catalogue = Forgetful(a_product(1), a_product(2)), MemoryCatalogue()
    sync(shop, catalogue)
    shop.put(repriced(a_product(2), "10.00"))
    shop.forgets = frozenset({2})
    assert again(shop, catalogue) == Tally(found=2, unchanged=1, updated=1)


def test_more_lost_products_than_one_look_up_takes_are_all_dealt_with() -> None:
    shop, catalogue = shop_of(2600, page=500), MemoryCatalogue()
    sync(shop, catalogue)
    for shop_id in range(1, 501):
        shop.delete(shop_id)
    assert again(shop, catalogue) == Tally(found=2100, unchanged=2100, archived=500)
    # Each is looked up before it is set aside and again before it is written.
    assert sum(asked.startswith("lookup") for asked in shop.asked) == 4


def test_a_read_that_breaks_off_archives_nothing() -> None:
    shop, catalogue = BreaksAt(shop_of(6).products, "4"), MemoryCatalogue()
    sync(shop_of(6), catalogue)
    catalogue.new_run()
    with pytest.raises(Unavailable):
        sync(shop, catalogue)
    assert len(live(catalogue)) == 6


class BreaksAt(PaperShop):
    """A shop that fails at one page, until mended."""

    def __init__(self, products: Sequence[ShopProduct], cursor: str | None) -> None:
        super().__init__(*products)
        self.breaks_at: str | None = cursor

    def read(self, cursor: str | None) -> Page:
        if cursor == self.breaks_at:
            raise Unavailable("It broke.")
        return super().read(cursor)


def test_a_run_taken_up_again_goes_on_from_its_last_page() -> None:
    shop, catalogue = BreaksAt(shop_of(6).products, "4"), MemoryCatalogue()
    with pytest.raises(Unavailable):
        sync(shop, catalogue)
    shop.breaks_at = "never"
    sync(shop, catalogue)
    assert shop.asked == ["count", "read None", "read 2", "read 4"]
    assert catalogue.tally() == Tally(found=6, created=6)


# Duplicates


def test_only_the_first_match_is_synced_and_the_run_says_so() -> None:
    shop, catalogue = PaperShop(a_product(1)), MemoryCatalogue()
    first, copy = catalogue.add(a_product(1)), catalogue.add(a_product(1, title="A copy"))
    shop.put(a_product(1, title="New"))
    assert again(shop, catalogue) == Tally(found=1, updated=1, duplicates=1)
    assert [(kept.id, kept.product.title) for kept in catalogue.products()] == [(first, "New"), (copy, "A copy")]
    assert catalogue.duplicates()[0].left == (copy,)


def test_a_duplicate_of_a_deleted_product_is_left_as_it_is() -> None:
    catalogue = MemoryCatalogue()
    first, copy = catalogue.add(a_product(1)), catalogue.add(a_product(1))
    assert again(PaperShop(), catalogue) == Tally(archived=1)
    assert [(kept.id, kept.archived) for kept in catalogue.products()] == [(first, True), (copy, False)]
    assert again(PaperShop(), catalogue) == Tally()


# The plan's limit


def test_a_full_plan_holds_the_rest_in_the_shops_order() -> None:
    shop, catalogue = shop_of(63, page=10), MemoryCatalogue(limit=50)
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=63, created=50, held={"plan_limit": 13})
    assert set(live(catalogue)) == set(range(1, 51))
    catalogue.limit = None
    assert again(shop, catalogue) == Tally(found=63, created=13, unchanged=50)


def test_room_that_the_sweep_makes_is_filled_in_the_same_run() -> None:
    shop, catalogue = shop_of(5), MemoryCatalogue(limit=3)
    sync(shop, catalogue)
    shop.delete(1)
    assert again(shop, catalogue) == Tally(found=4, unchanged=2, archived=1, created=1, held={"plan_limit": 1})
    assert set(live(catalogue)) == {2, 3, 4}


def test_the_second_look_asks_for_no_more_than_there_is_room() -> None:
    shop, catalogue = shop_of(50, page=50), MemoryCatalogue(limit=3)
    sync(shop, catalogue)
    shop.delete(1)
    shop.asked.clear()
    again(shop, catalogue)
    assert shop.asked == ["count", "read None", "lookup [1]", "count", "lookup [1]", "lookup [4]"]


def test_a_waiting_product_that_was_deleted_meanwhile_gives_its_room_to_the_next() -> None:
    shop, catalogue = VanishesBeforeLookup(*shop_of(4).products), MemoryCatalogue(limit=2)
    sync(shop, catalogue)
    shop.delete(1)
    shop.vanishes = 3
    again(shop, catalogue)
    assert set(live(catalogue)) == {2, 4}


class VanishesBeforeLookup(PaperShop):
    """A shop in which a product is deleted between its listing and its look-up."""

    vanishes = 0

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        self.delete(self.vanishes)
        return super().lookup(shop_ids)


def test_after_a_downgrade_everything_here_goes_on_updating() -> None:
    shop, catalogue = shop_of(4), MemoryCatalogue()
    sync(shop, catalogue)
    catalogue.limit = 1
    shop.put(repriced(a_product(4), "1.00"))
    shop.put(a_product(5))
    assert again(shop, catalogue) == Tally(found=5, updated=1, unchanged=3, held={"plan_limit": 1})


def test_an_ignored_product_stays_out_of_the_second_look_too() -> None:
    shop, catalogue = shop_of(3), MemoryCatalogue(limit=1)
    catalogue.choose(2, Choice(ignore=True))
    sync(shop, catalogue)
    assert catalogue.outcomes()[2] == Hold(2, "Product 2", HoldReason.IGNORED, status=Status.ACTIVE)
    assert catalogue.outcomes()[3] == Hold(3, "Product 3", HoldReason.PLAN_LIMIT, status=Status.ACTIVE)


# One broken product


def test_one_unreadable_product_is_recorded_and_the_rest_go_on() -> None:
    shop, catalogue = shop_of(3), MemoryCatalogue()
    shop.broken[2] = "It has no price."
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=3, created=2, failed=1)
    assert catalogue.outcomes()[2] == Failed(2, "Product 2", "It has no price.")


def test_a_product_that_became_unreadable_is_not_gone() -> None:
    shop, catalogue = shop_of(3), MemoryCatalogue()
    sync(shop, catalogue)
    shop.broken[2] = "It has no price."
    assert again(shop, catalogue) == Tally(found=3, unchanged=2, failed=1)
    assert len(live(catalogue)) == 3


def test_a_product_that_is_neither_listed_nor_readable_is_not_gone_either() -> None:
    shop, catalogue = ForgetsTheBroken(a_product(1), a_product(2)), MemoryCatalogue()
    sync(shop, catalogue)
    shop.broken[2] = "It has no price."
    assert again(shop, catalogue) == Tally(found=2, unchanged=1, failed=1)
    assert len(live(catalogue)) == 2


class ForgetsTheBroken(PaperShop):
    """A shop whose listing does not even mention what it cannot show."""

    def read(self, cursor: str | None) -> Page:
        page = super().read(cursor)
        return Page(page.products, page.cursor)


# Stopping


def test_a_cancelled_run_keeps_what_it_wrote_and_writes_nothing_more() -> None:
    catalogue = MemoryCatalogue()
    shop = CancelsAt(catalogue, "2")
    with pytest.raises(Cancelled):
        sync(shop, catalogue)
    assert set(live(catalogue)) == {1, 2}


class CancelsAt(PaperShop):
    """A person presses Stop while a page is read."""

    def __init__(self, catalogue: MemoryCatalogue, cursor: str) -> None:
        super().__init__(*shop_of(6).products)
        self._catalogue, self._cursor = catalogue, cursor

    def read(self, cursor: str | None) -> Page:
        if cursor == self._cursor:
            self._catalogue.cancel()
        return super().read(cursor)


def test_a_page_applied_twice_changes_nothing_the_second_time() -> None:
    shop, catalogue = shop_of(2), MemoryCatalogue()
    sync(shop, catalogue)
    before = catalogue.products()
    with catalogue.step():
        known = catalogue.known([1, 2])
    assert [local.digest for local in known] == [kept.digest for kept in before]
    catalogue.new_run()
    sync(ShowsTwice(*shop.products), catalogue)
    assert catalogue.products() == before
    assert {type(outcome) for outcome in catalogue.outcomes().values()} == {Unchanged}


class ShowsTwice(PaperShop):
    """A shop whose pages overlap, as when products move while they are read."""

    def read(self, cursor: str | None) -> Page:
        page = super().read(cursor)
        earlier = [product for product in self.products if product.id <= int(cursor or 0)]
        return changed_page(page, [*earlier, *page.products])


def test_a_created_product_is_in_the_diary_under_its_shop_id() -> None:
    catalogue = MemoryCatalogue()
    sync(PaperShop(changed(a_product(1), title="Été")), catalogue)
    outcome = catalogue.outcomes()[1]
    assert isinstance(outcome, Create)
    assert outcome.product.title == "Été"


@given(catalogues, catalogues)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_any_shop_arrives_whole_and_arriving_again_changes_nothing(
    first: list[ShopProduct], second: list[ShopProduct]
) -> None:
    catalogue = MemoryCatalogue()
    for products in (first, second):
        shop = PaperShop(*sorted(products, key=lambda product: product.id))
        again(shop, catalogue)
        assert shown(catalogue) == {product.id: comparable(product) for product in products}
        before = catalogue.products()
        assert again(shop, catalogue) == Tally(found=len(products), unchanged=len(products))
        assert catalogue.products() == before


def shown(catalogue: MemoryCatalogue) -> dict[int | None, ShopProduct]:
    """The live products with their live variants."""
    return {
        kept.shop_id: comparable(
            changed(kept.product, variants=tuple(held.variant for held in kept.variants if not held.removed))
        )
        for kept in catalogue.products()
        if not kept.archived
    }


def comparable(product: ShopProduct) -> ShopProduct:
    """What of a product must agree: all but its date of change and the order of its tags and records."""
    variants = tuple(sorted(product.variants, key=lambda variant: variant.id))
    return changed(product, updated_at=None, tags=tuple(sorted(product.tags)), variants=variants)


def test_hints_look_at_the_named_products_only() -> None:
    shop, catalogue = shop_of(4), MemoryCatalogue()
    sync(shop, catalogue)
    shop.put(changed(a_product(2), title="Renamed"))
    shop.put(changed(a_product(3), title="Not named"))
    shop.delete(4)
    shop.put(a_product(9))
    shop.asked.clear()

    catalogue.follow(2, 4, 9)
    sync(shop, catalogue)

    assert catalogue.tally() == Tally(found=2, updated=1, created=1, archived=1)
    assert live(catalogue) == {1: "Product 1", 2: "Renamed", 3: "Product 3", 9: "Product 9"}
    assert not [asked for asked in shop.asked if not asked.startswith("lookup")]


def test_a_hint_of_an_unreadable_product_archives_nothing() -> None:
    shop, catalogue = shop_of(1), MemoryCatalogue()
    sync(shop, catalogue)
    shop.broken[1] = "It has no price."
    catalogue.follow(1)
    sync(shop, catalogue)
    assert live(catalogue) == {1: "Product 1"}
    assert catalogue.tally().failed == 1
