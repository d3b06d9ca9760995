"""What looks like an accident in the shop waits for a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.shop_examples import PaperShop, a_product, changed, repriced
from shopsync.changes import FieldChange, Hold, HoldReason, Planned, Tally, Update, VariantPlan
from shopsync.digest import digest
from shopsync.errors import PlanStale
from shopsync.guard import Part, Weight, check, cursor, place, safe_parts, set_aside
from shopsync.run import sync
from shopsync.stores.memory import MemoryCatalogue

BOTH = {Part.ARCHIVES, Part.UPDATES}


@pytest.mark.parametrize(
    ("weight", "safe"),
    [
        (Weight(live=100, archives=20, updates=30), BOTH),
        (Weight(live=100, archives=21, updates=30), {Part.UPDATES}),
        (Weight(live=100, archives=20, updates=31), {Part.ARCHIVES}),
        (Weight(live=100, archives=21, updates=31), set()),
        (Weight(live=9, archives=9, updates=9), BOTH),
        (Weight(live=10, archives=10, updates=10), set()),
    ],
)
def test_a_part_that_is_unusually_big_is_stopped_on_its_own(weight: Weight, safe: set[Part]) -> None:
    assert safe_parts(weight) == safe


@pytest.mark.parametrize(
    ("name", "before", "after", "alarms"),
    [
        ("price", Decimal(10), Decimal(15), False),
        ("price", Decimal(10), Decimal("15.01"), True),
        ("price", Decimal(10), Decimal("4.99"), True),
        ("price", Decimal(10), Decimal(5), False),
        ("price", Decimal(0), Decimal(5), False),
        ("description_html", "<p>x</p>", "", True),
        ("description_html", "", "<p>x</p>", False),
        ("vendor", "A", "B", False),
        ("sku", "A", None, True),
        ("tags", ("a",), (), True),
        ("weight", Decimal(1), None, True),
        ("weight", Decimal(1), Decimal(0), False),
        ("taxable", True, False, False),
        ("compare_at_price", Decimal(9), None, False),
        ("published_at", "2026-01-01", None, False),
        ("variant", "Red", None, False),
    ],
)
def test_blanked_fields_and_prices_that_jump_are_set_aside(name: str, before: Any, after: Any, alarms: bool) -> None:
    fields = (FieldChange("title", "A", "B"), FieldChange(name, before, after))
    update = Update(7, a_product(1), b"d" * 16, fields, VariantPlan())
    hold = Hold(1, "Product 1", HoldReason.GUARD, local_id=7, status=update.product.status)
    planned = Planned(7, 1, "Product 1", b"d" * 16, fields)
    assert set_aside([update]) == (([hold], [planned]) if alarms else ([update], []))


def test_a_plan_is_stale_when_a_product_has_changed_gone_or_come_back() -> None:
    product = a_product(1)
    update, archive = Planned(7, 1, "One", digest(product)), Planned(8, 2, "Two", None)
    check([update, archive], [product])
    for shown in ([changed(product, title="Other")], [], [product, a_product(2)]):
        with pytest.raises(PlanStale):
            check([update, archive], shown)


def test_the_cursor_remembers_the_parts_and_the_place() -> None:
    assert place(cursor(BOTH, 42)) == (BOTH, 42)
    assert place(cursor((), 0)) == (frozenset(), 0)


# A whole run


def shop_and_catalogue(count: int = 40) -> tuple[PaperShop, MemoryCatalogue]:
    shop, catalogue = PaperShop(*(a_product(n) for n in range(1, count + 1)), page=10), MemoryCatalogue()
    sync(shop, catalogue)
    return shop, catalogue


def again(shop: PaperShop, catalogue: MemoryCatalogue) -> Tally:
    catalogue.new_run()
    sync(shop, catalogue)
    return catalogue.tally()


def live(catalogue: MemoryCatalogue) -> int:
    return sum(not kept.archived for kept in catalogue.products())


def test_a_few_alarming_updates_are_written_in_the_same_run() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 13):
        shop.put(repriced(a_product(shop_id), "99"))
    assert again(shop, catalogue) == Tally(found=40, updated=12, unchanged=28)
    assert catalogue.plan() == []


def test_when_half_the_shop_is_gone_nothing_is_archived_until_a_person_approves() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 21):
        shop.delete(shop_id)
    shop.put(changed(a_product(30), title="Still updated"))
    assert again(shop, catalogue) == Tally(found=20, updated=1, unchanged=19)
    assert (live(catalogue), len(catalogue.plan())) == (40, 20)

    catalogue.approve()
    sync(shop, catalogue)
    assert (catalogue.tally(), catalogue.plan(), live(catalogue)) == (Tally(archived=20), [], 20)


def test_products_brought_in_by_the_run_do_not_hide_how_many_are_gone() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 41):
        shop.delete(shop_id)
        shop.put(a_product(1000 + shop_id))
        shop.put(a_product(2000 + shop_id))
        shop.put(a_product(3000 + shop_id))
        shop.put(a_product(4000 + shop_id))
    assert again(shop, catalogue) == Tally(found=160, created=160)
    assert len(catalogue.plan()) == 40


def test_when_all_prices_jump_none_is_written_and_each_is_held() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 41):
        shop.put(repriced(a_product(shop_id), "0.01"))
    before = catalogue.products()
    assert again(shop, catalogue) == Tally(found=40, held={"guard": 40})
    assert catalogue.products() == before

    catalogue.approve()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=40, updated=40)
    assert again(shop, catalogue) == Tally(found=40, unchanged=40)


def test_a_shop_that_moved_on_makes_the_plan_stale_and_nothing_more_is_written() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 21):
        shop.delete(shop_id)
    again(shop, catalogue)
    shop.put(a_product(5))
    before = catalogue.products()
    catalogue.approve()
    with pytest.raises(PlanStale):
        sync(shop, catalogue)
    assert catalogue.products() == before


def test_one_stopped_part_does_not_stop_the_other() -> None:
    shop, catalogue = shop_and_catalogue()
    for shop_id in range(1, 21):
        shop.delete(shop_id)
    for shop_id in range(21, 26):
        shop.put(repriced(a_product(shop_id), "99"))
    assert again(shop, catalogue) == Tally(found=20, updated=5, unchanged=15)
    assert {change.digest for change in catalogue.plan()} == {None}


def test_what_returns_before_the_archives_are_settled_stays() -> None:
    shop, catalogue = shop_and_catalogue()
    gone = a_product(3)
    shop.delete(3)

    class Returns(PaperShop):
        def lookup(self, shop_ids: Any) -> Any:
            page = super().lookup(shop_ids)
            self.put(gone)
            return page

    catalogue.new_run()
    sync(Returns(*shop.products), catalogue)
    assert (live(catalogue), catalogue.tally().archived, catalogue.tally().found) == (40, 0, 40)
