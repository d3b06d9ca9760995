"""A shop product that may be one of the merchant's own waits for an answer, which the next sync carries out."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from one_shop import MemoryShop, product, synced, variant
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.web.holds import undecided
from web_cast import Cast, add_product, client_of, connect, text_of

ADDRESS = "/a/maple-thread/products/needs-your-decision/"


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(product(1, variant(10, sku="LAV-200"), title="Lavender Soy Candle"), product(2))


@pytest.fixture
def own(cast: Cast) -> list[Product]:
    """Two products of the merchant's own that share a SKU."""
    return [add_product(None, cast.account, name, sku="LAV-200", notes="gifts") for name in ("Lavender", "Lavande")]


@pytest.fixture
def run(cast: Cast, shop: MemoryShop, own: list[Product]) -> SyncRun:
    return synced(connect(cast.account), shop)


def show(page: Client) -> str:
    return text_of(page.get(ADDRESS))


def answer(page: Client, cast: Cast, **said: object) -> str:
    hold = undecided(cast.account).first()
    return text_of(page.post(ADDRESS, {"hold": hold.pk if hold else 0, **said}, follow=True))


def test_it_says_which_products_it_may_be_and_why(page: Client, run: SyncRun) -> None:
    text = show(page)
    assert "2 products here may be the same: they share SKU LAV-200." in text
    for words in ("Lavender Soy Candle", "Lavande", "$19.50", "gifts"):
        assert words in text


def test_a_chosen_product_is_linked_by_the_next_sync(
    cast: Cast, page: Client, run: SyncRun, own: list[Product], shop: MemoryShop
) -> None:
    text = answer(page, cast, link=own[1].pk)
    assert "The next sync links Lavender Soy Candle to Lavande." in text
    assert "Will be linked to Lavande" in text
    assert "1 answer is carried out by the next sync." in text
    assert Connection.objects.get().whole_read_wanted_at is not None
    synced(run.connection, shop)
    own[1].refresh_from_db()
    assert (own[1].shopify_product_id, own[1].notes) == (1, "gifts")
    assert "Nothing waits for you" in show(page)


def test_a_member_imports_it_as_new(cast: Cast, run: SyncRun, shop: MemoryShop) -> None:
    text = answer(client_of(cast.bob), cast, new="1")
    assert "imports Lavender Soy Candle as a new product" in text
    assert synced(run.connection, shop).created == 1


def test_it_can_be_left_out_and_the_answer_changed_until_the_next_sync(
    cast: Cast, page: Client, run: SyncRun, own: list[Product], shop: MemoryShop
) -> None:
    assert "Left out of syncs" in answer(page, cast, ignore="1")
    hold = run.changes.get(reason="needs_decision")
    page.post(ADDRESS, {"hold": hold.pk, "link": own[0].pk})
    synced(run.connection, shop)
    own[0].refresh_from_db()
    assert own[0].shopify_product_id == 1


def test_a_product_that_was_linked_meanwhile_is_refused_and_no_longer_offered(
    cast: Cast, page: Client, run: SyncRun, own: list[Product]
) -> None:
    Product.objects.filter(pk=own[0].pk).update(connection=run.connection, shopify_product_id=99)
    assert "is linked to Shopify already" in answer(page, cast, link=own[0].pk)
    assert f'value="{own[0].pk}"' not in show(page)
    assert undecided(cast.account).count() == 1


def test_an_answer_that_the_next_sync_could_not_follow_is_asked_again(
    cast: Cast, page: Client, run: SyncRun, own: list[Product], shop: MemoryShop
) -> None:
    answer(page, cast, link=own[0].pk)
    own[0].delete()
    add_product(None, cast.account, "Lavendel", sku="lav-200")
    synced(run.connection, shop)
    assert undecided(cast.account).count() == 1


def test_the_count_is_in_the_navigation_on_the_run_and_on_products(page: Client, run: SyncRun) -> None:
    for address in (reverse("run", args=["maple-thread", run.number]), reverse("products", args=["maple-thread"])):
        text = text_of(page.get(address))
        assert "1 product needs your decision" in text
        assert ADDRESS in text


def test_a_later_run_that_read_only_a_few_products_leaves_the_question(
    cast: Cast, page: Client, run: SyncRun, shop: MemoryShop
) -> None:
    later = synced(run.connection, MemoryShop())
    SyncRun.objects.filter(pk=later.pk).update(trigger="webhook")
    assert undecided(cast.account).count() == 1


def test_a_disconnected_shop_asks_nothing(cast: Cast, run: SyncRun) -> None:
    Connection.objects.update(status=Connection.Status.DISCONNECTED)
    assert not undecided(cast.account).exists()


def test_a_stranger_can_neither_look_nor_answer(cast: Cast, run: SyncRun) -> None:
    stranger, hold = client_of(cast.charlie), run.changes.get(reason="needs_decision")
    assert stranger.get(ADDRESS).status_code == 404
    assert stranger.post(ADDRESS, {"hold": hold.pk, "new": "1"}).status_code == 404
    assert stranger.post(ADDRESS.replace("maple-thread", "elsewhere"), {"hold": hold.pk, "new": "1"}).status_code == 404
    assert undecided(cast.account).count() == 1


@pytest.mark.parametrize("nonsense", ["", "x", "9" * 40])
def test_nonsense_is_not_found(cast: Cast, page: Client, run: SyncRun, nonsense: str) -> None:
    hold = run.changes.get(reason="needs_decision")
    assert page.post(ADDRESS, {"hold": nonsense, "new": "1"}).status_code == 404
    assert page.post(ADDRESS, {"hold": hold.pk, "link": nonsense}).status_code == 404


def test_the_number_of_queries_does_not_grow(cast: Cast, page: Client, run: SyncRun, shop: MemoryShop) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            show(page)
        return len(captured)

    few = queries()
    for number in range(3, 9):
        shop.put(product(number, variant(number * 10, sku=f"S-{number}")))
        for name in ("one", "two"):
            add_product(None, cast.account, f"{name} {number}", sku=f"S-{number}")
    synced(run.connection, shop)
    assert undecided(cast.account).count() == 7
    assert queries() == few


def test_it_is_said_in_french(cast: Cast, page: Client, run: SyncRun) -> None:
    cast.alice.language = "fr"
    cast.alice.save()
    text = show(page)
    for words in ("À décider", "Importer comme nouveau", "Ignorer", "partagent le SKU LAV-200"):
        assert words in text
