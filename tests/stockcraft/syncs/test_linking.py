"""Own products that are the shop's, in PostgreSQL: linked by SKU, or by what a person says about a held one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from one_shop import MemoryShop, connected, followed, product, synced, variant
from stockcraft.accounts.models import User
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import Change, Decision, SyncRun
from stockcraft.syncs.resolving import unlink
from stockcraft.syncs.undo import undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def alice(connection: Connection) -> User:
    return connection.account.members.get()


def own(connection: Connection, sku: str) -> Product:
    mine = Product.objects.create(account=connection.account, title="Mine", category="Kitchen", notes="fragile")
    Variant.objects.create(account=connection.account, product=mine, title="Mine", sku=sku, own_cost=Decimal("2.25"))
    return mine


def shop_of_two() -> MemoryShop:
    return MemoryShop(product(1, variant(10, sku="A")), product(2, variant(20, sku="B")))


def test_an_own_product_with_the_sku_is_linked(connection: Connection) -> None:
    mine = own(connection, "A")
    run = synced(connection, shop_of_two())
    assert (run.created, run.updated, run.found, run.held) == (1, 1, 2, 0)
    change = run.changes.get(kind=Change.Kind.LINK)
    assert (change.product, change.shopify_product_id) == (mine, 1)
    assert {field["field"]: field["before"] for field in change.fields}["title"] == "Mine"
    mine.refresh_from_db()
    assert (mine.connection, mine.shopify_product_id, mine.title) == (connection, 1, "Candle 1")
    assert (mine.notes, mine.category) == ("fragile", "Kitchen")
    kept = mine.variants.get()
    assert (kept.shopify_variant_id, kept.own_cost, kept.price) == (10, Decimal("2.25"), Decimal("12.50"))


def test_an_own_product_of_another_account_or_shop_is_not_linked(connection: Connection) -> None:
    other = connected("elsewhere")
    own(other, "A")
    Product.objects.filter(pk=own(connection, "A").pk).update(
        connection=Connection.objects.create(account=connection.account, shop_domain="second.myshopify.com")
    )
    run = synced(connection, shop_of_two())
    assert (run.created, run.held) == (2, 0)


def held(connection: Connection, shop: MemoryShop) -> Change:
    return synced(connection, shop).changes.get(kind=Change.Kind.HOLD)


def test_a_held_product_names_those_it_may_be(connection: Connection) -> None:
    first, second = own(connection, "A"), own(connection, "a ")
    hold = held(connection, shop_of_two())
    assert (hold.reason, hold.skus) == ("needs_decision", ["A"])
    assert list(hold.candidate_products()) == [first, second]


def test_a_person_says_which_it_is(connection: Connection, alice: User) -> None:
    shop, (first, second) = shop_of_two(), (own(connection, "A"), own(connection, "A"))
    held(connection, shop).link_to(second, alice)
    run = synced(connection, shop)
    assert run.changes.get().product == second
    first.refresh_from_db()
    assert first.shopify_product_id is None


def test_a_person_says_that_it_is_new(connection: Connection, alice: User) -> None:
    shop = shop_of_two()
    own(connection, "a")
    held(connection, shop).import_as_new(alice)
    run = synced(connection, shop)
    assert (run.created, run.held) == (1, 0)


def test_a_person_leaves_it_out(connection: Connection, alice: User) -> None:
    shop = shop_of_two()
    own(connection, "a")
    hold = held(connection, shop)
    hold.import_as_new(alice)
    hold.ignore()
    assert synced(connection, shop).changes.get().reason == "ignored"
    hold.import_as_new(alice)
    assert synced(connection, shop).created == 1


def test_a_product_that_is_not_free_cannot_be_chosen(connection: Connection) -> None:
    own(connection, "a")
    hold = held(connection, shop_of_two())
    linked = Product.objects.get(shopify_product_id=2)
    for taken in (linked, own(connected("elsewhere"), "A")):
        with pytest.raises(Refused):
            hold.link_to(taken)


def test_a_product_chosen_for_one_cannot_be_chosen_for_another(connection: Connection) -> None:
    mine = own(connection, "X")
    first, second = held_twice(connection)
    first.link_to(mine)
    with pytest.raises(Refused):
        second.link_to(mine)
    first.link_to(mine)


def test_of_two_that_were_given_the_same_product_one_is_linked_and_the_other_comes_in_by_itself(
    connection: Connection,
) -> None:
    mine = own(connection, "X")
    for hold in held_twice(connection):
        Decision.objects.create(connection=connection, shopify_product_id=hold.shopify_product_id, product=mine)
    connection.want_whole_read()
    run = synced(connection, twins())
    assert run.changes.get(kind="link").product == mine
    assert run.changes.get(kind="create").product != mine
    assert run.status == SyncRun.Status.SUCCEEDED


def twins() -> MemoryShop:
    return MemoryShop(product(2, variant(20, sku="X")), product(3, variant(30, sku="X")))


def held_twice(connection: Connection) -> list[Change]:
    return list(synced(connection, twins()).changes.filter(kind="hold").order_by("shopify_product_id"))


def test_an_undo_does_not_make_a_product_sure_that_another_claims_too(connection: Connection) -> None:
    shop = MemoryShop(product(1))
    synced(connection, shop)
    mine = own(connection, "X")
    shop.products |= twins().products
    shop.change(1, title="New")
    run = synced(connection, shop)
    undo(run, products=[Product.objects.get(shopify_product_id=1).pk])
    assert followed(connection, shop, 3).changes.get().reason == "needs_decision"
    mine.refresh_from_db()
    assert mine.shopify_product_id is None


def test_what_was_chosen_once_does_not_link_a_product_that_was_unlinked_since(connection: Connection) -> None:
    mine = own(connection, "X")
    held_twice(connection)[0].link_to(mine)
    synced(connection, twins())
    mine.refresh_from_db()
    assert mine.shopify_product_id == 2
    unlink(mine)
    mine.variants.update(sku="own")
    synced(connection, twins())
    mine.refresh_from_db()
    assert mine.shopify_product_id is None
