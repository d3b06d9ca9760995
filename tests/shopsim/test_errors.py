"""What is wrong with a query is said in Shopify's words."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from shopsim.sim import Tenant

Ask = Callable[..., dict]
Post = Callable[..., httpx.Response]
GONE = "gid://shopify/Product/1"


def the_error(answer: dict) -> dict:
    assert len(answer["errors"]) == 1, answer
    return answer["errors"][0]


def test_a_cut_off_query_is_a_syntax_error(ask: Ask) -> None:
    answer = ask("query {\n  shop {\n    ")
    assert the_error(answer)["message"] == "syntax error, unexpected end of file at [3, 5]"
    assert the_error(answer)["extensions"] == {"code": "PARSE_ERROR"}
    assert "data" not in answer


@pytest.mark.parametrize(
    ("query", "message", "extensions"),
    [
        (
            "query Q { x }",
            "Field 'x' doesn't exist on type 'QueryRoot'",
            {"code": "undefinedField", "typeName": "QueryRoot", "fieldName": "x"},
        ),
        (
            "query Q { bulkOperation { id } }",
            "Field 'bulkOperation' is missing required arguments: id",
            {
                "code": "missingRequiredArguments",
                "className": "Field",
                "name": "bulkOperation",
                "arguments": "id",
            },
        ),
        (
            "query Q { shop(a: 1) { id } }",
            "Field 'shop' doesn't accept argument 'a'",
            {"code": "argumentNotAccepted", "name": "shop", "typeName": "Field", "argumentName": "a"},
        ),
        (
            "query Q { shop }",
            "Field must have selections (field 'shop' returns Shop but has no selections. "
            "Did you mean 'shop { ... }'?)",
            {"code": "selectionMismatch", "nodeName": "field 'shop'", "typeName": "Shop"},
        ),
        (
            'query Q { product(id: "not-a-gid") { id } }',
            "Invalid global id 'not-a-gid'",
            {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
        ),
        (
            "query Q { products(first: $n) { nodes { id } } }",
            "Variable $n is used by Q but not declared",
            {"code": "variableNotDefined", "variableName": "n"},
        ),
        (
            "query Q($n: Int) { shop { id } }",
            "Variable $n is declared by Q but not used",
            {"code": "variableNotUsed", "variableName": "n"},
        ),
        (
            "query Q { shop { ...F } }",
            "Fragment F was used, but not defined",
            {"code": "useAndDefineFragment", "fragmentName": "F"},
        ),
    ],
)
def test_a_query_that_does_not_fit_the_schema(ask: Ask, query: str, message: str, extensions: dict) -> None:
    answer = ask(query)
    error = the_error(answer)
    assert (error["message"], error["extensions"]) == (message, extensions)
    assert "data" not in answer
    assert error["path"][0] == "query Q"
    assert error["locations"][0]["line"] == 1


def test_an_unknown_field_says_where_it_stands(ask: Ask) -> None:
    error = the_error(ask("query Q { s: shop { nope } }"))
    assert error["path"] == ["query Q", "s", "nope"]


@pytest.mark.parametrize("value", ["not-a-gid", None, 7])
def test_a_variable_that_does_not_fit_its_type(ask: Ask, value: object) -> None:
    answer = ask("query ($id: ID!) { product(id: $id) { id } }", id=value)
    error = the_error(answer)
    assert error["message"] == "Variable $id of type ID! was provided invalid value"
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["value"] == value
    assert error["extensions"]["problems"]
    assert "data" not in answer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("(first: 1, last: 1)", "providing both first and last is not supported"),
    ],
)
def test_a_list_is_asked_for_from_one_end(ask: Ask, arguments: str, message: str) -> None:
    answer = ask(f"{{ products{arguments} {{ nodes {{ id }} }} }}")
    assert the_error(answer)["message"] == message
    assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"
    assert answer["data"] is None


def test_a_page_has_at_most_250(ask: Ask) -> None:
    answer = ask("{ products(first: 251) { nodes { id } } }")
    assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"
    assert answer["data"] is None


def test_an_id_of_another_kind_is_invalid(ask: Ask) -> None:
    answer = ask('{ product(id: "gid://shopify/Shop/7") { id } shop { name } }')
    assert the_error(answer)["message"] == "Invalid id: gid://shopify/Shop/7"
    assert the_error(answer)["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    assert the_error(answer)["path"] == ["product"]
    assert answer["data"]["product"] is None
    assert answer["data"]["shop"]["name"]


def test_what_does_not_exist_is_null_without_an_error(ask: Ask) -> None:
    answer = ask(f'{{ product(id: "{GONE}") {{ id }} node(id: "{GONE}") {{ id }} nodes(ids: ["{GONE}"]) {{ id }} }}')
    assert answer["data"] == {"product": None, "node": None, "nodes": [None]}
    assert "errors" not in answer


def test_without_the_scope_the_field_is_null_and_the_rest_answers(post: Post, tenant: Tenant) -> None:
    token = tenant.token(("read_orders",))
    answer = post("{ shop { name } products(first: 1) { nodes { id } } }", token=token).json()
    assert answer["data"] == {"shop": {"name": tenant.shop.title}, "products": None}
    error = the_error(answer)
    assert error["message"] == "Access denied for products field. Required access: `read_products` access scope."
    assert error["path"] == ["products"]
    assert error["locations"] == [{"line": 1, "column": 17}]
    assert error["extensions"] == {
        "code": "ACCESS_DENIED",
        "documentation": "https://shopify.dev/api/usage/access-scopes",
        "requiredAccess": "`read_products` access scope.",
    }


def test_a_write_scope_includes_the_read_scope(post: Post, tenant: Tenant) -> None:
    token = tenant.token(("write_products",))
    assert "errors" not in post("{ products(first: 1) { nodes { id } } }", token=token).json()


def test_an_inventory_item_may_be_read_with_either_scope(post: Post, tenant: Tenant) -> None:
    item = tenant.shop.add_product("Bowl").variants[0].inventory_item_id
    query = f'{{ inventoryItem(id: "gid://shopify/InventoryItem/{item}") {{ tracked }} }}'
    answers = [post(query, token=tenant.token((scope,))).json() for scope in ("read_inventory", "read_products")]
    assert [answer["data"]["inventoryItem"] for answer in answers] == [{"tracked": True}] * 2
    refused = the_error(post(query, token=tenant.token(("read_orders",))).json())
    assert refused["extensions"]["requiredAccess"] == "`read_products` or `read_inventory` access scope."


def test_the_shop_and_the_installation_are_nodes(ask: Ask, tenant: Tenant) -> None:
    ids = ask("{ shop { id } currentAppInstallation { id } }")["data"]
    wanted = [ids["shop"]["id"], ids["currentAppInstallation"]["id"]]
    found = ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Shop { name } } }", ids=wanted)
    assert found["data"]["nodes"] == [
        {"__typename": "Shop", "id": wanted[0], "name": tenant.shop.title},
        {"__typename": "AppInstallation", "id": wanted[1]},
    ]


@pytest.mark.parametrize("field", ["products", "events", "bulkOperations", "inventoryItems"])
def test_a_time_that_is_none_in_a_search_is_said(ask: Ask, field: str) -> None:
    answer = ask(f'{{ {field}(first: 1, query: "created_at:>yesterday") {{ nodes {{ id }} }} }}')
    assert "“yesterday” is no time" in the_error(answer)["message"]
    assert answer["data"] == {field: None}


def test_a_shop_that_is_not_active_says_so(ask: Ask, tenant: Tenant) -> None:
    tenant.faults.set(inactive=True)
    answer = ask("{ shop { name } }")
    assert the_error(answer)["extensions"] == {"code": "SHOP_INACTIVE"}
    assert "data" not in answer


def test_more_than_250_ids_are_too_many(ask: Ask) -> None:
    ids = [GONE] * 251
    answer = ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert the_error(answer)["message"] == "The input array size of 251 is greater than the maximum allowed of 250."


def test_ids_asked_for_twice_are_answered_twice(ask: Ask, tenant: Tenant) -> None:
    bowl = f"gid://shopify/Product/{tenant.shop.add_product('Bowl').id}"
    answer = ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[bowl, GONE, bowl])
    assert answer["data"]["nodes"] == [{"id": bowl}, None, {"id": bowl}]


def test_an_internal_error_names_the_request(ask: Ask, tenant: Tenant) -> None:
    tenant.faults.internal_error(1)
    error = the_error(ask("{ shop { name } }"))
    assert error["message"].startswith("Internal error. Looks like something went wrong on our end.\nRequest ID: ")
    assert error["message"].endswith(" (include this in support requests).")
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "errors" not in ask("{ shop { name } }")
