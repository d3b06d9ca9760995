"""The preview's page: what would be done, ticks for what comes in, and the import of exactly that."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from one_shop import MemoryShop, previewed, product, synced
from shopsync.run import sync
from shopsync.values import Status
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection, Selection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.web.preview import Ticked
from web_cast import Cast, client_of, connect, text_of


@pytest.fixture
def connection(cast: Cast) -> Connection:
    return connect(cast.account, currency="USD")


@pytest.fixture
def shop() -> MemoryShop:
    """Sixty-three products, of which three are drafts."""
    products = [product(n, status=Status.DRAFT if n > 60 else Status.ACTIVE) for n in range(1, 64)]
    return MemoryShop(*products, page=30)


def address(run: SyncRun) -> str:
    return reverse("preview", args=[run.account.slug, run.number])


def see(client: Client, run: SyncRun, **asked: Any) -> str:
    return text_of(client.get(address(run), asked))


def press(client: Client, run: SyncRun, query: str = "", **posted: Any) -> Any:
    return client.post(address(run) + query, posted, follow=True)


def carried_out(run: SyncRun, shop: MemoryShop) -> SyncRun:
    run.status, run.attempt = SyncRun.Status.RUNNING, 1
    run.save(update_fields=["status", "attempt"])
    sync(shop, DjangoCatalogue(run, 1))
    return close_run(run, 1)


def imported(client: Client, preview: SyncRun, shop: MemoryShop, **posted: Any) -> SyncRun:
    press(client, preview, **{"import": "1"}, **posted)
    return carried_out(preview.account.runs.latest("pk"), shop)


def here() -> set[int]:
    return set(Product.objects.live().values_list("shopify_product_id", flat=True))


def change_ids(preview: SyncRun, *shop_ids: int) -> list[int]:
    asked = preview.changes.filter(shopify_product_id__in=shop_ids)
    return list(asked.order_by("shopify_product_id").values_list("pk", flat=True))


def test_the_first_preview_says_what_arrives_and_what_fits_and_writes_nothing(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    preview = previewed(connection, shop)

    text = see(page, preview)
    assert "What will arrive" in text
    assert "63 of 63 new products are ticked" in text
    assert "Your plan has room for 50 of them" in text
    assert "13 wait" in text
    assert "Import 50 products" in text
    assert (preview.found, preview.created, preview.held) == (63, 50, 13)
    assert not Product.objects.exists()
    connection.refresh_from_db()
    assert (connection.whole_read_at, connection.last_success_at, connection.products_total) == (None, None, 63)


def test_an_import_brings_in_exactly_what_is_ticked_and_names_the_rest(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    preview = previewed(connection, shop)
    press(page, preview, query="?status=draft", none="1")
    first = change_ids(preview, *range(1, 51))

    run = imported(page, preview, shop, shown=first, tick=first[:-10])

    assert run.trigger == Trigger.FIRST_IMPORT
    assert here() == {*range(1, 41), *range(51, 61)}
    assert (run.found, run.created, run.held) == (63, 50, 13)
    assert set(run.changes.filter(kind="hold").values_list("reason", flat=True)) == {"not_chosen"}
    text = text_of(page.get(reverse("run", args=["maple-thread", run.number]), {"kind": "hold"}))
    assert "Left out: not among the products you chose" in text
    assert "Candle 61" in text


def test_what_was_left_out_stays_out_until_it_is_ticked_again(
    cast: Cast, page: Client, connection: Connection, shop: MemoryShop
) -> None:
    cast.account.plan = Plan.PLUS
    cast.account.save()
    preview = previewed(connection, shop)
    press(page, preview, none="1")
    one = change_ids(preview, 7)
    imported(page, preview, shop, shown=one, tick=one)
    assert here() == {7}
    shop.put(product(64))
    synced(connection, shop)
    assert here() == {7, 64}

    again = previewed(connection, shop)
    assert "0 of 62 new products are ticked" in see(page, again)
    press(page, again, query="?status=draft", all="1")
    imported(page, again, shop)
    assert here() == {7, 64, 61, 62, 63}


def test_the_button_promises_no_more_than_there_is_room_for() -> None:
    assert [Ticked(13, 13, room).coming for room in (None, 50, 5, 0)] == [13, 13, 5, 0]


def test_when_the_ticked_ones_fill_the_plan_the_others_wait_for_an_upgrade(
    cast: Cast, page: Client, connection: Connection, shop: MemoryShop
) -> None:
    preview = previewed(connection, shop)
    others = change_ids(preview, *range(1, 14))
    imported(page, preview, shop, shown=others)
    assert here() == set(range(14, 64))
    plan = reverse("plan", args=["maple-thread"])
    assert "13 more products are waiting" in text_of(page.get(plan))

    assert "bringing in the 13 waiting products" in text_of(page.post(plan, {"plan": "plus"}, follow=True))
    carried_out(cast.account.runs.latest("pk"), shop)
    assert here() == set(range(1, 64))


def test_ticks_are_kept_from_page_to_page_and_by_search(page: Client, connection: Connection, shop: MemoryShop) -> None:
    preview = previewed(connection, shop)
    some = change_ids(preview, 1, 2)
    answer = press(page, preview, shown=some, tick=some[1:], go="?page=2")
    assert answer.redirect_chain[-1][0].endswith("?page=2")
    assert "62 of 63 new products are ticked" in text_of(answer)
    answer = press(page, preview, go="search", q="Candle 63")
    assert "1–1 of 1" in text_of(answer)
    assert text_of(answer).count('name="tick"') == 1
    part = page.post(address(preview), {"shown": some}, headers={"HX-Request": "true", "HX-Target": "ticked"})
    assert text_of(part).lstrip().startswith("<div")
    assert "61 of 63 new products are ticked" in text_of(part)


def test_a_preview_of_a_synced_shop_shows_updates_before_and_after(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    for number in range(51, 64):
        shop.remove(number)
    synced(connection, shop)
    shop.change(1, title="A new name")
    shop.remove(2)
    preview = previewed(connection, shop)

    text = see(page, preview)
    assert "Preview of the next sync" in text
    assert "<del" in text
    assert "A new name" in text
    badges = re.findall(r'class="badge [^"]*">(?:<svg.*?</svg>)([^<]*)<', text)
    assert badges == ["Would be updated", "Would be hidden"]
    assert "would be hidden here, nothing is deleted" in text
    assert (preview.found, preview.updated, preview.archived, preview.unchanged) == (49, 1, 1, 48)
    assert Product.objects.get(shopify_product_id=1).title == "Candle 1"
    assert "Nothing to change" not in text
    assert "#2" not in text_of(page.get(reverse("history", args=["maple-thread"])))
    assert address(preview) in text_of(page.get(reverse("history", args=["maple-thread"])))
    assert "A new name" not in text_of(page.get(reverse("product", args=["maple-thread", Product.objects.first().pk])))  # type: ignore[union-attr]


def test_what_the_guard_would_stop_is_shown_as_planned(page: Client, connection: Connection, shop: MemoryShop) -> None:
    synced(connection, shop)
    shop.remove(*range(1, 31))
    for number in range(31, 51):
        shop.change_variant(number, price=Decimal("125.00"))
    preview = previewed(connection, shop)

    assert preview.status == SyncRun.Status.SUCCEEDED
    assert "50 changes are unusually many" in see(page, preview)
    planned = reverse("planned_changes", args=["maple-thread", preview.number])
    text = text_of(page.get(planned))
    assert "A sync would set these changes aside and ask you first." in text
    page.post(planned, {"decision": "approve"})
    assert SyncRun.objects.live().count() == 0
    assert Product.objects.live().count() == 50


def test_a_preview_is_out_of_date_once_a_sync_came_after_it(
    page: Client, connection: Connection, shop: MemoryShop
) -> None:
    preview = previewed(connection, shop)
    synced(connection, shop)
    assert "its list is out of date" in see(page, preview)
    text = text_of(press(page, preview, **{"import": "1"}, none="1"))
    assert "Look again first" in text
    assert not Selection.objects.exists()
    assert not SyncRun.objects.live().exists()


def test_a_sync_takes_the_place_of_a_preview_under_way_and_a_preview_waits_for_a_sync(
    page: Client, connection: Connection
) -> None:
    page.post(reverse("start_preview", args=["maple-thread", connection.pk]))
    preview = SyncRun.objects.get()
    assert "Your shop is being read" in see(page, preview)
    page.post(reverse("start_preview", args=["maple-thread", connection.pk]))
    assert SyncRun.objects.count() == 1
    page.post(reverse("start_sync", args=["maple-thread", connection.pk]))
    preview.refresh_from_db()
    assert preview.status == SyncRun.Status.CANCELLED
    assert "did not come to its end" in see(page, preview)
    answer = page.post(reverse("start_preview", args=["maple-thread", connection.pk]), follow=True)
    assert "A sync of this shop is under way" in text_of(answer)
    assert SyncRun.objects.count() == 2


def test_a_preview_under_way_can_be_stopped(page: Client, connection: Connection) -> None:
    page.post(reverse("start_preview", args=["maple-thread", connection.pk]))
    page.post(reverse("stop_sync", args=["maple-thread", 1]))
    assert SyncRun.objects.get().status == SyncRun.Status.CANCELLED


def test_a_strangers_preview_is_not_there(cast: Cast, connection: Connection, shop: MemoryShop) -> None:
    preview = previewed(connection, shop)
    stranger = client_of(cast.charlie)
    assert stranger.get(address(preview)).status_code == 404
    assert stranger.post(address(preview), {"import": "1"}).status_code == 404
    assert stranger.post(reverse("start_preview", args=["maple-thread", connection.pk])).status_code == 404
    assert client_of(cast.bob).get(address(preview)).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_products(
    page: Client, connection: Connection, shop: MemoryShop, django_assert_max_num_queries: Any
) -> None:
    preview = previewed(connection, shop)
    with django_assert_max_num_queries(22):
        see(page, preview)
    with django_assert_max_num_queries(30):
        page.post(address(preview), {"shown": change_ids(preview, *range(1, 51)), "import": "1"})
