"""A sync is undone from its page, whole or one product at a time; what is refused is named with its reason."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from one_shop import MemoryShop, product, synced
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from web_cast import Cast, add_run, client_of, connect, text_of


@pytest.fixture
def shop(cast: Cast) -> MemoryShop:
    """Three products that are here; then two are renamed and a fourth is added."""
    shop = MemoryShop(*(product(number) for number in range(1, 4)))
    synced(connect(cast.account), shop)
    shop.change(1, title="Renamed one")
    shop.change(2, title="Renamed two")
    shop.put(product(4))
    return shop


@pytest.fixture
def run(cast: Cast, shop: MemoryShop) -> SyncRun:
    return synced(cast.account.connections.get(), shop)


def address(run: SyncRun) -> str:
    return reverse("undo_run", args=["maple-thread", run.number])


def page_of(page: Client, run: SyncRun) -> str:
    return text_of(page.get(reverse("run", args=["maple-thread", run.number])))


def titles() -> list[str]:
    return list(Product.objects.live().order_by("shopify_product_id").values_list("title", flat=True))


def test_it_says_what_undoing_does_before_it_does_it(page: Client, run: SyncRun) -> None:
    assert address(run) in page_of(page, run)
    text = text_of(page.get(address(run)))
    assert "1 product it added is hidden; nothing is deleted." in text
    assert "2 products it updated get their earlier values back." in text
    assert titles() == ["Renamed one", "Renamed two", "Candle 3", "Candle 4"]


def test_a_member_undoes_the_whole_sync(cast: Cast, run: SyncRun) -> None:
    text = text_of(client_of(cast.bob).post(address(run), follow=True))
    assert "3 products undone." in text
    assert "Undo, by you" in text
    assert f"undoes sync #{run.number}" in text
    assert titles() == ["Candle 1", "Candle 2", "Candle 3"]
    assert f"undone by sync #{run.number + 1}" in page_of(client_of(cast.alice), run)


def test_one_product_is_undone_and_the_others_stay(page: Client, run: SyncRun) -> None:
    one = Product.objects.get(shopify_product_id=1)
    assert "1 product undone." in text_of(page.post(address(run), {"product": one.pk}, follow=True))
    assert titles() == ["Candle 1", "Renamed two", "Candle 3", "Candle 4"]
    listed = page_of(page, run).split('id="changes"')[1]
    assert (listed.count("Undone</span>"), listed.count('name="product"')) == (1, 2)


def test_what_someone_edited_since_is_refused_and_named(page: Client, run: SyncRun) -> None:
    Product.objects.filter(shopify_product_id=4).update(notes="for gifts")
    text = text_of(page.post(address(run), follow=True))
    assert "1 product was left as it is; the list says why." in text
    assert "Not undone: it has notes, costs or a name of your own" in text
    assert titles() == ["Candle 1", "Candle 2", "Candle 3", "Candle 4"]


def test_what_was_undone_is_not_done_again_until_someone_says_so(page: Client, run: SyncRun, shop: MemoryShop) -> None:
    page.post(address(run))
    held = synced(run.connection, shop)
    assert titles() == ["Candle 1", "Candle 2", "Candle 3"]
    assert "Do it again" in page_of(page, held)
    change = held.changes.get(shopify_product_id=1)
    again = reverse("go_on", args=["maple-thread", held.number])
    assert "brings Renamed one up to date again" in text_of(page.post(again, {"change": change.pk}, follow=True))
    assert Connection.objects.get().whole_read_wanted_at is not None
    synced(run.connection, shop)
    assert titles() == ["Renamed one", "Candle 2", "Candle 3"]


def test_while_a_sync_is_under_way_nothing_is_undone(page: Client, run: SyncRun) -> None:
    live = add_run(run.connection, status=SyncRun.Status.RUNNING)
    assert "A sync of this shop is under way" in text_of(page.post(address(run), follow=True))
    assert "Undo this sync" not in page_of(page, live)
    assert titles()[0] == "Renamed one"


def test_an_undo_and_a_sync_without_changes_offer_none(page: Client, run: SyncRun) -> None:
    page.post(address(run))
    undoing = SyncRun.objects.get(trigger=Trigger.UNDO)
    for other in (undoing, add_run(run.connection)):
        assert "Undo this sync" not in page_of(page, other)
        assert "nothing in this sync that could be undone" in text_of(page.get(address(other)))


def test_nonsense_and_other_syncs_products_are_not_found(page: Client, run: SyncRun) -> None:
    untouched = Product.objects.get(shopify_product_id=3)
    for chosen in ("", "x", "9" * 40, str(untouched.pk)):
        assert page.post(address(run), {"product": chosen}).status_code == 404
    assert page.post(reverse("go_on", args=["maple-thread", run.number]), {"change": "1"}).status_code == 404
    assert titles()[0] == "Renamed one"


def test_a_stranger_undoes_nothing(cast: Cast, run: SyncRun) -> None:
    stranger = client_of(cast.charlie)
    assert stranger.post(address(run)).status_code == 404
    assert stranger.get(address(run)).status_code == 404
    assert titles()[0] == "Renamed one"


def test_it_is_said_in_french(cast: Cast, page: Client, run: SyncRun) -> None:
    cast.alice.language = "fr"
    cast.alice.save()
    assert "2 produits modifiés retrouvent leurs valeurs précédentes." in text_of(page.get(address(run)))
    assert "Annuler cette synchronisation…" in page_of(page, run)
