"""The fingerprint changes exactly when a synced field does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.shop_examples import a_product, a_rich_product, a_variant, changed
from contracts.shop_strategies import products
from shopsync.diff import PRODUCT_FIELDS, VARIANT_FIELDS
from shopsync.digest import digest
from shopsync.values import Image, Option, ShopProduct, Status, WeightUnit

OTHER: dict[str, Any] = {
    "title": "Another",
    "description_html": "<p>Another</p>",
    "status": Status.DRAFT,
    "vendor": "Another",
    "product_type": "Another",
    "tags": ("another",),
    "handle": "another",
    "options": (Option("Another", ("x",)),),
    "image": Image("https://cdn.example/another.jpg"),
    "currency": "EUR",
    "created_at": datetime(2020, 1, 1, tzinfo=UTC),
    "published_at": datetime(2020, 1, 1, tzinfo=UTC),
    "option_values": ("Another",),
    "position": 9,
    "sku": "ANOTHER",
    "barcode": "ANOTHER",
    "price": Decimal("0.01"),
    "compare_at_price": Decimal("0.01"),
    "weight": Decimal("0.01"),
    "weight_unit": WeightUnit.OUNCES,
    "taxable": False,
    "cost": Decimal("0.01"),
}


@pytest.mark.parametrize("field", PRODUCT_FIELDS)
def test_every_synced_field_of_a_product_counts(field: str) -> None:
    product = a_product()
    assert digest(changed(product, **{field: OTHER[field]})) != digest(product)


@pytest.mark.parametrize("field", VARIANT_FIELDS)
def test_every_synced_field_of_a_variant_counts(field: str) -> None:
    variant = a_variant()
    other = msgspec.structs.replace(variant, **{field: OTHER[field]})
    assert digest(a_product(variants=(other,))) != digest(a_product(variants=(variant,)))


def test_a_stock_movement_which_only_moves_updated_at_does_not_count() -> None:
    product = a_rich_product()
    assert digest(changed(product, updated_at=datetime(2030, 1, 1, tzinfo=UTC))) == digest(product)


def test_the_order_of_tags_does_not_count() -> None:
    assert digest(a_product(tags=("a", "b"))) == digest(a_product(tags=("b", "a")))


def test_no_field_can_pass_for_its_neighbour() -> None:
    assert digest(a_product(vendor="x", product_type="")) != digest(a_product(vendor="", product_type="x"))


def test_a_missing_cost_is_not_a_cost_of_nothing() -> None:
    free, unknown = a_variant(cost=Decimal(0)), a_variant(cost=None)
    assert digest(a_product(variants=(free,))) != digest(a_product(variants=(unknown,)))


def test_the_fingerprint_is_the_same_on_every_machine_and_day() -> None:
    # Written down once: were it to change by itself, every product of every shop would be compared anew.
    assert digest(a_rich_product()).hex() == "ca3c96eb76b87a76f841055d3ab30004"


def synced(product: ShopProduct) -> ShopProduct:
    """What of a product is copied."""
    return changed(product, id=0, updated_at=None, tags=tuple(sorted(product.tags)))


@given(products, products, st.data())
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_fingerprints_are_equal_exactly_when_all_synced_fields_are(
    one: ShopProduct, other: ShopProduct, data: st.DataObject
) -> None:
    # Two random products hardly ever agree, so some fields of the other are put into the one.
    fields = data.draw(st.sets(st.sampled_from(ShopProduct.__struct_fields__)))
    mixed = changed(one, **{field: getattr(other, field) for field in fields})
    assert (digest(mixed) == digest(one)) == (synced(mixed) == synced(one))
