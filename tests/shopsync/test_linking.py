"""Unlinked local products that are the shop's: linked where there is no doubt, left to a person where there is."""

from __future__ import annotations

import pytest

from contracts.shop_examples import PaperShop, a_product, a_variant, repriced
from shopsync.changes import Choice, Hold, HoldReason, Link, Tally
from shopsync.match import shared_skus, the_same
from shopsync.run import sync
from shopsync.stores.memory import MemoryCatalogue
from shopsync.values import ShopProduct, Status


def with_skus(shop_id: int, *skus: str | None) -> ShopProduct:
    variants = [a_variant(100 * shop_id + n, sku=sku, title=f"Size {n}") for n, sku in enumerate(skus)]
    return a_product(shop_id, variants=variants)


def mine(catalogue: MemoryCatalogue, *skus: str, notes: str = "mine") -> int:
    variants = [a_variant(0, sku=sku, title="Mine") for sku in skus]
    return catalogue.add(a_product(0, variants=variants), linked=False, local={"notes": notes})


@pytest.mark.parametrize(
    ("candidates", "bearers", "found"),
    [
        ({5: ["A"]}, {}, 5),
        ({5: ["A", "B"]}, {1: ["A"]}, 5),
        ({}, {}, None),
        ({5: ["A"], 6: ["A"]}, {}, None),
        ({5: ["A"], 6: ["B"]}, {}, None),
        ({5: ["A"], 6: ["C"]}, {}, 5),
        ({5: ["a"]}, {}, None),
        ({5: ["A "]}, {}, None),
        ({5: ["A", "a"]}, {}, None),
        ({5: ["A"]}, {2: ["A"]}, None),
        ({5: ["A", "Z"]}, {2: [" z"]}, None),
    ],
)
def test_a_product_is_the_same_only_beyond_doubt(
    candidates: dict[int, list[str]], bearers: dict[int, list[str]], found: int | None
) -> None:
    assert the_same(with_skus(1, "A", "B", None, ""), candidates, bearers) == found


def test_empty_skus_are_shared_by_nobody() -> None:
    assert shared_skus(with_skus(1, "", " ", None), {5: ["", " "]}) == {}


def test_an_unlinked_product_with_the_sku_is_linked_and_keeps_its_id_and_notes() -> None:
    shop, catalogue = PaperShop(with_skus(1, "A"), with_skus(2, "B"), with_skus(3, "C")), MemoryCatalogue(limit=3)
    own = mine(catalogue, "B")
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=3, created=2, linked=1)
    kept = catalogue.products()[0]
    assert (kept.id, kept.shop_id, kept.local, kept.product.title) == (own, 2, {"notes": "mine"}, "Product 2")
    link = catalogue.outcomes()[2]
    assert isinstance(link, Link)
    assert "title" not in {field.field for field in link.fields if field.before == field.after}
    catalogue.new_run()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=3, unchanged=3)


def test_a_link_needs_no_room() -> None:
    shop, catalogue = PaperShop(with_skus(1, "A")), MemoryCatalogue(limit=1)
    mine(catalogue, "A")
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=1, linked=1)


def test_two_shop_products_with_the_sku_wait_for_a_person_though_they_are_pages_apart() -> None:
    shop, catalogue = (
        PaperShop(*(with_skus(n, "A" if n in (1, 9) else f"X{n}") for n in range(1, 10))),
        MemoryCatalogue(),
    )
    own = mine(catalogue, "A")
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=9, created=7, held={"needs_decision": 2})
    hold = Hold(1, "Product 1", HoldReason.NEEDS_DECISION, skus=("A",), candidates=(own,), status=Status.ACTIVE)
    assert catalogue.outcomes()[1] == hold


def test_a_shop_product_that_is_here_and_carries_the_sku_too_is_doubt() -> None:
    shop, catalogue = PaperShop(with_skus(1, "A")), MemoryCatalogue()
    sync(shop, catalogue)
    mine(catalogue, "A")
    shop.put(with_skus(2, "A"))
    catalogue.new_run()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=2, unchanged=1, held={"needs_decision": 1})


def test_a_product_made_anew_with_the_sku_frees_it_when_the_old_one_is_gone() -> None:
    shop, catalogue = PaperShop(with_skus(1, "A")), MemoryCatalogue()
    sync(shop, catalogue)
    own = mine(catalogue, "A")
    shop.delete(1)
    shop.put(with_skus(2, "A"))
    catalogue.new_run()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=1, linked=1, archived=1)
    assert catalogue.products()[1].id == own


@pytest.mark.parametrize(
    ("choice", "tally"),
    [
        (Choice(link_to=1), Tally(found=2, linked=1, created=1)),
        (Choice(), Tally(found=2, created=1, linked=1)),
        (Choice(ignore=True), Tally(found=2, held={"ignored": 1, "needs_decision": 1})),
    ],
)
def test_what_a_person_chose_is_done_by_the_next_sync(choice: Choice, tally: Tally) -> None:
    shop, catalogue = PaperShop(with_skus(1, "A"), with_skus(2, "A")), MemoryCatalogue()
    assert mine(catalogue, "A") == 1
    sync(shop, catalogue)
    catalogue.choose(1, choice)
    if choice == Choice():
        # The other one is it.
        catalogue.choose(2, Choice(link_to=1))
    catalogue.new_run()
    sync(shop, catalogue)
    assert catalogue.tally() == tally


def test_a_choice_of_a_product_that_is_gone_is_asked_again() -> None:
    shop, catalogue = PaperShop(with_skus(1, "A")), MemoryCatalogue()
    first, second = mine(catalogue, "A"), mine(catalogue, "A")
    third = mine(catalogue, "A")
    catalogue.choose(1, Choice(link_to=first))
    catalogue.remove(first)
    sync(shop, catalogue)
    assert catalogue.outcomes()[1] == Hold(
        1, "Product 1", HoldReason.NEEDS_DECISION, skus=("A",), candidates=(second, third), status=Status.ACTIVE
    )


def test_nothing_is_linked_while_the_guard_keeps_updates_that_may_bring_the_sku() -> None:
    shop, catalogue = PaperShop(*(with_skus(n, f"X{n}") for n in range(1, 13)), page=20), MemoryCatalogue()
    sync(shop, catalogue)
    own = mine(catalogue, "A")
    for shop_id in range(1, 13):
        shop.put(repriced(with_skus(shop_id, "A" if shop_id == 5 else f"X{shop_id}"), "99"))
    shop.put(with_skus(20, "A"))
    catalogue.new_run()
    sync(shop, catalogue)
    assert catalogue.tally() == Tally(found=13, held={"guard": 12, "needs_decision": 1})
    assert catalogue.products()[-1].id == own
    assert catalogue.products()[-1].shop_id is None
