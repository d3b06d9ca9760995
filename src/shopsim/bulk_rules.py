"""What a bulk query may not be, in Shopify's words.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
    specified_rules,
    validate,
)

from shopsim.words import GlobalIds, invalid, syntax_words

LONGEST = 65_535
MOST_CONNECTIONS = 5
DEEPEST = 2
NO_CONNECTION = "Bulk queries must contain at least one connection."
TOO_MANY = "Bulk queries cannot contain more than 5 connections."
TOO_DEEP = "Bulk queries cannot contain connections with a nesting depth greater than 2."


class Connections:
    """The connection fields of a query, and what is wrong with how they are selected."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.count = self.depth = 0
        self.by_nodes: list[str] = []
        self.without_id: list[str] = []

    def look(self, selections: SelectionSetNode | None, parent: Any, above: tuple[str, ...] = ()) -> set[str]:
        """Go through a selection set; returns the names of the connections directly in it."""
        found: set[str] = set()
        for field, kind in self._fields(selections, parent):
            name = field.name.value
            if name.startswith("__"):
                continue
            inner = get_named_type(kind.fields[name].type)
            if not inner.name.endswith("Connection"):
                if field.selection_set:
                    found |= self.look(field.selection_set, inner, above)
                continue
            found.add(name)
            self._connection(field, inner, above)
        return found

    def _connection(self, field: FieldNode, connection: Any, above: tuple[str, ...]) -> None:
        name = field.name.value
        self.count += 1
        self.depth = max(self.depth, len(above))
        for child, _kind in self._fields(field.selection_set, connection):
            if child.name.value == "nodes":
                self.by_nodes.append(name)
                self._member(name, child, get_named_type(connection.fields["nodes"].type), above)
            elif child.name.value == "edges":
                edge = get_named_type(connection.fields["edges"].type)
                for node, _edge in self._fields(child.selection_set, edge):
                    if node.name.value == "node":
                        self._member(name, node, get_named_type(edge.fields["node"].type), above)

    def _member(self, name: str, member: FieldNode, kind: Any, above: tuple[str, ...]) -> None:
        nested = self.look(member.selection_set, kind, (*above, name))
        plain = {field.name.value for field, _ in self._fields(member.selection_set, kind) if field.alias is None}
        if nested and "id" not in plain:
            self.without_id.append(name)

    def _fields(self, selections: SelectionSetNode | None, parent: Any) -> list[tuple[FieldNode, Any]]:
        found: list[tuple[FieldNode, Any]] = []
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                found.append((node, parent))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                kind = self._schema.type_map[fragment.type_condition.name.value]
                found += self._fields(fragment.selection_set, kind)
            else:
                condition = getattr(node, "type_condition", None)
                kind = self._schema.type_map[condition.name.value] if condition else parent
                found += self._fields(getattr(node, "selection_set", None), kind)
        return found


def check(schema: GraphQLSchema, text: str) -> tuple[DocumentNode | None, list[str]]:
    """The parsed query, or every reason why it cannot be run in bulk."""
    size = len(text.encode())
    if size > LONGEST:
        return None, [f"Query is too large ({size} bytes; maximum is {LONGEST} bytes)"]
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return None, [f"Invalid bulk query: {syntax_words(error)}"]
    if errors := validate(schema, document, [*specified_rules, GlobalIds]):
        return None, [f"Invalid bulk query: {invalid(document, error)['message']}" for error in errors]
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        return None, ["Invalid bulk query: it must be a single query"]
    problems = _problems(schema, document, operations[0])
    return (None, problems) if problems else (document, [])


def _problems(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
    connections = Connections(schema, document)
    roots = [node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    connections.look(operation.selection_set, schema.query_type)
    problems = [
        f"Bulk queries cannot contain a top level `{name}` field." for name in ("node", "nodes") if name in roots
    ]
    if not connections.count:
        problems.append(NO_CONNECTION)
    elif len(roots) > 1:
        problems.append("Bulk queries must contain only one top level field.")
    if connections.count > MOST_CONNECTIONS:
        problems.append(TOO_MANY)
    if connections.depth > DEEPEST:
        problems.append(TOO_DEEP)
    if connections.by_nodes:
        problems.append(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            "'products { edges { node {'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: {', '.join(repr(name) for name in connections.by_nodes)}."
        )
    if connections.without_id:
        problems.append(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(connections.without_id)}."
        )
    return problems
