"""Fields that the merchant keeps, in PostgreSQL: what drifts is told, taken with one word, or edited."""

from __future__ import annotations

from decimal import Decimal

import pytest

from one_shop import MemoryShop, connected, product, synced
from shopsync.values import WeightUnit
from stockcraft.catalog.models import FieldRule, Product
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.keeping import edit, take
from stockcraft.syncs.models import SyncRun

pytestmark = pytest.mark.django_db

KEEP, FOLLOW = FieldRule.Rule.KEEP, FieldRule.Rule.FOLLOW


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    return shop


def kept(shop_id: int) -> Product:
    return Product.objects.get(shopify_product_id=shop_id)


def test_the_accounts_rule_and_a_products_exception(connection: Connection, shop: MemoryShop) -> None:
    FieldRule.objects.set_rule(connection.account, "title", KEEP)
    FieldRule.objects.set_rule(connection.account, "title", FOLLOW, kept(2))
    shop.change(1, title="Theirs 1")
    shop.change(2, title="Theirs 2")
    run = synced(connection, shop)
    assert (run.updated, run.unchanged) == (1, 1)
    assert (kept(1).title, kept(1).drift) == ("Candle 1", {"title": "Theirs 1"})
    assert (kept(2).title, kept(2).drift) == ("Theirs 2", {})
    assert FieldRule.objects.of(connection.account, kept(2)) == {"title": "follow"}
    FieldRule.objects.clear(kept(2), "title")
    assert FieldRule.objects.of(connection.account, kept(2)) == {"title": "keep"}
    FieldRule.objects.set_rule(connection.account, "title", FOLLOW)
    synced(connection, shop)
    assert (kept(1).title, kept(1).drift) == ("Theirs 1", {})


def test_a_rule_of_another_account_is_none_of_ours(connection: Connection, shop: MemoryShop) -> None:
    FieldRule.objects.set_rule(connected("elsewhere").account, "title", KEEP)
    shop.change(1, title="Theirs")
    assert synced(connection, shop).updated == 1


def test_an_unknown_field_or_rule_is_refused(connection: Connection) -> None:
    for field, rule in (("notes", KEEP), ("title", "never")):
        with pytest.raises(ValueError, match="no rule"):
            FieldRule.objects.set_rule(connection.account, field, rule)


def test_shopifys_value_is_taken_with_one_word(connection: Connection, shop: MemoryShop) -> None:
    FieldRule.objects.set_rule(connection.account, "variant.price", KEEP)
    FieldRule.objects.set_rule(connection.account, "tags", KEEP)
    shop.change_variant(1, price=Decimal("13.50"))
    shop.change(1, tags=("new",))
    synced(connection, shop)
    assert kept(1).drift == {"variant.price:10": "13.50", "tags": ["new"]}
    take(kept(1), "variant.price:10")
    assert (kept(1).variants.get().price, kept(1).drift) == (Decimal("13.50"), {"tags": ["new"]})
    take(kept(1), "tags")
    assert (kept(1).tags, kept(1).drift) == (["new"], {})
    with pytest.raises(Refused):
        take(kept(1), "tags")
    assert synced(connection, shop).status == SyncRun.Status.SUCCEEDED


def test_a_weight_that_is_kept_keeps_its_unit(connection: Connection, shop: MemoryShop) -> None:
    shop.change_variant(1, weight=Decimal(500), weight_unit=WeightUnit.GRAMS)
    synced(connection, shop)
    FieldRule.objects.set_rule(connection.account, "variant.weight", KEEP)
    shop.change_variant(1, weight=Decimal("0.6"), weight_unit=WeightUnit.KILOGRAMS)
    synced(connection, shop)
    variant = kept(1).variants.get()
    assert (variant.weight, variant.weight_unit) == (500, "g")
    assert kept(1).drift == {"variant.weight:10": "0.6", "variant.weight_unit:10": "kg"}
    take(kept(1), "variant.weight:10")
    variant.refresh_from_db()
    assert (variant.weight, variant.weight_unit, kept(1).drift) == (Decimal("0.6"), "kg", {})


def test_a_field_is_edited_here_only_while_it_is_kept(connection: Connection, shop: MemoryShop) -> None:
    for name in ("title", "notes", "variant.price:10"):
        with pytest.raises(Refused):
            edit(kept(1), name, "x")
    FieldRule.objects.set_rule(connection.account, "title", KEEP)
    edit(kept(1), "title", "Mine")
    edit(kept(1), "title", "Still mine")
    assert (kept(1).title, kept(1).drift) == ("Still mine", {"title": "Candle 1"})
    run = synced(connection, shop)
    assert (run.updated, kept(1).title, kept(1).drift) == (0, "Still mine", {"title": "Candle 1"})
    edit(kept(1), "title", "Candle 1")
    assert kept(1).drift == {}
