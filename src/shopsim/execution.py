"""Runs a validated query: each selection set is compiled once into plain functions, so that a big page is quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

# A resolver takes the object, the field's arguments and the request; a plain attribute needs none.
Resolver = Callable[[Any, dict[str, Any], "Request"], Any]
Resolvers = Mapping[str, Mapping[str, Resolver]]
Step = Callable[[Any, dict[str, Any], list[str | int]], None]
Selection = Callable[[Any, list[str | int]], dict[str, Any]]


class FieldError(Exception):
    """A field that cannot be answered: it becomes null and is reported."""

    def __init__(self, message: str, code: str, *, whole: bool = False, **extensions: Any) -> None:
        super().__init__(message)
        self.code, self.extensions, self.whole = code, extensions, whole


class Request:
    """What resolvers know of the request: the shop, what the token may do, and what was counted so far."""

    def __init__(
        self,
        shop: Any,
        scopes: frozenset[str],
        variables: VariableValues,
        *,
        desk: Any = None,
        base_url: str = "",
        whole_lists: bool = False,
    ) -> None:
        """``desk`` is what belongs to the app rather than to the catalogue: its bulk operations and subscriptions.

        ``base_url`` is where the client found the shop; with ``whole_lists`` no list is cut into pages.
        """
        self.shop, self.scopes, self.variables = shop, scopes, variables
        self.desk, self.base_url, self.whole_lists = desk, base_url, whole_lists
        self.errors: list[dict[str, Any]] = []
        self.search: list[dict[str, Any]] = []
        self.sizes: dict[int, int] = {}
        self.nulled = False


class Execution:
    """One operation, compiled for one set of variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        resolvers: Resolvers,
        fragments: Mapping[str, FragmentDefinitionNode],
        request: Request,
    ) -> None:
        self._schema, self._resolvers, self._fragments, self._request = schema, resolvers, fragments, request

    def run(self, operation: OperationDefinitionNode) -> dict[str, Any] | None:
        """The operation's data; None when an error emptied all of it."""
        root = self._schema.query_type if operation.operation.value == "query" else self._schema.mutation_type
        assert root is not None
        data = self._compile(operation.selection_set, root)(self._request.shop, [])
        return None if self._request.nulled else data

    def fields(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        """The fields of a selection set on one object type, by the keys they answer under."""
        return self._collect(selections, parent)

    def reader(self, parent: GraphQLObjectType, node: FieldNode) -> Callable[[Any], Any]:
        """What reads one field of an object, as it is before anything is selected from it."""
        return self._resolver(parent, parent.fields[node.name.value], node, node.name.value)

    def _compile(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> Selection:
        return self.select(self._collect(selections, parent), parent)

    def select(self, fields: Mapping[str, list[FieldNode]], parent: GraphQLObjectType) -> Selection:
        """What makes an answer of an object, field by field."""
        steps = [self._field(nodes, parent) for nodes in fields.values()]

        def select(source: Any, path: list[str | int]) -> dict[str, Any]:
            result: dict[str, Any] = {}
            for step in steps:
                step(source, result, path)
            return result

        return select

    def _collect(
        self, selections: SelectionSetNode, parent: GraphQLObjectType, into: dict[str, list[FieldNode]] | None = None
    ) -> dict[str, list[FieldNode]]:
        """The fields of a selection set on one object type, fragments opened, grouped by response key."""
        found: dict[str, list[FieldNode]] = {} if into is None else into
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(parent, node.type_condition.name.value):
                    self._collect(node.selection_set, parent, found)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if self._fits(parent, fragment.type_condition.name.value):
                    self._collect(fragment.selection_set, parent, found)
        return found

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._request.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._request.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _fits(self, parent: GraphQLObjectType, condition: str) -> bool:
        kind = self._schema.type_map[condition]
        return kind is parent or (is_abstract_type(kind) and self._schema.is_sub_type(kind, parent))

    def _field(self, nodes: list[FieldNode], parent: GraphQLObjectType) -> Step:
        node = nodes[0]
        key, name = (node.alias.value if node.alias else node.name.value), node.name.value
        if name == "__typename":
            return lambda source, result, path: result.__setitem__(key, parent.name)
        definition = parent.fields[name]
        resolve = self._resolver(parent, definition, node, name)
        kind = get_named_type(definition.type)
        if not is_composite_type(kind):
            return self._leaf(key, resolve, node)
        merged = nodes[0].selection_set
        assert merged is not None
        if len(nodes) > 1:
            sets = [field.selection_set for field in nodes if field.selection_set]
            merged = SelectionSetNode(selections=tuple(child for each in sets for child in each.selections))
        selection = self.selection(merged, kind)
        return self._composite(key, resolve, selection, _is_list(definition), node)

    def _resolver(
        self, parent: GraphQLObjectType, definition: GraphQLField, node: FieldNode, name: str
    ) -> Callable[[Any], Any]:
        own = self._resolvers.get(parent.name, {}).get(name)
        request = self._request
        if own is None:
            attribute = _snake(name)
            return lambda source: getattr(source, attribute)
        arguments = get_argument_values(definition, node, request.variables)
        arguments["__field"] = node
        return lambda source: own(source, arguments, request)

    def selection(self, selections: SelectionSetNode, kind: GraphQLCompositeType) -> Selection:
        """What makes an answer of an object of this type, or of any type an abstract one stands for."""
        if isinstance(kind, GraphQLObjectType):
            return self._compile(selections, kind)
        compiled: dict[str, Selection] = {}

        def select(source: Any, path: list[str | int]) -> dict[str, Any]:
            name = source.typename
            if name not in compiled:
                compiled[name] = self._compile(selections, self._schema.type_map[name])  # type: ignore[arg-type]
            return compiled[name](source, path)

        return select

    def _leaf(self, key: str, resolve: Callable[[Any], Any], node: FieldNode) -> Step:
        def step(source: Any, result: dict[str, Any], path: list[str | int]) -> None:
            try:
                result[key] = resolve(source)
            except FieldError as error:
                result[key] = None
                self._report(error, [*path, key], node)

        return step

    def _composite(
        self, key: str, resolve: Callable[[Any], Any], selection: Selection, many: bool, node: FieldNode
    ) -> Step:
        def step(source: Any, result: dict[str, Any], path: list[str | int]) -> None:
            here = [*path, key]
            try:
                value = resolve(source)
            except FieldError as error:
                result[key] = None
                self._report(error, here, node)
                return
            if value is None:
                result[key] = None
            elif many:
                result[key] = [
                    None if item is None else selection(item, [*here, index]) for index, item in enumerate(value)
                ]
            else:
                result[key] = selection(value, here)

        return step

    def _report(self, error: FieldError, path: list[str | int], node: FieldNode) -> None:
        place = node.loc.start_token if node.loc else None
        entry = {
            "message": str(error),
            "locations": [{"line": place.line, "column": place.column}] if place else [],
            "extensions": {"code": error.code, **error.extensions},
            "path": path,
        }
        self._request.errors.append(entry)
        self._request.nulled = self._request.nulled or error.whole


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
