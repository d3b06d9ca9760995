"""The lines of a bulk result: every member of a connection is a line of its own that names its parent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import get_variable_values

from shopsim.execution import Execution, Request, Resolvers, Selection

_encode = msgspec.json.Encoder(decimal_format="number").encode
# How many members of the root connection are read at a time; edits may come in between, as they may at Shopify.
CHUNK = 100


class Plan(NamedTuple):
    """How a member becomes a line, and how the connections below it are reached."""

    select: Selection
    below: list[tuple[Callable[[Any], Any], Plan]]


class Bundle(NamedTuple):
    """Some lines, and how many of them are members of the root connection."""

    lines: list[bytes]
    roots: int


class Lines:
    """The result of one query, in bundles."""

    def __init__(self, schema: GraphQLSchema, resolvers: Resolvers, document: DocumentNode, request: Request) -> None:
        self._execution = Execution(
            schema,
            resolvers,
            {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)},
            request,
        )
        operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        assert schema.query_type is not None
        self._shop = request.shop
        ((self._root, self._plan),) = self._plan_for(operation.selection_set, schema.query_type).below

    @staticmethod
    def request(schema: GraphQLSchema, shop: Any, scopes: frozenset[str]) -> Request:
        """A request whose lists are whole."""
        values = get_variable_values(schema, (), {})
        assert not isinstance(values, list)
        return Request(shop, scopes, values, whole_lists=True)

    def bundles(self, *, grouped: bool, shuffled: bool) -> Iterator[Bundle]:
        """The lines, a number of roots at a time. Raises FieldError where the token may not read.

        Grouped, children follow their parent; ungrouped, they follow some parents later; shuffled, they come first.
        """
        with self._shop.lock:
            members = list(self._root(self._shop).nodes)
        for start in range(0, len(members), CHUNK):
            with self._shop.lock:
                some = members[start : start + CHUNK]
                families = [list(self._family(member, self._plan, None)) for member in some]
            yield Bundle(_ordered(families, grouped=grouped, shuffled=shuffled), len(some))

    def _family(self, member: Any, plan: Plan, parent: str | None) -> Iterator[bytes]:
        row = plan.select(member, None)
        own = row.get("id")
        if parent is not None:
            row["__parentId"] = parent
        yield _encode(row).replace(b"/", b"\\/") + b"\n"
        for read, below in plan.below:
            for child in read(member).nodes:
                yield from self._family(child, below, own)

    def _plan_for(self, selections: SelectionSetNode, kind: Any) -> Plan:
        if not isinstance(kind, GraphQLObjectType):
            return Plan(self._execution.selection(selections, kind), [])
        fields = self._execution.fields(selections, kind)
        connections = {key for key, nodes in fields.items() if _connection_of(nodes[0], kind)}
        plain = self._execution.select({key: nodes for key, nodes in fields.items() if key not in connections}, kind)
        return Plan(plain, [self._reach(fields[key][0], kind) for key in fields if key in connections])

    def _reach(self, field: FieldNode, kind: GraphQLObjectType) -> tuple[Callable[[Any], Any], Plan]:
        connection = _connection_of(field, kind)
        edge = get_named_type(connection.fields["edges"].type)
        member: Any = get_named_type(edge.fields["node"].type)
        edges = _child(field, "edges")
        node = _child(edges, "node")
        assert node.selection_set is not None
        return self._execution.reader(kind, field), self._plan_for(node.selection_set, member)


def written(path: Path, at_a_time: int) -> Iterator[Bundle]:
    """The lines of a result that was written before, so many at a time. A quote inside a value is escaped, so that
    only a child's own key reads as one."""
    with path.open("rb") as file:
        while lines := list(islice(file, at_a_time)):
            yield Bundle(lines, sum(b'"__parentId":' not in line for line in lines))


def _ordered(families: list[list[bytes]], *, grouped: bool, shuffled: bool) -> list[bytes]:
    lines = [line for family in families for line in family]
    if shuffled:
        return lines[::-1]
    if grouped:
        return lines
    return [family[0] for family in families] + [line for family in families for line in family[1:]]


def _connection_of(field: FieldNode, kind: GraphQLObjectType) -> Any:
    if field.name.value.startswith("__"):
        return None
    named = get_named_type(kind.fields[field.name.value].type)
    return named if named.name.endswith("Connection") else None


def _child(field: FieldNode, name: str) -> FieldNode:
    assert field.selection_set is not None
    return next(
        node for node in field.selection_set.selections if isinstance(node, FieldNode) and node.name.value == name
    )
