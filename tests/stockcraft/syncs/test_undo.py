"""Undo: before-values come back, nothing is deleted, what someone edited is refused, and no sync does it again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from one_shop import MemoryShop, connected, product, started, synced, variant
from shopsync.values import Image
from stockcraft.accounts.models import User
from stockcraft.catalog.models import Product, Variant
from stockcraft.catalog.ownership import FieldRule
from stockcraft.connections.models import Connection, Selection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.syncs.selecting import leave_out, take_in
from stockcraft.syncs.undo import undo

pytestmark = pytest.mark.django_db

NOT_COMPARED = ("digest", "updated_at", "shopify_updated_at")


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def alice(connection: Connection) -> User:
    return connection.account.members.get()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    """Three products that are here."""
    shop = MemoryShop(*(product(number) for number in range(1, 4)))
    synced(connection, shop)
    return shop


def kept(shop_id: int) -> Product:
    return Product.objects.get(shopify_product_id=shop_id)


def values(shop_id: int) -> tuple[object, object]:
    def shown(row: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in row.items() if name not in NOT_COMPARED}

    this = Product.objects.filter(shopify_product_id=shop_id)
    variants = Variant.objects.filter(product__in=this).order_by("pk").values()
    return shown(this.values().get()), [shown(row) for row in variants]


def reasons(run: SyncRun) -> dict[int, str]:
    return dict(run.changes.filter(kind=Change.Kind.FAIL).values_list("shopify_product_id", "reason"))


def test_every_field_of_an_update_comes_back_as_it_was(connection: Connection, shop: MemoryShop, alice: User) -> None:
    before = values(2)
    shop.change(
        2, title="Other", description_html="<p>new</p>", tags=("x",), vendor="", image=Image("https://cdn.example/i.jpg"),
        options=(), published_at=None, status=product(9).status.DRAFT,
        variants=(variant(20, price=Decimal("13.00"), sku=None, cost=Decimal("1.5")), variant(21, title="New")),
    )  # fmt: skip
    run = synced(connection, shop)
    assert values(2) != before
    undoing = undo(run, alice)
    assert (undoing.status, undoing.trigger, undoing.undoes) == ("succeeded", Trigger.UNDO, run)
    assert (undoing.updated, undoing.requested_by) == (1, alice)
    after_product, after_variants = values(2)
    assert after_product == before[0]
    assert isinstance(after_variants, list)
    assert after_variants[0] == before[1][0]  # type: ignore[index]
    assert after_variants[1]["removed_at"] is not None


def test_an_undone_update_is_held_until_the_shop_changes_it_again(connection: Connection, shop: MemoryShop) -> None:
    shop.change(2, title="Other")
    undo(synced(connection, shop))
    run = synced(connection, shop)
    assert (run.held, run.updated, run.unchanged) == (1, 0, 2)
    assert run.changes.get().reason == "undone"
    assert kept(2).title == "Candle 2"
    shop.change(2, title="Third")
    assert synced(connection, shop).updated == 1
    assert kept(2).title == "Third"
    shop.change(2, title="Other")
    assert synced(connection, shop).updated == 1
    assert not connection.decisions.exists()


def test_an_undone_update_is_done_again_when_a_person_says_go_on(connection: Connection, shop: MemoryShop) -> None:
    shop.change(2, title="Other")
    undo(synced(connection, shop))
    synced(connection, shop).changes.get().go_on()
    assert synced(connection, shop).updated == 1


def test_what_was_created_is_archived_and_stays_out(connection: Connection, shop: MemoryShop) -> None:
    shop.put(product(4), product(5))
    run = synced(connection, shop)
    undoing = undo(run, products=[kept(4).pk])
    assert (undoing.archived, kept(5).archived_at) == (1, None)
    assert (kept(4).archive_reason, Product.objects.count()) == ("undone", 5)
    shop.change(4, title="Changed since")
    again = synced(connection, shop)
    assert (again.held, again.restored, again.unchanged) == (1, 0, 4)
    again.changes.get().go_on()
    assert synced(connection, shop).restored == 1
    assert kept(4).title == "Changed since"


def test_what_was_archived_is_live_again_as_the_merchants_own(connection: Connection, shop: MemoryShop) -> None:
    local = kept(2)
    shop.remove(2)
    run = synced(connection, shop)
    assert undo(run).restored == 1
    local.refresh_from_db()
    assert (local.archived_at, local.connection, local.shopify_product_id) == (None, None, None)
    assert synced(connection, shop).archived == 0


def test_what_was_linked_is_unlinked_as_it_was_and_not_linked_again(connection: Connection, shop: MemoryShop) -> None:
    mine = Product.objects.create(account=connection.account, title="Mine", category="Kitchen")
    Variant.objects.create(account=connection.account, product=mine, title="Mine", sku="SKU-40", price=Decimal(3))
    shop.put(product(4))
    run = synced(connection, shop)
    assert run.changes.get().kind == Change.Kind.LINK
    undo(run)
    mine.refresh_from_db()
    assert (mine.title, mine.connection, mine.shopify_product_id) == ("Mine", None, None)
    assert (mine.variants.get().title, mine.variants.get().price) == ("Mine", Decimal(3))
    again = synced(connection, shop)
    assert (again.held, again.created) == (1, 0)


def test_what_was_restored_is_archived_again(connection: Connection, shop: MemoryShop) -> None:
    shop.remove(2)
    synced(connection, shop)
    shop.put(product(2))
    run = synced(connection, shop)
    assert undo(run).archived == 1
    assert kept(2).archived_at is not None
    assert (synced(connection, shop).held, kept(2).archived_at is None) == (1, False)


def test_a_product_edited_since_is_refused_and_the_others_are_undone(connection: Connection, shop: MemoryShop) -> None:
    for number in (1, 2, 3):
        shop.change(number, title=f"Other {number}")
        shop.change_variant(number, price=Decimal(14))
    run = synced(connection, shop)
    Product.objects.filter(shopify_product_id=1).update(title="By hand")
    Variant.objects.filter(product=kept(2)).update(price=Decimal(99))
    undoing = undo(run)
    assert undoing.status == SyncRun.Status.WARNINGS
    assert reasons(undoing) == {1: "undo_edited", 2: "undo_edited"}
    assert (kept(1).title, kept(2).title, kept(3).title) == ("By hand", "Other 2", "Candle 3")


def test_what_a_later_sync_changed_or_an_undo_took_back_is_refused(connection: Connection, shop: MemoryShop) -> None:
    shop.change(1, title="Second")
    shop.change(2, title="Second")
    run = synced(connection, shop)
    shop.change(1, title="Third")
    synced(connection, shop)
    assert reasons(undo(run)) == {1: "undo_later"}
    assert reasons(undo(run)) == {1: "undo_later", 2: "undo_later"}
    assert kept(1).title == "Third"


def test_a_created_product_with_own_work_or_gone_is_refused(connection: Connection, shop: MemoryShop) -> None:
    shop.put(product(4), product(5), product(6), product(7))
    run = synced(connection, shop)
    Product.objects.filter(shopify_product_id=4).update(notes="mine")
    Variant.objects.filter(product=kept(5)).update(own_cost=Decimal(1))
    kept(6).delete()
    undoing = undo(run)
    assert sorted(reasons(undoing).values()) == ["undo_gone", "undo_own_work", "undo_own_work"]
    assert (undoing.archived, kept(7).archive_reason) == (1, "undone")


def test_a_restored_product_needs_room(connection: Connection, shop: MemoryShop) -> None:
    shop.remove(2)
    run = synced(connection, shop)
    type(connection.account).objects.update(plan="free")
    for number in range(48):
        Product.objects.create(account=connection.account, title=f"Own {number}")
    assert reasons(undo(run)) == {2: "undo_no_room"}


def test_an_undo_waits_for_no_sync_and_undoes_no_undo(connection: Connection, shop: MemoryShop) -> None:
    shop.change(1, title="Other")
    run = synced(connection, shop)
    undoing = undo(run)
    with pytest.raises(Refused):
        undo(undoing)
    started(connection)
    with pytest.raises(Refused):
        undo(run)


def test_a_big_undo_costs_a_handful_of_statements(connection: Connection, shop: MemoryShop) -> None:
    shop.put(*(product(number) for number in range(10, 110)))
    for number in (1, 2, 3):
        shop.change(number, title="Other")
    shop.remove(3)
    run = synced(connection, shop)
    with CaptureQueriesContext(database) as queries:
        undo(run)
    assert len(queries) < 45


def test_an_undone_product_whose_rules_change_does_not_have_the_whole_shop_read_every_day(
    connection: Connection, shop: MemoryShop
) -> None:
    shop.change(1, title="N")
    undo(synced(connection, shop))
    FieldRule.objects.set_rule(connection.account, "vendor", "keep")
    assert [synced(connection, shop, whole=False).route for _ in range(3)][-1] == "changes"


def test_a_product_whose_update_was_undone_returns_when_the_shop_shows_something_new(
    connection: Connection, shop: MemoryShop
) -> None:
    shop.change(1, title="N")
    undo(synced(connection, shop))
    leave_out(connection.account, [Product.objects.get(shopify_product_id=1).pk])
    synced(connection, shop)
    shop.change(1, title="Third")
    take_in(connection.account, Selection.objects.all(), Change.objects.none())
    assert synced(connection, shop).held == 0
    assert Product.objects.get(shopify_product_id=1).title == "Third"


def test_an_undone_update_is_held_though_a_rule_was_made_in_between(connection: Connection, shop: MemoryShop) -> None:
    shop.change(2, title="Other")
    run = synced(connection, shop)
    FieldRule.objects.set_rule(connection.account, "vendor", "keep")
    undo(run)
    assert synced(connection, shop).changes.get().reason == "undone"
    assert kept(2).title == "Candle 2"
    shop.change(2, title="Third")
    assert synced(connection, shop).updated == 1
    assert kept(2).title == "Third"


def test_an_undone_update_keeps_no_product_from_being_restored(connection: Connection, shop: MemoryShop) -> None:
    shop.change(2, title="Other")
    undo(synced(connection, shop))
    gone = shop.products[2]
    shop.remove(2)
    assert synced(connection, shop).archived == 1
    shop.put(gone)
    assert synced(connection, shop).changes.get().reason == "undone"
    shop.change(2, title="Third")
    run = synced(connection, shop)
    assert (run.changes.get().kind, kept(2).title, kept(2).archived_at) == (Change.Kind.RESTORE, "Third", None)
