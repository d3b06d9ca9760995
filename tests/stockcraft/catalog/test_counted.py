"""The counts of an account's products are those of now, however the products changed, and are kept until they do."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stockcraft.accounts.models import Account
from stockcraft.catalog.counted import Counts, counted, duplicate_ids
from stockcraft.catalog.models import Product, Touched
from stockcraft.connections.models import Connection
from web_cast import Cast, add_product, connect, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def by_hand(account: Account) -> tuple[Counts, set[int]]:
    """The same counts, by reading every row."""
    rows = list(account.products.values_list("pk", "connection", "shopify_product_id", "status", "archived_at"))
    keys = Counter((connection, shop_id) for _, connection, shop_id, *_ in rows if connection and shop_id)
    shared = {pk for pk, connection, shop_id, *_ in rows if keys[connection, shop_id] > 1}
    live = Counter(status for *_, status, archived_at in rows if archived_at is None)
    return Counts(dict(live), len(rows) - live.total(), len(shared)), shared


def same(account: Account) -> bool:
    counts, shared = by_hand(account)
    return counted(account) == counts and set(duplicate_ids(account).values_list("member", flat=True)) == shared


def queries(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(database) as captured:
        action()
    return len(captured)


@pytest.mark.parametrize("few", [0, 2, 2000])
def test_after_every_change_the_counts_are_those_of_the_rows(
    cast: Cast, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether everything is counted anew, or only what the notes name."""
    monkeypatch.setattr("stockcraft.catalog.counted.FEW", few)
    shops = [connect(cast.account, name) for name in ("first-shop", "second-shop")]
    chance = random.Random(9)
    for number in range(12):
        add_product(chance.choice([*shops, None]), cast.account, f"Mug {number}", shopify_product_id=number % 4 or None)
    assert same(cast.account)
    changes: list[Callable[[Product], object]] = [
        lambda product: add_product(shops[0], cast.account, "Tote", shopify_product_id=product.shopify_product_id),
        lambda product: Product.objects.filter(pk=product.pk).update(status=chance.choice(Product.Status.values)),
        lambda product: Product.objects.filter(pk=product.pk).update(archived_at=timezone.now()),
        lambda product: Product.objects.filter(pk=product.pk).update(archived_at=None),
        lambda product: Product.objects.filter(pk=product.pk).update(shopify_product_id=chance.randrange(1, 4)),
        lambda product: Product.objects.filter(pk=product.pk).update(connection=None, shopify_product_id=None),
        lambda product: Product.objects.filter(pk=product.pk).update(connection=chance.choice(shops)),
        lambda product: Product.objects.filter(title=product.title, account=cast.account).delete(),
    ]
    for number in range(60):
        product = chance.choice(list(cast.account.products.order_by("pk")))
        chance.choice(changes)(product)
        assert number % 3 == 1 or same(cast.account)
    shops[0].delete()
    assert same(cast.account)


def test_counts_are_kept_until_a_product_changes_what_is_counted(cast: Cast) -> None:
    shop = connect(cast.account)
    product = add_product(shop, cast.account, "Mug")
    assert queries(lambda: counted(cast.account)) > 1
    assert queries(lambda: counted(cast.account)) == 1
    Product.objects.filter(pk=product.pk).update(title="Big mug", notes="Blue")
    add_product(None, Account.objects.get(slug="elsewhere"), "Candle")
    assert queries(lambda: counted(cast.account)) == 1
    Product.objects.filter(pk=product.pk).update(status=Product.Status.DRAFT)
    assert counted(cast.account) == Counts({"draft": 1}, 0, 0)


def test_a_note_that_names_no_shop_products_has_all_counted(cast: Cast) -> None:
    shop = connect(cast.account)
    first = add_product(shop, cast.account, "Mug")
    counted(cast.account)
    add_product(shop, cast.account, "Copy", shopify_product_id=first.shopify_product_id)
    Touched.objects.update(shop_ids=None)
    assert same(cast.account)
    assert not Touched.objects.exists()


def test_an_account_without_products_has_none(cast: Cast) -> None:
    assert counted(cast.account) == Counts({}, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_others_have_not_committed_yet_is_counted_once_they_have() -> None:
    account = make_cast().account
    written, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            add_product(None, account, "Mug")
            written.set()
            assert go_on.wait(20)
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(20)
    assert counted(account).by_status == counted(account).by_status == {}
    go_on.set()
    writer.join()
    assert counted(account).by_status == {"active": 1}


@pytest.mark.django_db(transaction=True)
def test_many_who_count_and_write_at_once_end_with_the_right_counts() -> None:
    account = make_cast().account
    shop = connect(account)

    def write_and_count() -> None:
        for number in range(6):
            add_product(Connection.objects.get(pk=shop.pk), account, f"Mug {number}", shopify_product_id=number)
            counted(account)
        database.close()

    threads = [threading.Thread(target=write_and_count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(account) == Counts({"active": 24}, 0, 24)
