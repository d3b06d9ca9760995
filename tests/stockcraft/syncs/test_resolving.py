"""A duplicate is merged, unlinked or removed, and every undo brings the rows back exactly or says why it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from one_shop import MemoryShop, connected, product, synced, variant
from shopsync.values import Image, WeightUnit
from stockcraft.accounts.models import User
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import FieldRule, Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.merging import Choice, plan_merge
from stockcraft.syncs.models import Change, Resolution
from stockcraft.syncs.resolving import merge, remove, undo_resolution, unlink
from stockcraft.syncs.traces import OF_A_PRODUCT, PARTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def alice(connection: Connection) -> User:
    return connection.account.members.get()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    """A product with every field filled, in two sizes, and another."""
    sizes = (
        variant(10, title="S", price=Decimal("19.50"), weight=Decimal("0.250"), weight_unit=WeightUnit.KILOGRAMS),
        variant(11, title="L", price=Decimal("1e3"), cost=Decimal("7.20"), image=Image("https://cdn.example/l.jpg")),
    )
    shop = MemoryShop(product(1, *sizes, image=Image("https://cdn.example/i.jpg", "Wax")), product(2))
    synced(connection, shop)
    return shop


@pytest.fixture
def first(connection: Connection, shop: MemoryShop) -> Product:
    return Product.objects.get(shopify_product_id=1)


@pytest.fixture
def copy(first: Product) -> Product:
    return copy_of(first, notes="for gifts", category="Gifts", name_override="Gift candle")


def copy_of(first: Product, **own: Any) -> Product:
    """A later product with the same Shopify IDs, as a file import makes it, and a cost for each of its variants."""
    copy = Product.objects.create(
        account=first.account, connection=first.connection, shopify_product_id=first.shopify_product_id,
        title="Copy", currency="USD", tags=["a", "b"], digest=b"\x00\xff", drift={"title": "X"},
        shopify_created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), **own,
    )  # fmt: skip
    for place, size in enumerate(first.variants.all()):
        Variant.objects.create(
            account=first.account, product=copy, shopify_variant_id=size.shopify_variant_id, title=size.title,
            option_values=[size.title], price=Decimal("4.50"), own_cost=Decimal(f"{place}.100"), sku=f"C-{place}",
        )  # fmt: skip
    FieldRule.objects.create(account=first.account, product=copy, field="title", rule="keep")
    return copy


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows that an action may touch, without the moment they were last written."""
    models = (Product, Variant, FieldRule, Change)
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    return {name: [{k: v for k, v in row.items() if k != "updated_at"} for row in kept] for name, kept in rows.items()}


def exactly(rows: dict[str, Any]) -> str:
    """With the scale of each number: 4.5 is not 4.50."""
    return repr(rows)


