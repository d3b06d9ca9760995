"""A product's page: Shopify's fields are read-only, the merchant's own are theirs to edit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stockcraft.catalog.models import Product, Variant
from stockcraft.syncs.models import Change
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def candle(cast: Cast) -> Product:
    product = add_product(
        connect(cast.account), cast.account, "Candle", options=[{"name": "Size", "values": ["200 g"]}]
    )
    product.variants.update(compare_at_price=Decimal("22"), shopify_cost=Decimal("7.20"))
    return product


def address(product: Product, name: str = "product") -> str:
    return reverse(name, args=["maple-thread", product.pk])


def test_variants_show_what_they_sell_and_cost(page: Client, candle: Product) -> None:
    text = text_of(page.get(address(candle)))
    for words in ("Size", "200 g", "SKU-Candle", "0628451", "$19.50", "$22.00", "$7.20", "63%"):
        assert words in text
    assert "Managed in Shopify. Read-only here." in text
    assert f"https://admin.shopify.com/store/maple-and-thread/products/{candle.shopify_product_id}" in text


def test_a_product_without_options_shows_no_default_title(page: Client, candle: Product) -> None:
    candle.options = [{"name": "Title", "values": ["Default Title"]}]
    candle.save()
    candle.variants.update(title="Default Title", option_values=["Default Title"])
    assert "Default Title" not in text_of(page.get(address(candle)))


def test_own_fields_are_saved_and_nothing_else(page: Client, candle: Product) -> None:
    form = {"name_override": "My candle", "category": "Candles", "notes": "Pour at 60°", "title": "Hacked"}
    page.post(address(candle), form)
    candle.refresh_from_db()
    assert (candle.name, candle.category, candle.notes) == ("My candle", "Candles", "Pour at 60°")
    assert candle.title == "Candle"


def test_costs_are_saved_as_typed_in_either_language(cast: Cast, page: Client, candle: Product) -> None:
    variant = candle.variants.get()
    page.post(address(candle, "variant_costs"), {f"own_cost-{variant.pk}": "8.25", f"labour-{variant.pk}": ""})
    variant.refresh_from_db()
    assert (variant.own_cost, variant.labour) == (Decimal("8.25"), None)
    cast.alice.language = "fr"
    cast.alice.save()
    page.post(address(candle, "variant_costs"), {f"own_cost-{variant.pk}": "1 008,5"})
    variant.refresh_from_db()
    assert variant.own_cost == Decimal("1008.5")


@pytest.mark.parametrize("typed", ["a lot", "-1", "NaN", "1e999999999"])
def test_a_cost_that_is_none_is_refused_and_given_back(page: Client, candle: Product, typed: str) -> None:
    variant = candle.variants.get()
    response = page.post(address(candle, "variant_costs"), {f"own_cost-{variant.pk}": typed})
    variant.refresh_from_db()
    assert response.status_code == 422
    assert "Nothing was saved: see the marked fields." in text_of(response)
    assert f'value="{typed}"' in text_of(response)
    assert variant.own_cost is None


def test_costs_of_other_products_are_out_of_reach(cast: Cast, page: Client, candle: Product) -> None:
    other = add_product(candle.connection, cast.account, "Mug").variants.get()
    page.post(address(candle, "variant_costs"), {f"own_cost-{other.pk}": "1"})
    other.refresh_from_db()
    assert other.own_cost is None


def test_what_changed_is_told_with_its_run(page: Client, candle: Product) -> None:
    run = add_run(candle.connection)
    fields = [{"field": "price", "variant": "200 g", "before": "18.00", "after": "19.50"}]
    add_change(run, Change.Kind.UPDATE, "Candle", product=candle, fields=fields)
    text = text_of(page.get(address(candle)))
    assert "1 field updated" in text
    assert "$18.00</del>" in text
    assert reverse("run", args=["maple-thread", run.number]) in text


def test_a_duplicate_says_that_it_is_not_synced(cast: Cast, page: Client, candle: Product) -> None:
    twin = add_product(
        candle.connection, cast.account, "Candle (gift box)", shopify_product_id=candle.shopify_product_id
    )
    assert "This one is synced (first match)" in text_of(page.get(address(candle)))
    assert "Duplicate of Candle, not synced" in text_of(page.get(address(twin)))


def test_deleting_ignores_the_product_in_future_by_default(page: Client, candle: Product) -> None:
    shop_id, connection = candle.shopify_product_id, candle.connection
    assert "Ignore it in future syncs" in text_of(page.get(address(candle, "delete_product")))
    page.post(address(candle, "delete_product"), {"future": "ignore"})
    assert not Product.objects.filter(pk=candle.pk).exists()
    assert connection.ignored_products.get().shopify_product_id == shop_id


def test_deleting_may_let_the_product_come_again(page: Client, candle: Product) -> None:
    connection = candle.connection
    page.post(address(candle, "delete_product"), {"future": "again"})
    assert not connection.ignored_products.exists()


def test_deleting_one_of_two_duplicates_ignores_nothing(cast: Cast, page: Client, candle: Product) -> None:
    add_product(candle.connection, cast.account, "Twin", shopify_product_id=candle.shopify_product_id)
    page.post(address(candle, "delete_product"), {"future": "ignore"})
    assert not candle.connection.ignored_products.exists()
    assert Product.objects.get().title == "Twin"


def test_a_description_full_of_scripts_is_shown_as_text(page: Client, candle: Product) -> None:
    candle.description_html = "<p>Soy <script>alert(1)</script><b onclick='x()'>wax</b></p>"
    candle.save()
    text = text_of(page.get(address(candle)))
    assert "<script>alert" not in text
    assert "onclick" not in text


def test_the_number_of_queries_does_not_grow_with_the_variants(page: Client, candle: Product) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            page.get(address(candle))
        return len(captured)

    queries()  # counts the products, which do not change any more
    few = queries()
    for number in range(40):
        Variant.objects.create(account=candle.account, product=candle, title=f"{number} g", position=number)
    assert queries() == few


def test_many_variants_come_in_pages(page: Client, candle: Product) -> None:
    Variant.objects.bulk_create(
        Variant(account=candle.account, product=candle, title=f"{number} g", position=number) for number in range(120)
    )
    assert "1–100 of 121" in text_of(page.get(address(candle)))
    assert "101–121 of 121" in text_of(page.get(address(candle), {"page": "2"}))
