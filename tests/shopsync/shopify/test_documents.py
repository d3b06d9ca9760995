"""What we send is what Shopify's schema takes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from graphql import GraphQLSchema, NoDeprecatedCustomRule, build_schema, parse, validate

from shopsim.admin import schema as simulated_schema
from shopsync.shopify.documents import document, names

SCHEMA = Path(__file__).parents[4] / "shared" / "schema" / "admin_2026-10.graphql.gz"


@pytest.fixture(scope="session")
def shopifys_schema() -> GraphQLSchema:
    if not SCHEMA.exists():
        pytest.skip("Shopify's schema is not beside the project")
    with gzip.open(SCHEMA, "rt", encoding="utf-8") as text:
        return build_schema(text.read(), assume_valid=True)


def test_every_query_is_there() -> None:
    assert names() == [
        "bulk_products",
        "bulk_start",
        "bulk_status",
        "changed_count",
        "changed_items",
        "changed_products",
        "count",
        "currency",
        "products",
        "products_by_id",
        "scopes",
        "shop",
        "subscribe",
        "variants",
        "webhooks",
    ]


@pytest.mark.parametrize("name", names())
def test_a_query_is_valid_against_shopifys_schema(name: str, shopifys_schema: GraphQLSchema) -> None:
    assert validate(shopifys_schema, parse(document(name))) == []


@pytest.mark.parametrize("name", names())
def test_a_query_is_valid_against_the_simulators_schema(name: str) -> None:
    assert validate(simulated_schema(), parse(document(name))) == []


@pytest.mark.parametrize("name", names())
def test_a_query_asks_for_nothing_deprecated(name: str, shopifys_schema: GraphQLSchema) -> None:
    assert validate(shopifys_schema, parse(document(name)), [NoDeprecatedCustomRule]) == []


def test_a_misspelt_field_would_be_noticed(shopifys_schema: GraphQLSchema) -> None:
    assert validate(shopifys_schema, parse(document("shop").replace("currencyCode", "currency"))) != []


def test_fragments_are_sent_once_and_only_where_they_are_used() -> None:
    assert document("products").count("fragment VariantPage") == 1
    assert "fragment ProductFields" not in document("variants")
    assert "fragment" not in document("count")
