"""Choosing which products have a place: one gives it up, another takes it at the next sync, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from one_shop import MemoryShop, previewed, product, synced
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection, Selection
from web_cast import Cast, add_product, client_of, connect, text_of

ADDRESS = "/a/maple-thread/products/choose/"


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(*(product(number) for number in range(1, 64)), page=70)


@pytest.fixture
def connection(cast: Cast, shop: MemoryShop) -> Connection:
    """Fifty of 63 products are here, thirteen wait."""
    connection = connect(cast.account, currency="USD")
    synced(connection, shop)
    return connection


def here() -> set[int]:
    return set(Product.objects.live().values_list("shopify_product_id", flat=True))


def change(client: Client, connection: Connection, *, out: tuple[int, ...] = (), come: tuple[int, ...] = ()) -> Any:
    """Untick these products that are here, and tick these that are not."""
    pks = dict(Product.objects.filter(connection=connection).values_list("shopify_product_id", "pk"))
    keys = [f"{connection.pk}:{shop_id}" for shop_id in come]
    posted = {"here": [pks[shop_id] for shop_id in out], "outside": keys, "take": keys}
    return client.post(ADDRESS, posted, follow=True)


def test_the_plan_leads_to_both_lists(page: Client, connection: Connection) -> None:
    assert ADDRESS in text_of(page.get(reverse("plan", args=["maple-thread"])))
    text = text_of(page.get(ADDRESS))
    assert "50 of 50 places taken, 13 waiting." in text
    assert text.count('name="keep"') == 50
    assert text.count('name="take"') == 13
    assert "Candle 63" in text_of(page.get(ADDRESS, {"q": "candle 63"}))
    assert text_of(page.get(ADDRESS, {"q": "candle 63"})).count('type="checkbox"') == 1


def test_one_gives_its_place_to_another_at_the_next_sync_and_loses_nothing(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    Product.objects.filter(shopify_product_id=7).update(notes="Best seller")

    text = text_of(change(page, connection, out=(7,), come=(63,)))
    assert "1 product gave up its place" in text
    assert "The next sync brings in 1 product." in text
    assert "Comes with the next sync" in text
    freed = Product.objects.get(shopify_product_id=7)
    assert (freed.archive_reason, freed.notes) == ("not_chosen", "Best seller")
    assert "gave up its place" in text_of(page.get(reverse("product", args=["maple-thread", freed.pk])))

    shop.put(product(64))
    run = synced(connection, shop)
    assert here() == {*range(1, 64)} - {7, *range(51, 63)}
    assert (run.found, run.created, run.unchanged, run.held) == (64, 1, 49, 14)
    assert "50 of 50 places taken, 14 waiting." in text_of(page.get(ADDRESS))
    assert not run.notices.exists()

    change(page, connection, out=(63,), come=(7,))
    run = synced(connection, shop)
    assert 7 in here()
    assert (run.restored, run.created) == (1, 0)
    assert Product.objects.get(shopify_product_id=7).notes == "Best seller"


def test_a_place_that_is_given_up_stays_free_until_it_is_given_to_another(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    change(page, connection, out=(1, 2), come=(60,))
    synced(connection, shop)
    synced(connection, shop)
    assert here() == {*range(3, 51), 60}


def test_no_more_is_taken_in_than_there_are_places(page: Client, connection: Connection) -> None:
    response = change(page, connection, out=(7,), come=(61, 62, 63))
    text = text_of(response)
    assert response.status_code == 422
    assert "Your plan holds 50 products. Untick 2 more that are here" in text
    assert 7 in here()
    assert not Selection.objects.exists()
    ticked = [line for line in text.split("<label")[1:] if "checked" in line.split(">")[1]]
    assert len(ticked) == 52


def test_what_was_taken_in_can_be_taken_back_before_the_sync(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    change(page, connection, out=(7,), come=(63,))
    page.post(ADDRESS, {"outside": [f"{connection.pk}:63"]})
    change(page, connection, come=(62,))
    synced(connection, shop)
    assert here() == {*range(1, 51), 62} - {7}


def test_upgrading_brings_in_all_that_gave_up_a_place(
    cast: Cast, page: Client, connection: Connection, shop: MemoryShop
) -> None:
    change(page, connection, out=(7,), come=(63,))
    synced(connection, shop)
    page.post(reverse("plan", args=["maple-thread"]), {"plan": "plus"})
    synced(connection, shop, whole=False)
    assert here() == set(range(1, 64))
    assert not Selection.objects.filter(state__in=Selection.KEPT_OUT).exists()


def test_on_plus_what_is_left_out_stays_out_until_it_is_chosen(
    cast: Cast, page: Client, connection: Connection, shop: MemoryShop
) -> None:
    cast.account.plan = Plan.PLUS
    cast.account.save()
    synced(connection, shop)
    change(page, connection, out=(7, 8))
    assert "Left out" in text_of(page.get(ADDRESS))
    synced(connection, shop, whole=False)
    assert here() == set(range(1, 64)) - {7, 8}
    change(page, connection, come=(8,))
    synced(connection, shop, whole=False)
    assert here() == set(range(1, 64)) - {7}


def test_a_preview_ticks_what_the_merchant_has_chosen(page: Client, connection: Connection, shop: MemoryShop) -> None:
    change(page, connection, out=(7,), come=(63,))
    preview = previewed(connection, shop)
    assert (preview.created, preview.held) == (1, 13)
    text = text_of(page.get(reverse("preview", args=["maple-thread", preview.number])))
    assert "1 of 14 new products are ticked" in text


def test_nothing_of_anothers_is_chosen_and_no_product_of_ones_own(
    cast: Cast, page: Client, connection: Connection
) -> None:
    own = add_product(None, cast.account, "My own")
    stranger = client_of(cast.charlie)
    assert stranger.get(ADDRESS).status_code == 404
    elsewhere = "/a/elsewhere/products/choose/"
    first = Product.objects.get(shopify_product_id=1)
    stranger.post(elsewhere, {"here": [first.pk], "outside": [f"{connection.pk}:63"], "take": [f"{connection.pk}:63"]})
    page.post(ADDRESS, {"here": [own.pk, "x", "9" * 30], "take": ["1", ":", f"{connection.pk}:404"]})
    assert Product.objects.live().count() == 51
    assert not Selection.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_products(
    page: Client, connection: Connection, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(26):
        page.get(ADDRESS)
