"""From Shopify's JSON to our values, and what happens to a product that surprises us."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shopsync.errors import UnexpectedData
from shopsync.shopify import parse
from shopsync.values import Image, Option, ShopProduct, ShopVariant, Status, Unreadable, WeightUnit

Edit = Callable[[dict[str, Any]], Any]


def a_variant_node(**fields: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/ProductVariant/41219660316758",
        "title": "S / Bleu",
        "sku": "B796",
        "barcode": "0012345678905",
        "price": "888.00",
        "compareAtPrice": "950.00",
        "position": 1,
        "taxable": False,
        "selectedOptions": [{"value": "S"}, {"value": "Bleu"}],
        "media": {
            "nodes": [
                {
                    "id": "gid://shopify/MediaImage/31",
                    "alt": None,
                    "preview": {"image": {"url": "https://cdn.shopify.com/v.jpg"}},
                }
            ]
        },
        "inventoryItem": {
            "unitCost": {"amount": "12.5"},
            "measurement": {"weight": {"value": 0.25, "unit": "KILOGRAMS"}},
        },
        **fields,
    }


def a_node(**fields: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Product/7196017950806",
        "title": "Capteur d’air",
        "handle": "capteur-d-air",
        "status": "ACTIVE",
        "vendor": "Éole",
        "productType": "Capteurs",
        "tags": ["air", "kh"],
        "descriptionHtml": "<p>Léger</p>",
        "createdAt": "2024-05-01T07:06:53Z",
        "updatedAt": "2025-05-03T04:49:01Z",
        "publishedAt": None,
        "options": [{"name": "Taille", "values": ["S"]}, {"name": "Couleur", "values": ["Bleu"]}],
        "featuredMedia": {
            "id": "gid://shopify/MediaImage/30",
            "alt": "Un capteur",
            "preview": {"image": {"url": "https://cdn.shopify.com/p.jpg?v=1"}},
        },
        "variants": {"pageInfo": {"hasNextPage": False, "endCursor": "x"}, "nodes": [a_variant_node()]},
        **fields,
    }


def read(*nodes: dict[str, Any] | None) -> list[ShopProduct | Unreadable]:
    """What becomes of these nodes."""
    readable, unreadable = parse.read_nodes([msgspec.Raw(json.dumps(node).encode()) for node in nodes])
    return [*(parse.product(node, node.variants.nodes, "EUR") for node in readable), *unreadable]


def product_of(**fields: Any) -> ShopProduct:
    (product,) = read(a_node(**fields))
    assert isinstance(product, ShopProduct)
    return product


def variant_of(**fields: Any) -> ShopVariant:
    page = {"pageInfo": {"hasNextPage": False}, "nodes": [a_variant_node(**fields)]}
    return product_of(variants=page).variants[0]


def test_every_field_arrives() -> None:
    variant = ShopVariant(
        id=41219660316758,
        title="S / Bleu",
        option_values=("S", "Bleu"),
        position=1,
        sku="B796",
        barcode="0012345678905",
        price=Decimal("888.00"),
        compare_at_price=Decimal("950.00"),
        weight=Decimal("0.25"),
        weight_unit=WeightUnit.KILOGRAMS,
        taxable=False,
        cost=Decimal("12.5"),
        image=Image("https://cdn.shopify.com/v.jpg", None, 31),
    )
    assert product_of() == ShopProduct(
        id=7196017950806,
        title="Capteur d’air",
        description_html="<p>Léger</p>",
        status=Status.ACTIVE,
        vendor="Éole",
        product_type="Capteurs",
        tags=("air", "kh"),
        handle="capteur-d-air",
        options=(Option("Taille", ("S",)), Option("Couleur", ("Bleu",))),
        image=Image("https://cdn.shopify.com/p.jpg?v=1", "Un capteur", 30),
        currency="EUR",
        created_at=datetime(2024, 5, 1, 7, 6, 53, tzinfo=UTC),
        updated_at=datetime(2025, 5, 3, 4, 49, 1, tzinfo=UTC),
        published_at=None,
        variants=(variant,),
    )


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_known(status: Status) -> None:
    assert product_of(status=status.name).status is status


@pytest.mark.parametrize("unit", list(WeightUnit))
def test_every_unit_of_weight_is_known(unit: WeightUnit) -> None:
    item = {"unitCost": None, "measurement": {"weight": {"value": 2.0, "unit": unit.name}}}
    variant = variant_of(inventoryItem=item)
    assert (variant.weight, variant.weight_unit) == (Decimal(2), unit)


def test_empty_skus_and_barcodes_stay_empty() -> None:
    for empty in ("", None):
        variant = variant_of(sku=empty, barcode=empty)
        assert (variant.sku, variant.barcode) == (empty, empty)


def test_a_cost_that_is_not_told_is_none_and_a_cost_of_nothing_is_zero() -> None:
    assert variant_of(inventoryItem={"unitCost": None, "measurement": {"weight": None}}).cost is None
    assert variant_of(inventoryItem={"unitCost": {"amount": "0.0"}, "measurement": {}}).cost == 0


def test_money_keeps_its_digits() -> None:
    assert str(variant_of(price="1050000").price) == "1050000"
    assert str(variant_of(price="0.10").price) == "0.10"


@pytest.mark.parametrize(("written", "weight"), [(2.0, "2"), (0.0, "0"), (1e3, "1000"), (0.453592, "0.453592")])
def test_a_weight_is_written_one_way_only(written: float, weight: str) -> None:
    item = {"measurement": {"weight": {"value": written, "unit": "POUNDS"}}}
    assert str(variant_of(inventoryItem=item).weight) == weight


def test_a_picture_still_in_the_works_is_no_picture_yet() -> None:
    for preview in (None, {"image": None}):
        media = {"id": "gid://shopify/MediaImage/30", "alt": None, "preview": preview}
        assert product_of(featuredMedia=media).image is None
    assert product_of(featuredMedia=None).image is None
    assert variant_of(media={"nodes": []}).image is None


def test_the_still_of_a_film_is_a_picture_without_a_media_id() -> None:
    media = {
        "id": "gid://shopify/Video/30",
        "alt": None,
        "preview": {"image": {"url": "https://cdn.shopify.com/s.jpg"}},
    }
    assert product_of(featuredMedia=media).image == Image("https://cdn.shopify.com/s.jpg")


def test_variants_come_in_the_shops_order_however_they_were_listed() -> None:
    nodes = [a_variant_node(id=f"gid://shopify/ProductVariant/{n}", position=p) for n, p in ((1, 3), (2, 1), (3, 2))]
    product = product_of(variants={"pageInfo": {"hasNextPage": False}, "nodes": nodes})
    assert [variant.id for variant in product.variants] == [2, 3, 1]


def test_escaped_slashes_and_accents_mean_the_same() -> None:
    raw = json.dumps(a_node()).replace("/", "\\/").encode()
    (node,), _ = parse.read_nodes([msgspec.Raw(raw)])
    assert parse.product(node, node.variants.nodes, "EUR") == product_of()


def test_a_nul_character_is_left_out_of_texts() -> None:
    product = product_of(title="A\x00B", descriptionHtml="not one: \\u0000, this is: \x00.")
    assert (product.title, product.description_html) == ("AB", "not one: \\u0000, this is: .")


def test_absent_products_and_other_objects_are_passed_over() -> None:
    assert read(None, {}, a_node()) == [product_of()]


# Surprises

SURPRISES: dict[str, tuple[Edit, str]] = {
    "an unknown status": (lambda node: node.update(status="HAUNTED"), "HAUNTED"),
    "a missing price": (lambda node: node["variants"]["nodes"][0].pop("price"), "price"),
    "a price of null": (lambda node: node["variants"]["nodes"][0].update(price=None), "price"),
    "a price in words": (lambda node: node["variants"]["nodes"][0].update(price="ten"), "price"),
    "a price that is no number": (lambda node: node["variants"]["nodes"][0].update(price="NaN"), "price"),
    "an endless cost": (
        lambda node: node["variants"]["nodes"][0]["inventoryItem"].update(unitCost={"amount": "Infinity"}),
        "cost",
    ),
    "an unknown unit": (
        lambda node: node["variants"]["nodes"][0]["inventoryItem"]["measurement"]["weight"].update(unit="STONES"),
        "STONES",
    ),
    "a weight beyond bounds": (
        lambda node: node["variants"]["nodes"][0]["inventoryItem"]["measurement"]["weight"].update(value=1e300),
        "",
    ),
    "an id without a number": (lambda node: node["variants"]["nodes"][0].update(id="gid://shopify/X/"), "gid"),
    "a date in words": (lambda node: node.update(createdAt="yesterday"), "createdAt"),
    "tags that are one text": (lambda node: node.update(tags="a, b"), "tags"),
    "no title": (lambda node: node.update(title=None), "title"),
}


@pytest.mark.parametrize("surprise", SURPRISES)
def test_one_surprising_product_is_told_and_the_others_go_on(surprise: str) -> None:
    edit, word = SURPRISES[surprise]
    broken = a_node(id="gid://shopify/Product/666", title="Broken")
    broken["variants"]["nodes"] = [a_variant_node()]
    edit(broken)
    read_products = read(broken, a_node())
    assert product_of() in read_products
    (told,) = [product for product in read_products if product != product_of()]
    assert isinstance(told, Unreadable)
    assert (told.shop_id, told.title) == (666, broken["title"] or "")
    assert word in told.why
    assert told.why.startswith("Shopify shows")
    assert told.why.endswith(".")


def test_a_product_without_a_readable_id_spoils_the_page() -> None:
    with pytest.raises(UnexpectedData):
        read(a_node(id=None))
    for title in (None, "Seven"):
        with pytest.raises(UnexpectedData):
            read(a_node(id="seven", title=title))


def test_an_answer_of_another_shape_is_unexpected() -> None:
    with pytest.raises(UnexpectedData):
        parse.answer(msgspec.Raw(b'{"products":[]}'), parse.ProductsAnswer)
