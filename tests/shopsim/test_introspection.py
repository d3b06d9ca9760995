"""The schema can be asked about itself, as code generators and query explorers do first."""

from __future__ import annotations

from collections.abc import Callable

from graphql import build_client_schema, get_introspection_query

Ask = Callable[..., dict]


def test_a_client_can_build_its_own_schema_from_the_answer(ask: Ask) -> None:
    answer = ask(get_introspection_query())
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 0
    schema = build_client_schema(answer["data"])
    assert schema.query_type is not None
    assert schema.query_type.name == "QueryRoot"
    assert "descriptionHtml" in schema.type_map["Product"].fields


def test_one_type_may_be_asked_for_beside_other_fields(ask: Ask) -> None:
    text = """query ($name: String!) { kind: __type(name: $name) { ...F } none: __type(name: "Nothing") { name }
        shop { name } __typename } fragment F on __Type { name kind }"""
    assert ask(text, name="Product")["data"] == {
        "kind": {"name": "Product", "kind": "OBJECT"},
        "none": None,
        "shop": {"name": "Maple And Thread"},
        "__typename": "QueryRoot",
    }