ACTIONS: dict[str, Callable[[Product, Product, User], Resolution]] = {
    "merge": lambda copy, first, by: merge(copy, first, by),
    "unlink": lambda copy, _first, by: unlink(copy, by),
    "unlink the first": lambda _copy, first, by: unlink(first, by),
    "remove": lambda copy, _first, by: remove(copy, by),
    "remove the first": lambda _copy, first, by: remove(first, by, ignore=True),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_undo_restores_every_row_exactly(action: str, copy: Product, first: Product, alice: User) -> None:
    before = exactly(everything())
    resolution = ACTIONS[action](copy, first, alice)
    assert exactly(everything()) != before
    undo_resolution(resolution, alice)
    assert exactly(everything()) == before
    resolution = Resolution.objects.get()
    assert (resolution.made_by, resolution.undone_by, resolution.trace) == (alice, alice, {})


def test_a_merge_carries_over_what_the_first_lacks(copy: Product, first: Product) -> None:
    first.variants.filter(title="S").update(labour=Decimal("2"))
    copy.variants.filter(title="S").update(notes="small wick")
    merge(copy, first, choices={"category": Choice.OTHER})
    first.refresh_from_db()
    assert (first.name_override, first.notes, first.category) == ("Gift candle", "for gifts", "Gifts")
    assert first.title == "Candle 1"
    small, large = first.variants.all()
    assert (small.own_cost, small.labour, small.notes) == (Decimal("0.100"), Decimal(2), "small wick")
    assert (large.own_cost, large.price, large.shopify_cost) == (Decimal("1.100"), Decimal(1000), Decimal("7.20"))
    assert Product.objects.filter(shopify_product_id=1).count() == 1


def test_a_merge_carries_over_who_decides_about_a_field(
    copy: Product, first: Product, connection: Connection, shop: MemoryShop
) -> None:
    FieldRule.objects.create(account=first.account, product=copy, field="vendor", rule="keep")
    FieldRule.objects.create(account=first.account, product=first, field="vendor", rule="if_empty")
    resolution = merge(copy, first)
    assert FieldRule.objects.of(first.account, first) == {"title": "keep", "vendor": "if_empty"}

    shop.change(1, title="Another name")
    synced(connection, shop)
    first.refresh_from_db()
    assert (first.title, first.drift) == ("Candle 1", {"title": "Another name"})

    undo_resolution(resolution)
    assert FieldRule.objects.of(first.account, first) == {"vendor": "if_empty"}
    assert FieldRule.objects.of(copy.account, copy) == {"title": "keep", "vendor": "keep"}
    synced(connection, shop)
    first.refresh_from_db()
    assert (first.title, first.drift) == ("Another name", {})


def test_where_both_have_a_value_the_first_stays_and_both_notes_do(copy: Product, first: Product) -> None:
    Product.objects.filter(pk=first.pk).update(notes="pour at 60°", category="Candles")
    first.variants.update(own_cost=Decimal("9"))
    plan = plan_merge(copy, Product.objects.get(pk=first.pk))
    assert set(plan.clashes) == {"notes", "category", "variant.own_cost"}
    merge(copy, first)
    first.refresh_from_db()
    assert (first.notes, first.category) == ("pour at 60°\n\nfor gifts", "Candles")
    assert {size.own_cost for size in first.variants.all()} == {Decimal(9)}


def test_a_person_chooses_which_value_stays(copy: Product, first: Product) -> None:
    Product.objects.filter(pk=first.pk).update(notes="pour at 60°", category="Candles")
    first.variants.update(own_cost=Decimal("9"))
    merge(copy, first, choices=dict.fromkeys(("notes", "category", "variant.own_cost"), Choice.OTHER))
    first.refresh_from_db()
    assert (first.notes, first.category) == ("for gifts", "Gifts")
    assert [size.own_cost for size in first.variants.all()] == [Decimal("0.100"), Decimal("1.100")]


def test_a_cost_of_zero_is_a_value(copy: Product, first: Product) -> None:
    first.variants.update(own_cost=0)
    assert len(plan_merge(copy, first).clashes["variant.own_cost"]) == 2


def test_variants_are_matched_as_a_sync_does(copy: Product, first: Product) -> None:
    """One by Shopify's ID, one by its SKU, though neither product has an ID for it."""
    copy.variants.filter(title="L").update(shopify_variant_id=None, sku="SKU-11", title="Other", option_values=[])
    merge(copy, first)
    assert [size.own_cost for size in first.variants.all()] == [Decimal("0.100"), Decimal("1.100")]


def test_a_variant_without_a_counterpart_keeps_its_cost_with_the_first(copy: Product, first: Product) -> None:
    odd = Variant.objects.create(
        account=first.account, product=copy, title="XL", option_values=["XL"], own_cost=Decimal("3.30"), sku="XL"
    )
    Variant.objects.create(account=first.account, product=copy, title="nothing of mine", sku="N")
    before = exactly(everything())
    resolution = merge(copy, first)
    odd.refresh_from_db()
    assert (odd.product, odd.own_cost) == (first, Decimal("3.30"))
    assert odd.removed_at is not None
    assert not Variant.objects.filter(sku="N").exists()
    undo_resolution(resolution)
    assert exactly(everything()) == before


def test_only_the_first_match_can_be_merged_into(copy: Product, first: Product, connection: Connection) -> None:
    other = Product.objects.get(shopify_product_id=2)
    for pair in ((first, copy), (copy, other), (copy, copy)):
        with pytest.raises(Refused, match="changed meanwhile"):
            merge(*pair)
    assert Resolution.objects.count() == 0


def test_an_edit_since_refuses_the_undo_of_a_merge(copy: Product, first: Product) -> None:
    resolution = merge(copy, first)
    first.variants.filter(title="L").update(own_cost=Decimal("5"))
    with pytest.raises(Refused, match="has changed the product since"):
        undo_resolution(resolution)
    assert not Product.objects.filter(pk=copy.pk).exists()
    first.variants.filter(title="L").update(own_cost=Decimal("1.100"))
    undo_resolution(resolution)
    assert Product.objects.filter(pk=copy.pk).exists()


def test_a_sync_since_does_not_refuse_the_undo_of_a_merge(
    copy: Product, first: Product, connection: Connection, shop: MemoryShop
) -> None:
    resolution = merge(copy, first)
    shop.change_variant(1, price=Decimal("21.00"))
    synced(connection, shop)
    undo_resolution(resolution)
    first.refresh_from_db()
    assert (first.notes, first.variants.get(title="S").price) == ("", Decimal("21.00"))


def test_an_unlinked_product_that_was_linked_again_is_not_unlinked_anew(copy: Product) -> None:
    resolution = unlink(copy)
    Product.objects.filter(pk=copy.pk).update(connection=resolution.connection, shopify_product_id=2)
    with pytest.raises(Refused, match="has changed the product since"):
        undo_resolution(resolution)


def test_notes_written_since_outlive_the_undo_of_an_unlink(copy: Product) -> None:
    resolution = unlink(copy)
    Product.objects.filter(pk=copy.pk).update(notes="written later")
    undo_resolution(resolution)
    copy.refresh_from_db()
    assert (copy.notes, copy.shopify_product_id) == ("written later", 1)


def test_what_was_undone_is_not_undone_again(copy: Product) -> None:
    resolution = remove(copy)
    undo_resolution(resolution)
    with pytest.raises(Refused, match="undone already"):
        undo_resolution(resolution)


def test_merges_are_undone_in_the_order_of_their_making_backwards(copy: Product, first: Product) -> None:
    second = copy_of(first, notes="from a file")
    before = exactly(everything())
    earlier, later = merge(copy, first), merge(second, first)
    with pytest.raises(Refused, match="has changed the product since"):
        undo_resolution(earlier)
    undo_resolution(later)
    undo_resolution(earlier)
    assert exactly(everything()) == before


def test_an_ignored_product_is_no_longer_ignored_after_an_undo(connection: Connection, shop: MemoryShop) -> None:
    resolution = remove(Product.objects.get(shopify_product_id=2), ignore=True)
    assert connection.ignored_products.count() == 1
    undo_resolution(resolution)
    assert connection.ignored_products.count() == 0
    assert synced(connection, shop).unchanged == 2


def test_what_was_ignored_before_stays_ignored_after_an_undo(connection: Connection, shop: MemoryShop) -> None:
    connection.ignored_products.create(shopify_product_id=2)
    undo_resolution(remove(Product.objects.get(shopify_product_id=2), ignore=True))
    assert connection.ignored_products.count() == 1


def test_a_product_comes_back_only_where_the_plan_has_room(connection: Connection, shop: MemoryShop) -> None:
    connection.account.plan = Plan.FREE
    connection.account.save()
    resolution = remove(Product.objects.get(shopify_product_id=2))
    filling = [Product.objects.create(account=connection.account, title=f"Own {place}") for place in range(49)]
    with pytest.raises(Refused, match="no room"):
        undo_resolution(resolution)
    filling[0].delete()
    undo_resolution(resolution)
    assert Product.objects.live().count() == 50


def test_a_full_account_may_take_back_what_it_just_did(connection: Connection, shop: MemoryShop) -> None:
    """It holds more than its plan does, as after a downgrade; nothing has come in since."""
    connection.account.plan = Plan.FREE
    connection.account.save()
    for place in range(60):
        Product.objects.create(account=connection.account, title=f"Own {place}")
    undo_resolution(remove(Product.objects.get(shopify_product_id=2)))
    assert Product.objects.live().count() == 62


def test_history_of_a_removed_product_is_its_again(connection: Connection, shop: MemoryShop) -> None:
    product = Product.objects.get(shopify_product_id=2)
    resolution = remove(product)
    assert not Change.objects.filter(product=product.pk).exists()
    undo_resolution(resolution)
    assert Change.objects.get(shopify_product_id=2).product == product


def test_the_next_product_is_synced_when_the_first_goes(
    connection: Connection, shop: MemoryShop, copy: Product, first: Product
) -> None:
    copy.field_rules.all().delete()
    resolution = unlink(first)
    synced(connection, shop)
    copy.refresh_from_db()
    assert (copy.title, copy.notes) == ("Candle 1", "for gifts")
    undo_resolution(resolution)
    shop.change(1, title="New name")
    synced(connection, shop)
    first.refresh_from_db()
    copy.refresh_from_db()
    assert (first.title, copy.title) == ("New name", "Candle 1")


def test_removing_the_products_of_a_shop_removes_what_could_bring_them_back(
    connection: Connection, copy: Product
) -> None:
    remove(copy)
    connection.disconnect(remove_products=True, at=timezone.now())
    assert Resolution.objects.count() == 0


def test_a_product_is_kept_with_everything_that_hangs_on_it() -> None:
    """A new table that goes with a product has to be named among its parts, or here with a reason."""
    about_syncs = {"syncs.Decision", "syncs.PlannedChange"}
    related = Product._meta.get_fields(include_hidden=True)
    hanging = {
        relation.related_model._meta.label
        for relation in related
        if relation.auto_created and not relation.concrete and relation.on_delete.__name__ == "CASCADE"  # type: ignore[union-attr]
    }
    kept = {PARTS[part]._meta.label for part in OF_A_PRODUCT}
    assert hanging | {"catalog.Product"} == kept | about_syncs
    assert not [it for it in Variant._meta.get_fields(include_hidden=True) if it.auto_created and not it.concrete]
