"""Duplicates stand side by side, with what differs marked and what would be lost named; each way out can be undone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stockcraft.catalog.models import Product, Variant
from stockcraft.syncs.models import Notice, Resolution
from stockcraft.web.duplicates import SHOWN
from web_cast import Cast, add_product, add_run, client_of, connect, text_of


@pytest.fixture
def twins(cast: Cast) -> list[Product]:
    connection = connect(cast.account)
    first = add_product(connection, cast.account, "Candle", price="19.50")
    second = add_product(
        connection, cast.account, "Candle (gift box)", price="34", notes="for gifts", category="Gifts",
        shopify_product_id=first.shopify_product_id,
    )  # fmt: skip
    second.variants.update(own_cost=Decimal("8.25"))
    add_product(connection, cast.account, "Mug")
    return [first, second]


def show(page: Client, number: int = 1) -> str:
    return text_of(page.get(reverse("duplicates", args=["maple-thread"]), {"page": number}))


def address(name: str, product: Product) -> str:
    return reverse(name, args=["maple-thread", product.pk])


def undo(page: Client) -> str:
    """Press Undo on the latest line of the list, and look where that leads."""
    resolution = Resolution.objects.latest("pk")
    return text_of(page.post(reverse("undo_resolution", args=["maple-thread", resolution.pk]), follow=True))


def test_a_group_says_which_is_synced_and_marks_what_differs(page: Client, twins: list[Product]) -> None:
    text = show(page)
    assert text.index("Synced (first match)") < text.index("Duplicate, not synced")
    assert "Candle came into StockCraft first: it is the first match, so it is synced." in text
    for differing in ("<mark>$19.50</mark>", "<mark>$34.00</mark>", "<mark>for gifts</mark>", "<mark>$8.25</mark>"):
        assert differing in text
    assert "<dd>Active</dd>" in text
    assert ">Mug<" not in text
    assert f"https://admin.shopify.com/store/maple-and-thread/products/{twins[0].shopify_product_id}" in text


def test_what_none_of_them_has_is_not_listed(cast: Cast, page: Client, twins: list[Product]) -> None:
    text = show(page)
    assert "<dt>Notes</dt>" in text
    assert "<dt>Labour</dt>" not in text
    first = add_product(twins[0].connection, cast.account, "Tote")
    add_product(twins[0].connection, cast.account, "Tote", shopify_product_id=first.shopify_product_id)
    assert show(page).count("Nothing</p>") == 2


def test_a_group_names_the_first_sync_that_saw_it(page: Client, twins: list[Product]) -> None:
    assert "No sync has seen them yet." in show(page)
    for _ in range(3):
        run = add_run(twins[0].connection)  # type: ignore[arg-type]
        if run.number > 1:
            run.notices.create(code=Notice.Code.DUPLICATE, shopify_product_id=twins[0].shopify_product_id)
    assert "First seen in sync #2" in show(page)


def test_the_same_product_of_two_shops_is_no_duplicate(cast: Cast, page: Client) -> None:
    for name in ("first-shop", "second-shop"):
        add_product(connect(cast.account, name), cast.account, "Candle", shopify_product_id=7)
    assert "No duplicates" in show(page)


def test_a_large_group_is_shown_in_part_and_counted_whole(cast: Cast, page: Client, twins: list[Product]) -> None:
    for _ in range(SHOWN):
        add_product(twins[0].connection, cast.account, "Copy", shopify_product_id=twins[0].shopify_product_id)
    text = show(page)
    assert text.count('class="twin"') == SHOWN
    assert "And 2 more, which are shown when some of these are resolved." in text


def test_a_merge_says_what_is_carried_over_and_does_it(cast: Cast, page: Client, twins: list[Product]) -> None:
    first, second = twins
    text = text_of(page.get(address("merge_product", second)))
    for words in ("Merge Candle (gift box) into Candle?", "Carried over", "for gifts", "Gifts", "$8.25", "200 g"):
        assert words in text
    assert "Both have a value" not in text
    text = text_of(page.post(address("merge_product", second), {"into": first.pk}, follow=True))
    assert "Candle (gift box) was merged into Candle." in text
    assert "No duplicates" in text
    first.refresh_from_db()
    assert (first.notes, first.category, first.variants.get().own_cost) == ("for gifts", "Gifts", Decimal("8.25"))
    resolution = Resolution.objects.get()
    assert (resolution.made_by, resolution.into, resolution.title) == (cast.alice, first, "Candle (gift box)")


def test_where_both_have_a_value_the_page_asks(page: Client, twins: list[Product]) -> None:
    first, second = twins
    Product.objects.filter(pk=first.pk).update(notes="pour at 60°", category="Candles")
    first.variants.update(own_cost=9)
    text = text_of(page.get(address("merge_product", second)))
    assert text.count("Both have a value. Which one stays?") == 3
    for words in ('name="notes" value="both" checked', 'name="category" value="first" checked', "200 g: $8.25"):
        assert words in text
    form = {"into": first.pk, "notes": "both", "category": "other", "variant.own_cost": "other"}
    page.post(address("merge_product", second), form)
    first.refresh_from_db()
    assert (first.notes, first.category) == ("pour at 60°\n\nfor gifts", "Gifts")
    assert first.variants.get().own_cost == Decimal("8.25")


def test_costs_of_a_variant_without_a_counterpart_are_named_before_the_merge(
    cast: Cast, page: Client, twins: list[Product]
) -> None:
    Variant.objects.create(account=cast.account, product=twins[1], title="3 kg", own_cost=Decimal("40"))
    text = text_of(page.get(address("merge_product", twins[1])))
    assert "Variants without a counterpart" in text
    assert "Own cost: $40.00" in text


def test_a_merge_into_another_than_the_page_showed_is_refused(cast: Cast, page: Client, twins: list[Product]) -> None:
    text = text_of(page.post(address("merge_product", twins[1]), {"into": 0}, follow=True))
    assert "These products have changed meanwhile." in text
    assert Product.objects.filter(pk=twins[1].pk).exists()


def test_the_first_match_and_single_products_cannot_be_merged(page: Client, twins: list[Product]) -> None:
    single = Product.objects.get(title="Mug")
    assert page.get(address("merge_product", twins[0])).status_code == 404
    assert page.post(address("merge_product", single), {"into": twins[0].pk}).status_code == 404


def test_unlinking_asks_and_keeps_the_product(page: Client, twins: list[Product]) -> None:
    assert "Unlink Candle (gift box) from Shopify?" in text_of(page.get(address("unlink_product", twins[1])))
    assert Product.objects.get(pk=twins[1].pk).shopify_product_id
    page.post(address("unlink_product", twins[1]))
    kept = Product.objects.get(pk=twins[1].pk)
    assert (kept.shopify_product_id, kept.connection, kept.notes) == (None, None, "for gifts")
    assert "No duplicates" in show(page)


def test_a_product_without_a_tie_cannot_be_unlinked(cast: Cast, page: Client) -> None:
    own = add_product(None, cast.account, "Own")
    assert page.post(address("unlink_product", own)).status_code == 404


def test_removing_names_what_goes_with_the_product(page: Client, twins: list[Product]) -> None:
    text = text_of(page.get(address("delete_product", twins[1])))
    for words in ("What goes with it", "for gifts", "Own cost: $8.25", "You can undo this"):
        assert words in text


@pytest.mark.parametrize("way", ["merge_product", "unlink_product", "delete_product"])
def test_each_way_out_is_undone_from_its_toast_and_from_the_list(page: Client, twins: list[Product], way: str) -> None:
    before = list(Product.objects.order_by("pk").values("pk", "notes", "category", "shopify_product_id", "connection"))
    told = text_of(page.post(address(way, twins[1]), {"into": twins[0].pk}, follow=True))
    undoing = reverse("undo_resolution", args=["maple-thread", Resolution.objects.get().pk])
    listed = text_of(page.get(reverse("resolutions", args=["maple-thread"])))
    assert f'action="{undoing}"' in told
    assert f'action="{undoing}"' in listed
    text = undo(page)
    assert "Undone: Candle (gift box) is as it was." in text
    assert "Duplicate, not synced" in text
    after = list(Product.objects.order_by("pk").values("pk", "notes", "category", "shopify_product_id", "connection"))
    assert after == before
    assert Product.objects.get(pk=twins[1].pk).variants.get().own_cost == Decimal("8.25")
    assert f'action="{undoing}"' not in text_of(page.get(reverse("resolutions", args=["maple-thread"])))


def test_an_undo_after_an_edit_says_why_it_is_refused(page: Client, twins: list[Product]) -> None:
    first, second = twins
    page.post(address("merge_product", second), {"into": first.pk})
    page.post(address("product", first), {"notes": "mine", "category": "Gifts"})
    assert "someone, or a sync, has changed the product since" in undo(page)
    first.refresh_from_db()
    assert first.notes == "mine"


def test_a_removed_product_that_was_no_duplicate_comes_back_to_its_page(page: Client, twins: list[Product]) -> None:
    mug = Product.objects.get(title="Mug")
    page.post(address("delete_product", mug), {"future": "ignore"})
    assert "<h1>Mug</h1>" in undo(page)


def test_a_member_resolves_and_the_list_says_who(cast: Cast, page: Client, twins: list[Product]) -> None:
    client_of(cast.bob).post(address("delete_product", twins[1]))
    assert "Bob" in text_of(page.get(reverse("resolutions", args=["maple-thread"])))


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


def test_the_number_of_queries_does_not_grow_with_what_was_resolved(
    cast: Cast, page: Client, twins: list[Product]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            page.get(reverse("resolutions", args=["maple-thread"]))
        return len(captured)

    page.post(address("merge_product", twins[1]), {"into": twins[0].pk})
    page.get(reverse("resolutions", args=["maple-thread"]))
    few = queries()
    for number in range(10):
        page.post(address("delete_product", add_product(None, cast.account, f"Own {number}")))
    page.get(reverse("resolutions", args=["maple-thread"]))
    assert queries() == few
