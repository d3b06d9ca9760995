"""Which local product, and which local variant, it is."""

from __future__ import annotations

from decimal import Decimal

from contracts.shop_examples import a_product, a_variant
from shopsync.changes import Duplicate, VariantPlan
from shopsync.match import match_products, match_variants, plan_variants
from shopsync.ports import Local, StoredVariant
from shopsync.values import ShopVariant


def local(local_id: int, shop_id: int, *, archived: bool = False) -> Local:
    return Local(local_id, shop_id, None, archived)


def kept(local_id: int, variant: ShopVariant, *, removed: bool = False) -> StoredVariant:
    return StoredVariant(local_id, variant, removed)


def pairs(stored: list[StoredVariant], shop: list[ShopVariant]) -> dict[int, int]:
    """Local variant id → shop variant id."""
    return {local.id: variant.id for local, variant in match_variants(stored, shop)[0]}


# Products


def test_a_product_is_the_local_one_that_carries_its_id() -> None:
    matches, duplicates = match_products([a_product(1), a_product(2)], [local(10, 2)])
    assert [(match.product.id, match.local and match.local.id) for match in matches] == [(1, None), (2, 10)]
    assert duplicates == []


def test_of_several_the_lowest_local_id_is_the_one_however_they_arrive() -> None:
    matches, duplicates = match_products([a_product(1)], [local(30, 1), local(10, 1), local(20, 1)])
    assert matches[0].local == local(10, 1)
    assert duplicates == [Duplicate(1, "Product 1", synced=10, left=(20, 30))]


def test_an_archived_first_match_stays_the_first_match() -> None:
    matches, duplicates = match_products([a_product(1)], [local(10, 1, archived=True), local(20, 1)])
    assert matches[0].local == local(10, 1, archived=True)
    assert duplicates[0].left == (20,)


def test_a_product_shown_twice_on_a_page_is_taken_once_as_last_shown() -> None:
    matches, _ = match_products([a_product(1), a_product(2), a_product(1, title="Newer")], [])
    assert [(match.product.id, match.product.title) for match in matches] == [(1, "Newer"), (2, "Product 2")]


# Variants


def test_variants_match_by_id_whatever_else_changed() -> None:
    stored = [kept(1, a_variant(11, sku="A")), kept(2, a_variant(12, sku="B"))]
    assert pairs(stored, [a_variant(12, sku="A"), a_variant(11, sku="B")]) == {1: 11, 2: 12}


def test_a_variant_made_anew_in_the_shop_is_found_by_its_sku() -> None:
    assert pairs([kept(1, a_variant(11, sku="A"))], [a_variant(99, sku="A", title="New")]) == {1: 99}


def test_a_variant_without_a_sku_is_found_by_its_barcode_then_by_its_options() -> None:
    stored = [kept(1, a_variant(11, barcode="123")), kept(2, a_variant(12, option_values=("S", "Red")))]
    assert pairs(stored, [a_variant(98, barcode="123"), a_variant(99, option_values=("S", "Red"))]) == {1: 98, 2: 99}


def test_a_sku_that_two_variants_share_is_no_key() -> None:
    stored = [
        kept(1, a_variant(11, sku="A", option_values=("S",))),
        kept(2, a_variant(12, sku="A", option_values=("M",))),
    ]
    shop = [a_variant(98, sku="A", option_values=("M",)), a_variant(99, sku="A", option_values=("L",))]
    matched, added, orphans = match_variants(stored, shop)
    assert [(local.id, variant.id) for local, variant in matched] == [(2, 98)]
    assert [variant.id for variant in added] == [99]
    assert [local.id for local in orphans] == [1]


def test_an_empty_key_matches_nothing() -> None:
    matched, added, orphans = match_variants([kept(1, a_variant(11))], [a_variant(99)])
    assert (matched, len(added), len(orphans)) == ([], 1, 1)


def test_a_variant_taken_by_its_id_is_no_candidate_for_a_newcomer() -> None:
    stored = [kept(1, a_variant(11, sku="A"))]
    assert pairs(stored, [a_variant(11, sku="B"), a_variant(12, sku="A")]) == {1: 11}


def test_of_local_variants_with_one_id_the_first_shown_one_is_taken() -> None:
    twins = [kept(1, a_variant(11), removed=True), kept(2, a_variant(11)), kept(3, a_variant(11))]
    matched, added, orphans = match_variants(twins, [a_variant(11)])
    assert [local.id for local, _ in matched] == [2]
    assert (added, [local.id for local in orphans]) == ([], [3])


def test_an_old_removed_twin_makes_a_sku_not_ambiguous() -> None:
    stored = [kept(1, a_variant(11, sku="A"), removed=True), kept(2, a_variant(12, sku="A"))]
    assert pairs(stored, [a_variant(99, sku="A")]) == {2: 99}


def test_a_removed_variant_is_taken_up_again_when_its_sku_returns() -> None:
    assert pairs([kept(1, a_variant(11, sku="A"), removed=True)], [a_variant(99, sku="A")]) == {1: 99}


def test_the_plan_names_only_what_must_be_written() -> None:
    stored = [
        kept(1, a_variant(11)),
        kept(2, a_variant(12)),
        kept(3, a_variant(13), removed=True),
        kept(4, a_variant(14)),
        kept(5, a_variant(15), removed=True),
    ]
    dearer = a_variant(12, price=Decimal(99))
    shop = [a_variant(11), dearer, a_variant(13), a_variant(16, sku="NEW")]
    assert plan_variants(stored, shop) == VariantPlan(
        changed=((2, dearer), (3, a_variant(13))), added=(a_variant(16, sku="NEW"),), removed=(4,)
    )
