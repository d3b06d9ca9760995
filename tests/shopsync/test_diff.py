"""What a page of the shop means for the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from contracts.shop_examples import LONG_AGO, a_product, a_variant, changed, repriced
from shopsync.changes import Change, Choice, Create, Failed, FieldChange, Hold, HoldReason, Restore, Unchanged, Update
from shopsync.diff import Undecided, close_look, failures, first_look, sift, skim
from shopsync.digest import digest
from shopsync.match import Match
from shopsync.ports import Local, Stored, StoredVariant
from shopsync.values import Familiar, ShopProduct, Status, Unreadable


def as_is(product: ShopProduct) -> ShopProduct:
    return product


def shouting(product: ShopProduct) -> ShopProduct:
    return changed(product, description_html=product.description_html.upper())


def here(product: ShopProduct, local_id: int = 100, *, archived: bool = False, digest_of: bytes | None = None) -> Local:
    return Local(local_id, product.id, digest_of or digest(product), archived, product.title)


def stored(product: ShopProduct, local_id: int = 100) -> Mapping[int, Stored]:
    variants = tuple(StoredVariant(n, variant) for n, variant in enumerate(product.variants, 1))
    return {local_id: Stored(local_id, changed(product, variants=()), variants)}


def unlike(product: ShopProduct, local: Local | None) -> Undecided:
    """The product, known not to be as it was last written."""
    (undecided,) = sift([Match(product, local)])[1]
    return undecided


def decide(
    matches: Sequence[Match], kept: Mapping[int, Stored], *, ignored: Sequence[int] = (), room: int | None = None
) -> list[Change]:
    choices = {shop_id: Choice(ignore=True) for shop_id in ignored}
    unchanged, undecided = sift(matches)
    changes, suspects = first_look(undecided, choices=choices, room=room, keep=as_is)
    return [*map(Unchanged, unchanged), *changes] + close_look(suspects, kept, as_is)[0]


def as_before(product: ShopProduct) -> Familiar:
    return Familiar(product.id, digest(product), LONG_AGO, lambda: product)


def test_what_is_familiar_and_here_as_written_is_unchanged_without_being_read() -> None:
    def read() -> ShopProduct:
        raise AssertionError("nobody needs its fields")

    product = a_product(1)
    assert skim([Familiar(1, digest(product), LONG_AGO, read)], [here(product)]) == ([1], [])


def test_what_is_familiar_is_read_where_it_is_not_here_as_written_or_more_than_once() -> None:
    product, other = a_product(1), a_product(1, title="Other")
    for known in (
        [],
        [here(product, archived=True)],
        [here(other)],
        [here(product), here(product, 101)],
        [Local(100, 1, None)],
    ):
        assert skim([as_before(product)], known) == ([], [product])


def test_a_product_nobody_has_is_created_as_the_catalogue_keeps_it() -> None:
    product = a_product(1, description_html="<p>quiet</p>")
    changes, suspects = first_look([unlike(product, None)], choices={}, room=None, keep=shouting)
    # The fingerprint is of what the shop shows, so that the next read finds it unchanged.
    assert changes == [Create(changed(product, description_html="<P>QUIET</P>"), digest(product))]
    assert suspects == []


def test_an_equal_fingerprint_is_unchanged_and_needs_no_closer_look() -> None:
    product = a_product(1)
    assert sift([Match(product, here(product))]) == ([1], [])


def test_a_changed_price_is_an_update_of_that_field_of_that_variant() -> None:
    before = a_product(1, variants=(a_variant(11, title="S"), a_variant(12, title="M")))
    after = changed(before, variants=(before.variants[0], a_variant(12, title="M", price=Decimal(12))))
    (update,) = decide([Match(after, here(before))], stored(before))
    assert isinstance(update, Update)
    assert update.fields == (FieldChange("price", Decimal("9.50"), Decimal(12), "M", 12),)
    assert update.variants.changed == ((2, after.variants[1]),)
    assert (update.local_id, update.digest) == (100, digest(after))


def test_every_changed_field_is_told_before_and_after() -> None:
    before = a_product(1, tags=("a",), vendor="X")
    after = changed(before, title="Other", tags=("b", "a"), vendor="Y")
    (update,) = decide([Match(after, here(before))], stored(before))
    assert isinstance(update, Update)
    assert update.fields == (
        FieldChange("title", "Product 1", "Other"),
        FieldChange("vendor", "X", "Y"),
        FieldChange("tags", ("a",), ("b", "a")),
    )


def test_added_removed_and_returned_variants_are_told() -> None:
    before = a_product(1, variants=(a_variant(11, title="S", sku="S"), a_variant(12, title="M", sku="M")))
    after = changed(before, variants=(before.variants[0], a_variant(13, title="L", sku="L")))
    (update,) = decide([Match(after, here(before))], stored(before))
    assert isinstance(update, Update)
    assert update.fields == (FieldChange("variant", None, "L", "L", 13), FieldChange("variant", "M", None, "M", 12))
    assert (update.variants.added, update.variants.removed) == ((after.variants[1],), (2,))


def test_a_variant_that_shopify_made_anew_is_written_though_no_field_differs() -> None:
    before = a_product(1, variants=(a_variant(11, sku="A"),))
    after = changed(before, variants=(a_variant(99, sku="A"),))
    (update,) = decide([Match(after, here(before))], stored(before))
    assert isinstance(update, Update)
    assert (update.fields, update.variants.changed) == ((), ((1, after.variants[0]),))


def test_another_spelling_of_the_same_values_is_unchanged() -> None:
    before = repriced(a_product(1, tags=("a", "b")), "9.5")
    after = repriced(changed(before, tags=("b", "a")), "9.50")
    assert digest(after) != digest(before)
    assert decide([Match(after, here(before))], stored(before)) == [Unchanged(1)]


def test_a_change_that_sanitising_takes_away_is_unchanged() -> None:
    before, after = a_product(1, description_html="A"), a_product(1, description_html="a")
    changes, suspects = first_look([unlike(after, here(before))], choices={}, room=None, keep=shouting)
    assert changes + close_look(suspects, stored(before), shouting)[0] == [Unchanged(1)]


def test_a_linked_product_without_a_fingerprint_is_looked_at() -> None:
    product = a_product(1)
    never_synced = Local(100, 1, None)
    assert decide([Match(product, never_synced)], stored(product)) == [Unchanged(1)]
    (update,) = decide([Match(changed(product, title="New"), never_synced)], stored(product))
    assert isinstance(update, Update)


def test_an_archived_product_that_the_shop_shows_again_is_restored_even_when_nothing_differs() -> None:
    product = a_product(1)
    (restore,) = decide([Match(product, here(product, archived=True))], stored(product), room=1)
    assert isinstance(restore, Restore)
    assert (restore.local_id, restore.fields) == (100, ())


# The plan's limit


def test_new_products_come_in_by_the_shops_order_while_there_is_room() -> None:
    matches = [Match(a_product(shop_id), None) for shop_id in (1, 2, 3)]
    created, *held = decide(matches, {}, room=1)
    assert isinstance(created, Create)
    assert held == [
        Hold(2, "Product 2", HoldReason.PLAN_LIMIT, status=Status.ACTIVE),
        Hold(3, "Product 3", HoldReason.PLAN_LIMIT, status=Status.ACTIVE),
    ]


def test_linked_products_update_however_full_the_plan_is() -> None:
    before = a_product(1)
    after = changed(before, title="New")
    (update,) = decide([Match(after, here(before))], stored(before), room=-13)
    assert isinstance(update, Update)


def test_restoring_takes_room_like_a_new_product() -> None:
    gone, new = a_product(1), a_product(2)
    matches = [Match(gone, here(gone, archived=True)), Match(new, None)]
    held, restored = decide(matches, stored(gone), room=1)
    assert isinstance(restored, Restore)
    assert held == Hold(2, "Product 2", HoldReason.PLAN_LIMIT, status=Status.ACTIVE)
    assert decide(matches[:1], stored(gone), room=0) == [
        Hold(1, "Product 1", HoldReason.PLAN_LIMIT, status=Status.ACTIVE)
    ]


def test_ignored_products_stay_out_and_take_no_room() -> None:
    matches = [Match(a_product(1), None), Match(a_product(2), None)]
    ignored, created = decide(matches, {}, ignored=[1], room=1)
    assert ignored == Hold(1, "Product 1", HoldReason.IGNORED, status=Status.ACTIVE)
    assert isinstance(created, Create)


def test_what_could_not_be_read_is_a_failure_with_its_reason() -> None:
    assert failures([Unreadable(1, "One", "It has no price.")]) == [Failed(1, "One", "It has no price.")]
