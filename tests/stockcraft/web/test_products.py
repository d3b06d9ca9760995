"""The product list finds, narrows, marks duplicates and says how full the plan is."""

from __future__ import annotations

import re

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def shop(cast: Cast) -> Connection:
    return connect(cast.account)


def rows(page: Client, /, **query: str) -> str:
    return text_of(page.get(reverse("products", args=["maple-thread"]), query)).split('id="products"')[1]


def test_products_show_price_sku_and_status(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Stoneware Mug", sku="MUG-1", price="26.00", vendor="Atelier Noor", status="draft")
    text = rows(page)
    for words in ("Stoneware Mug", "MUG-1", "$26.00", "Atelier Noor", "Draft", "1 variant"):
        assert words in text


def test_search_finds_title_sku_and_vendor(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Mug", sku="ABC-1", vendor="Noor")
    add_product(shop, cast.account, "Tote", sku="XYZ-9", vendor="Wool & Co")
    for words in ("mug", "abc", "noor"):
        assert [">Mug<" in rows(page, q=words), ">Tote<" in rows(page, q=words)] == [True, False]
    assert "No product matches “lavander”." in rows(page, q="lavander")


def test_a_search_is_never_run_as_markup(page: Client) -> None:
    assert "<script>" not in rows(page, q="<script>alert(1)</script>")


def test_chips_count_and_narrow(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Mug")
    add_product(shop, cast.account, "Tote", status="draft")
    add_product(shop, cast.account, "Old bowl", archived_at=timezone.now(), archive_reason="removed_in_shopify")
    everything = rows(page)
    assert "Old bowl" not in everything
    assert "All <b>2</b>" in everything
    assert "Removed in Shopify <b>1</b>" in everything
    assert [">Tote<" in rows(page, show="draft"), ">Mug<" in rows(page, show="draft")] == [True, False]
    assert ">Old bowl<" in rows(page, show="removed")


def test_duplicates_wear_their_badges(cast: Cast, page: Client, shop: Connection) -> None:
    first = add_product(shop, cast.account, "Candle")
    add_product(shop, cast.account, "Candle (gift box)", shopify_product_id=first.shopify_product_id)
    add_product(shop, cast.account, "Mug")
    text = rows(page)
    assert text.count("Synced (first match)") == 1
    assert text.count("Duplicate, not synced") == 1
    narrowed = rows(page, show="duplicates")
    assert [">Candle<" in narrowed, ">Candle (gift box)<" in narrowed, ">Mug<" in narrowed] == [True, True, False]


def test_a_full_plan_says_how_many_wait(cast: Cast, page: Client, shop: Connection) -> None:
    for number in range(50):
        add_product(shop, cast.account, f"Mug {number}")
    run = add_run(shop)
    for number in range(13):
        add_change(run, Change.Kind.HOLD, f"Tote {number}", reason="plan_limit")
    text = text_of(page.get(reverse("products", args=["maple-thread"])))
    assert "Free plan full: 50 of 50 products" in text
    assert "50 of 63, 13 waiting in Shopify." in text


def test_plus_has_no_limit_banner(cast: Cast, page: Client, shop: Connection) -> None:
    cast.account.plan = "plus"
    cast.account.save()
    add_change(add_run(shop), Change.Kind.HOLD, "Tote", reason="plan_limit")
    assert "plan full" not in text_of(page.get(reverse("products", args=["maple-thread"])))


def test_pictures_come_from_shopifys_host_only(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Mug", image_url="https://cdn.shopify.com/s/mug.jpg?v=1")
    add_product(shop, cast.account, "Tote", image_url="https://pictures.example/tote.jpg")
    text = rows(page)
    assert 'src="https://cdn.shopify.com/s/mug.jpg?v=1&amp;width=80"' in text
    assert 'referrerpolicy="no-referrer"' in text
    assert "pictures.example" not in text


def test_pages_keep_the_search(cast: Cast, page: Client, shop: Connection) -> None:
    for number in range(51):
        add_product(shop, cast.account, f"Mug {number:02}")
    text = rows(page, q="mug")
    assert "1–50 of 51" in text
    assert "?q=mug&amp;page=2" in text
    assert "51–51 of 51" in rows(page, q="mug", page="2")


def test_every_product_is_on_one_page_however_far_in(
    cast: Cast, page: Client, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stockcraft.web.products.PAGE", 3)
    for number in range(11):
        add_product(shop, cast.account, f"Mug {number:02}")
    shown = [re.findall(r">(Mug \d\d)<", rows(page, page=str(number))) for number in (1, 2, 3, 4)]
    assert [len(names) for names in shown] == [3, 3, 3, 2]
    assert [name for names in shown for name in names] == [f"Mug {number:02}" for number in range(11)]


def test_the_csv_holds_every_variant(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Écharpe", sku="ECH-1")
    response = page.get(reverse("products_csv", args=["maple-thread"]))
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].startswith("shopify_product_id,handle,title")
    assert len(lines) == 2
    assert "Écharpe" in lines[1]
    assert "ECH-1" in lines[1]


def test_an_empty_list_leads_to_connecting(page: Client) -> None:
    assert "Connect your store, then sync." in rows(page)


def test_script_gets_the_rows_alone(cast: Cast, page: Client, shop: Connection) -> None:
    add_product(shop, cast.account, "Mug")
    address = reverse("products", args=["maple-thread"])
    part = text_of(page.get(address, {"q": "mug"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="products"))
    assert "<html" not in part
    assert ">Mug<" in part


@pytest.mark.parametrize("query", [{}, {"show": "duplicates"}, {"q": "o"}, {"q": "mug"}, {"q": "nothing-here"}])
def test_the_number_of_queries_does_not_grow_with_the_list(
    cast: Cast, page: Client, shop: Connection, query: dict[str, str]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            rows(page, **query)
        return len(captured)

    first = add_product(shop, cast.account, "Mug")
    add_product(shop, cast.account, "Mug again", shopify_product_id=first.shopify_product_id)
    few = queries()
    for number in range(30):
        tote = add_product(shop, cast.account, f"Tote {number}")
    add_product(shop, cast.account, "Mug too", shopify_product_id=tote.shopify_product_id)
    assert queries() == few
