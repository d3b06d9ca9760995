"""Who decides about each field is set for the workspace or one product; kept values that differ are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from one_shop import MemoryShop, product, synced
from stockcraft.catalog.models import FieldRule, Product
from stockcraft.connections.models import Connection
from web_cast import Cast, add_product, client_of, connect, text_of


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(product(1))


@pytest.fixture
def connection(cast: Cast, shop: MemoryShop) -> Connection:
    connection = connect(cast.account)
    synced(connection, shop)
    Product.objects.update(currency="USD")
    return connection


@pytest.fixture
def candle(connection: Connection) -> Product:
    return Product.objects.get()


def address(name: str, *parts: object) -> str:
    return reverse(name, args=["maple-thread", *parts])


def page_of(page: Client, product: Product) -> str:
    return text_of(page.get(address("product", product.pk)))


def test_the_owner_sets_a_rule_for_every_product(
    page: Client, connection: Connection, candle: Product, shop: MemoryShop
) -> None:
    assert "Saved." in text_of(page.post(address("field_rules"), {"title": "keep", "vendor": "nonsense"}, follow=True))
    assert FieldRule.objects.of(candle.account) == {"title": "keep"}
    assert Connection.objects.get().whole_read_wanted_at is not None
    shop.change(1, title="Another title", vendor="Another vendor")
    synced(connection, shop)
    candle.refresh_from_db()
    assert (candle.title, candle.vendor) == ("Candle 1", "Another vendor")
    text = page_of(page, candle)
    assert "As the workspace: Keep mine" in text
    assert "1 value differs from Shopify" in text
    assert "Another title" in text


def test_a_product_has_exceptions_that_can_be_taken_away(page: Client, candle: Product) -> None:
    page.post(address("product_fields", candle.pk), {"variant.price": "keep"})
    assert FieldRule.objects.of(candle.account, candle) == {"variant.price": "keep"}
    assert '<option value="keep" selected>' in page_of(page, candle)
    page.post(address("product_fields", candle.pk), {"variant.price": ""})
    assert FieldRule.objects.of(candle.account, candle) == {}


def test_one_click_takes_shopifys_value(cast: Cast, connection: Connection, candle: Product, shop: MemoryShop) -> None:
    member = client_of(cast.bob)
    member.post(address("product_fields", candle.pk), {"variant.price": "keep"})
    shop.change_variant(1, price=Decimal("14.25"))
    synced(connection, shop)
    assert candle.variants.get().price == Decimal("12.50")
    text = page_of(member, candle)
    assert "$14.25" in text
    assert 'value="variant.price:10"' in text
    answer = text_of(member.post(address("product_fields", candle.pk), {"take": "variant.price:10"}, follow=True))
    assert "Shopify’s value was taken." in answer
    assert candle.variants.get().price == Decimal("14.25")
    assert "differs from Shopify" not in page_of(member, candle)


def test_what_does_not_differ_cannot_be_taken(page: Client, candle: Product) -> None:
    answer = text_of(page.post(address("product_fields", candle.pk), {"take": "title"}, follow=True))
    assert "as Shopify shows it already" in answer


def test_only_owners_change_the_workspaces_rules(cast: Cast, connection: Connection) -> None:
    member = client_of(cast.bob)
    assert "Only owners change these." in text_of(member.get(address("field_rules")))
    assert member.post(address("field_rules"), {"title": "keep"}).status_code == 403
    assert not FieldRule.objects.exists()


def test_a_product_of_ones_own_has_no_rules(cast: Cast, page: Client) -> None:
    own = add_product(None, cast.account, "Own")
    assert "Who decides about each field" not in page_of(page, own)
    assert page.post(address("product_fields", own.pk), {"title": "keep"}).status_code == 404


def test_a_stranger_changes_nothing(cast: Cast, candle: Product) -> None:
    stranger = client_of(cast.charlie)
    assert stranger.post(address("product_fields", candle.pk), {"title": "keep"}).status_code == 404
    assert stranger.post(address("field_rules"), {"title": "keep"}).status_code == 404
    assert not FieldRule.objects.exists()


def test_it_is_said_in_french(cast: Cast, page: Client, candle: Product) -> None:
    cast.alice.language = "fr"
    cast.alice.save()
    text = page_of(page, candle)
    assert "Qui décide de chaque champ" in text
    assert "Prix des variantes" in text
