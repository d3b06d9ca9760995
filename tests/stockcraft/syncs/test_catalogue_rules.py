"""Duplicates, the plan's limit, products that go and come back, and products a person left out."""

import pytest
from django.utils import timezone

from one_shop import MemoryShop, connected, product, synced
from stockcraft.accounts.models import Account
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


def test_of_duplicates_only_the_first_is_synced_and_the_run_warns(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    first = connection.products.get(shopify_product_id=1)
    copies = [_copy(first, title=title) for title in ("Copy of 1", "Another")]
    shop.change(1, title="New title")
    run = synced(connection, shop)
    assert (run.status, run.found, run.updated, run.unchanged) == (SyncRun.Status.WARNINGS, 2, 1, 1)
    assert run.duplicates == 1
    notice = run.notices.get()
    assert (notice.code, notice.shopify_product_id) == ("duplicate", 1)
    assert notice.data == {"title": "New title", "synced": first.pk, "left": [copy.pk for copy in copies]}
    titles = connection.products.filter(shopify_product_id=1).order_by("id").values_list("title", flat=True)
    assert list(titles) == ["New title", "Copy of 1", "Another"]


def test_a_copy_of_a_product_that_is_gone_is_left_as_it_is(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    copy = _copy(connection.products.get(shopify_product_id=1))
    shop.remove(1)
    assert synced(connection, shop).archived == 1
    assert synced(connection, shop).archived == 0
    copy.refresh_from_db()
    assert copy.archived_at is None


def test_a_copy_below_the_linked_product_becomes_the_first_match(connection: Connection) -> None:
    synced(connection, MemoryShop())
    below = Product.objects.create(account=connection.account, connection=connection, title="Imported from a file")
    shop = MemoryShop(product(1))
    synced(connection, shop)
    Product.objects.filter(pk=below.pk).update(shopify_product_id=1)
    run = synced(connection, shop)
    below.refresh_from_db()
    assert (below.title, run.updated, run.duplicates) == ("Candle 1", 1, 1)
    assert below.variants.count() == 1


def test_free_holds_fifty_and_names_the_rest_which_plus_brings_in() -> None:
    connection = connected("birch", Plan.FREE)
    shop = MemoryShop(*(product(number) for number in range(1, 64)))
    run = synced(connection, shop)
    assert (run.found, run.created, run.held, run.status) == (63, 50, 13, SyncRun.Status.SUCCEEDED)
    waiting = run.changes.filter(kind=Change.Kind.HOLD).order_by("shopify_product_id")
    assert [(hold.title, hold.reason) for hold in waiting] == [
        (f"Candle {number}", "plan_limit") for number in range(51, 64)
    ]
    shop.change(3, title="Changed")
    again = synced(connection, shop)
    assert (again.updated, again.unchanged, again.held, again.created) == (1, 49, 13, 0)
    Account.objects.update(plan=Plan.PLUS)
    upgraded = synced(connection, shop)
    assert (upgraded.created, upgraded.unchanged, upgraded.held) == (13, 50, 0)
    assert connection.products.live().count() == 63


def test_two_shops_of_an_account_share_its_room() -> None:
    first = connected("birch", Plan.FREE)
    second = Connection.objects.create(account=first.account, shop_domain="oak.myshopify.com")
    assert synced(first, MemoryShop(*(product(number) for number in range(1, 31)))).created == 30
    run = synced(second, MemoryShop(*(product(number) for number in range(1, 31))))
    assert (run.created, run.held) == (20, 10)


def test_after_a_downgrade_everything_here_still_updates_and_nothing_new_comes_in() -> None:
    connection = connected("birch", Plan.PLUS)
    shop = MemoryShop(*(product(number) for number in range(1, 56)))
    synced(connection, shop)
    Account.objects.update(plan=Plan.FREE)
    shop.change(55, title="Changed")
    shop.put(product(56))
    run = synced(connection, shop)
    assert (run.updated, run.held, run.archived, run.unchanged) == (1, 1, 0, 54)
    assert connection.products.live().count() == 55


def test_room_that_the_sweep_makes_goes_to_those_who_wait() -> None:
    connection = connected("birch", Plan.FREE)
    shop = MemoryShop(*(product(number) for number in range(1, 53)))
    synced(connection, shop)
    shop.remove(10)
    run = synced(connection, shop)
    assert (run.archived, run.created, run.held, run.found) == (1, 1, 1, 51)
    assert run.changes.get(kind=Change.Kind.CREATE).shopify_product_id == 51
    assert connection.products.live().count() == 50


def test_only_a_product_that_a_look_up_does_not_find_is_archived(connection: Connection) -> None:
    shop = MemoryShop(*(product(number) for number in range(1, 6)))
    synced(connection, shop)
    shop.remove(2)
    shop.hidden = {4}
    run = synced(connection, shop)
    gone = Product.objects.get(shopify_product_id=2)
    assert (run.archived, run.unchanged, run.found) == (1, 4, 4)
    assert (gone.archive_reason, gone.archived_at is not None) == ("removed_in_shopify", True)
    assert run.changes.get().product == gone
    assert Product.objects.get(shopify_product_id=4).archived_at is None


def test_a_product_that_returns_is_restored_with_what_the_merchant_kept(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    Product.objects.filter(shopify_product_id=2).update(notes="Call the supplier")
    shop.remove(2)
    synced(connection, shop)
    shop.put(product(2, title="Back again"))
    run = synced(connection, shop)
    back = Product.objects.get(shopify_product_id=2)
    assert (run.restored, run.created, run.archived) == (1, 0, 0)
    assert (back.title, back.notes, back.archived_at, back.archive_reason) == (
        "Back again", "Call the supplier", None, "",
    )  # fmt: skip


def test_a_product_that_a_person_ignores_is_held_by_name(connection: Connection) -> None:
    connection.ignored_products.create(shopify_product_id=2, title="Candle 2")
    run = synced(connection, MemoryShop(product(1), product(2)))
    assert (run.created, run.held, run.found) == (1, 1, 2)
    assert run.changes.get(kind=Change.Kind.HOLD).reason == "ignored"


def test_a_product_archived_by_hand_stays_archived(connection: Connection) -> None:
    shop = MemoryShop(product(1), product(2))
    synced(connection, shop)
    Product.objects.filter(shopify_product_id=2).update(archived_at=timezone.now(), archive_reason="by_hand")
    shop.change(2, title="Changed")
    run = synced(connection, shop)
    assert (run.held, run.restored, run.updated, run.unchanged) == (1, 0, 0, 1)
    assert Product.objects.get(shopify_product_id=2).title == "Candle 2"


def _copy(original: Product, **fields: object) -> Product:
    given = {"account": original.account, "connection": original.connection, "title": original.title}
    return Product.objects.create(shopify_product_id=original.shopify_product_id, **(given | fields))
