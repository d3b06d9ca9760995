"""Duplicates stand side by side, with what differs marked, and can be unlinked or removed."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stockcraft.catalog.models import Product
from web_cast import Cast, add_product, connect, text_of


@pytest.fixture
def twins(cast: Cast) -> list[Product]:
    connection = connect(cast.account)
    first = add_product(connection, cast.account, "Candle", price="19.50")
    second = add_product(
        connection, cast.account, "Candle (gift box)", price="34", notes="for gifts",
        shopify_product_id=first.shopify_product_id,
    )  # fmt: skip
    add_product(connection, cast.account, "Mug")
    return [first, second]


def show(page: Client) -> str:
    return text_of(page.get(reverse("duplicates", args=["maple-thread"])))


def test_a_group_says_which_is_synced_and_marks_what_differs(page: Client, twins: list[Product]) -> None:
    text = show(page)
    assert text.index("Synced (first match)") < text.index("Duplicate, not synced")
    for differing in ("<mark>$19.50</mark>", "<mark>$34.00</mark>", "<mark>for gifts</mark>"):
        assert differing in text
    assert "<dd>Active</dd>" in text
    assert ">Mug<" not in text


def test_the_same_product_of_two_shops_is_no_duplicate(cast: Cast, page: Client) -> None:
    for name in ("first-shop", "second-shop"):
        add_product(connect(cast.account, name), cast.account, "Candle", shopify_product_id=7)
    assert "No duplicates" in show(page)


def test_unlinking_asks_and_keeps_the_product(page: Client, twins: list[Product]) -> None:
    address = reverse("unlink_product", args=["maple-thread", twins[1].pk])
    assert "Unlink Candle (gift box) from Shopify?" in text_of(page.get(address))
    assert Product.objects.get(pk=twins[1].pk).shopify_product_id
    page.post(address)
    kept = Product.objects.get(pk=twins[1].pk)
    assert (kept.shopify_product_id, kept.connection, kept.notes) == (None, None, "for gifts")
    assert "No duplicates" in show(page)


def test_a_product_without_a_tie_cannot_be_unlinked(cast: Cast, page: Client) -> None:
    own = add_product(None, cast.account, "Own")
    assert page.post(reverse("unlink_product", args=["maple-thread", own.pk])).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_groups(cast: Cast, page: Client, twins: list[Product]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            show(page)
        return len(captured)

    few = queries()
    for number in range(15):
        first = add_product(twins[0].connection, cast.account, f"Tote {number}")
        add_product(twins[0].connection, cast.account, "Copy", shopify_product_id=first.shopify_product_id)
    assert queries() == few
