"""The simulator speaks a true subset of Shopify's schema."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    print_ast,
)

from shopsim.admin import schema

SCHEMA = Path(__file__).parents[3] / "shared" / "schema" / "admin_2026-10.graphql.gz"
OURS = [name for name in schema().type_map if not name.startswith("__")]


@pytest.fixture(scope="module")
def shopifys() -> GraphQLSchema:
    if not SCHEMA.exists():
        pytest.skip(f"Shopify's schema is not at {SCHEMA.name} beside the project: the subset cannot be checked")
    with gzip.open(SCHEMA, "rt", encoding="utf-8") as text:
        return build_schema(text.read(), assume_valid=True)


@pytest.mark.parametrize("name", OURS)
def test_a_type_is_a_subset_of_shopifys(name: str, shopifys: GraphQLSchema) -> None:
    assert differences(schema().type_map[name], shopifys.type_map.get(name)) == []


def test_the_roots_are_shopifys(shopifys: GraphQLSchema) -> None:
    assert schema().query_type.name == shopifys.query_type.name
    assert schema().mutation_type.name == shopifys.mutation_type.name


def test_a_difference_would_be_noticed(shopifys: GraphQLSchema) -> None:
    wrong = build_schema("""
        interface Other { id: ID }
        type Product implements Other { id: ID  nickname: String  description(truncateAt: Int = 5): String! }
        enum WeightUnit { STONES }
        type Query { product: Product }
    """)
    assert differences(wrong.type_map["Product"], shopifys.type_map["Product"]) == [
        "Product implements Other",
        "Product.id is ID, not ID!",
        "Product.nickname",
        "Product.description(truncateAt) is Int = 5, not Int",
    ]
    assert differences(wrong.type_map["WeightUnit"], shopifys.type_map["WeightUnit"]) == ["WeightUnit.STONES"]


def differences(ours: Any, theirs: Any) -> list[str]:
    """What our type has that theirs has not, or has otherwise."""
    if theirs is None:
        return [f"no type {ours.name}"]
    if type(ours) is not type(theirs):
        return [f"{ours.name} is another kind of type"]
    if isinstance(ours, GraphQLEnumType):
        return [f"{ours.name}.{value}" for value in ours.values if value not in theirs.values]
    if isinstance(ours, GraphQLUnionType):
        theirs_names = {member.name for member in theirs.types}
        return [f"{ours.name} | {member.name}" for member in ours.types if member.name not in theirs_names]
    if isinstance(ours, GraphQLInputObjectType):
        return _arguments(ours.name, ours.fields, theirs.fields)
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        return _interfaces(ours, theirs) + _fields(ours, theirs)
    return []


def _interfaces(ours: Any, theirs: Any) -> list[str]:
    names = {interface.name for interface in theirs.interfaces}
    return [f"{ours.name} implements {one.name}" for one in ours.interfaces if one.name not in names]


def _fields(ours: Any, theirs: Any) -> list[str]:
    found = []
    for name, field in ours.fields.items():
        where = f"{ours.name}.{name}"
        other = theirs.fields.get(name)
        if other is None:
            found.append(where)
            continue
        if str(field.type) != str(other.type):
            found.append(f"{where} is {field.type}, not {other.type}")
        if bool(field.deprecation_reason) != bool(other.deprecation_reason):
            found.append(f"{where} is deprecated in one of them only")
        required = [arg for arg, value in other.args.items() if str(value.type).endswith("!") and not _default(value)]
        found += [f"{where} lacks {arg}" for arg in required if arg not in field.args]
        found += _arguments(where, field.args, other.args)
    return found


def _arguments(where: str, ours: Any, theirs: Any) -> list[str]:
    found = []
    for name, argument in ours.items():
        if name not in theirs:
            found.append(f"{where}({name})")
        elif _written(argument) != _written(theirs[name]):
            found.append(f"{where}({name}) is {_written(argument)}, not {_written(theirs[name])}")
    return found


def _default(argument: Any) -> str:
    node = argument.ast_node.default_value if argument.ast_node else None
    return print_ast(node) if node else ""


def _written(argument: Any) -> str:
    default = _default(argument)
    return f"{argument.type} = {default}" if default else str(argument.type)
