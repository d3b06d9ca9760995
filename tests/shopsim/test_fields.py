"""Fields that other people's clients read and the engine does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, get_named_type, is_enum_type

from shopsim import seed
from shopsim.admin import schema
from shopsim.sim import Tenant

Ask = Callable[..., dict]
Post = Callable[..., object]


def test_the_shop_says_where_and_how_large_it_is(ask: Ask) -> None:
    shop = ask("""{ shop { contactEmail url timezoneOffset timezoneAbbreviation createdAt
        plan { displayName publicDisplayName } resourceLimits { maxProductVariants maxProductOptions } } }""")["data"][
        "shop"
    ]
    assert shop["timezoneOffset"] in ("+0100", "+0200")
    assert shop["timezoneAbbreviation"] in ("CET", "CEST")
    assert shop["resourceLimits"] == {"maxProductVariants": 2048, "maxProductOptions": 3}
    assert shop["plan"] == {"displayName": "Basic", "publicDisplayName": "Basic"}
    assert shop["url"] == "https://maple-and-thread.myshopify.com"


def test_a_product_says_what_it_costs_and_where_it_is_seen(ask: Ask, tenant: Tenant) -> None:
    rows = [{"option_values": ["S"], "price": "9.50"}, {"option_values": ["L"], "price": "12.00"}]
    product = tenant.shop.add_product("Bowl", options=[("Size", ["S", "L"])], variants=rows, image="https://a/b.jpg")
    query = """query ($id: ID!) { product(id: $id) { bodyHtml onlineStoreUrl totalVariants seo { title }
        mediaCount { count } featuredImage { url }
        priceRangeV2 { minVariantPrice { amount } maxVariantPrice { amount } }
        options { optionValues { id } } variants(first: 1) { nodes { unitPrice { amount }
          selectedOptions { name optionValue { id name } } } } } }"""
    found = ask(query, id=f"gid://shopify/Product/{product.id}")["data"]["product"]
    assert found["priceRangeV2"] == {"minVariantPrice": {"amount": "9.50"}, "maxVariantPrice": {"amount": "12.00"}}
    assert found["onlineStoreUrl"] == "https://maple-and-thread.myshopify.com/products/bowl"
    assert (found["totalVariants"], found["mediaCount"]["count"]) == (2, 1)
    (option,) = found["variants"]["nodes"][0]["selectedOptions"]
    assert option["optionValue"] == {"id": found["options"][0]["optionValues"][0]["id"], "name": "S"}
    tenant.shop.archive(product.id)
    assert ask(query, id=f"gid://shopify/Product/{product.id}")["data"]["product"]["onlineStoreUrl"] is None


def test_how_many_items_share_a_sku_needs_the_inventory_scope(post: Callable[..., object], tenant: Tenant) -> None:
    for title in ("Bowl", "Mug", "Cup"):
        tenant.shop.add_product(title, variants=[{"sku": "B-1" if title != "Cup" else ""}])
    query = "{ inventoryItems(first: 3) { nodes { duplicateSkuCount locationsCount { count } } } }"
    answer = post(query, token=tenant.token(("read_inventory",))).json()
    assert [one["duplicateSkuCount"] for one in answer["data"]["inventoryItems"]["nodes"]] == [1, 1, 0]
    refused = post(query, token=tenant.token(("read_products",))).json()
    assert {error["extensions"]["code"] for error in refused["errors"]} == {"ACCESS_DENIED"}


def leaves(kind: GraphQLObjectType) -> str:
    """Every field of a type that holds nothing further."""
    plain = [
        name
        for name, field in kind.fields.items()
        if isinstance(get_named_type(field.type), GraphQLScalarType) or is_enum_type(get_named_type(field.type))
    ]
    return " ".join(plain)


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("Shop", "{ shop { %s } }"),
        ("Product", "{ products(first: 50) { nodes { %s } } }"),
        ("ProductVariant", "{ productVariants(first: 250) { nodes { %s } } }"),
        ("InventoryItem", "{ inventoryItems(first: 250) { nodes { %s } } }"),
        ("BasicEvent", "{ events(first: 50) { nodes { ... on BasicEvent { %s } } } }"),
        ("MediaImage", "{ products(first: 50) { nodes { media(first: 2) { nodes { ... on MediaImage { %s } } } } } }"),
    ],
)
def test_every_field_of_the_schema_answers_and_those_that_must_not_be_null_are_not(
    post: Callable[..., object], tenant: Tenant, kind: str, query: str
) -> None:
    seed.believable(tenant.shop)
    made = schema().type_map[kind]
    answer = post(query % leaves(made), token=tenant.token(("read_products", "read_inventory"))).json()
    assert "errors" not in answer
    rows = list(rows_of(answer["data"]))
    assert rows
    never_null = [name for name, field in made.fields.items() if isinstance(field.type, GraphQLNonNull)]
    assert [name for row in rows for name in never_null if name in row and row[name] is None] == []


def rows_of(data: dict) -> list[dict]:
    """The objects of the type asked for: the innermost ones."""
    if "nodes" in data:
        return [row for node in data["nodes"] for row in rows_of(node)]
    inner = [value for value in data.values() if isinstance(value, dict)]
    return [row for value in inner for row in rows_of(value)] if inner else [data]
