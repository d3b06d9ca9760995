"""Runs a validated query: each selection set is compiled once into plain functions, so that a big page is quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
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

from shopsim import introspection

# A resolver takes the object, the field's arguments and the request; a plain attribute needs none.
Resolver = Callable[[Any, dict[str, Any], "Request"], Any]
Resolvers = Mapping[str, Mapping[str, Resolver]]
# Where a field stands in the answer: what is above it, and its own key or place in a list.
Path = tuple[Any, "str | int"] | None
Reader = Callable[[Any], Any]
Filler = Callable[[Any, Path], Any]
Selection = Callable[[Any, Path], dict[str, Any]]


class Simple:
    """A resolver that needs nothing but the object, and never fails: most fields of a big page are of this kind."""

    __slots__ = ("read",)

    def __init__(self, read: Reader) -> None:
        self.read = read

    def __call__(self, source: Any, _arguments: dict[str, Any], _request: Request) -> Any:
        return self.read(source)


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
        search_debug: bool = False,
    ) -> None:
        """``desk`` is what belongs to the app rather than to the catalogue: its bulk operations and subscriptions.

        ``base_url`` is where the client found the shop; with ``whole_lists`` no list is cut into pages;
        with ``search_debug`` every search says how it was understood.
        """
        self.search_debug = search_debug
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
        self._operation = operation
        data = self._compile(operation.selection_set, root)(self._request.shop, None)
        return None if self._request.nulled else data

    def fields(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        """The fields of a selection set on one object type, by the keys they answer under."""
        return self._collect(selections, parent)

    def reader(self, parent: GraphQLObjectType, node: FieldNode) -> Reader:
        """What reads one field of an object, as it is before anything is selected from it."""
        return self._resolver(parent, parent.fields[node.name.value], node, node.name.value)

    def _compile(self, selections: SelectionSetNode, parent: GraphQLObjectType) -> Selection:
        return self.select(self._collect(selections, parent), parent)

    def select(self, fields: Mapping[str, list[FieldNode]], parent: GraphQLObjectType) -> Selection:
        """What makes an answer of an object, field by field."""
        blank = dict.fromkeys(fields)
        leaves: list[tuple[str, Reader]] = []
        others: list[tuple[str, Filler]] = []
        for key, nodes in fields.items():
            if nodes[0].name.value in introspection.FIELDS:
                others.append((key, self._introspected(nodes)))
            elif read := self._plain(nodes[0], parent):
                leaves.append((key, read))
            else:
                others.append((key, self._filler(key, nodes, parent)))

        def select(source: Any, path: Path) -> dict[str, Any]:
            result = blank.copy()
            for key, read in leaves:
                result[key] = read(source)
            for key, fill in others:
                result[key] = fill(source, path)
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

    def _plain(self, node: FieldNode, parent: GraphQLObjectType) -> Reader | None:
        """What reads a field that has nothing below it and cannot fail; None for any other field."""
        name = node.name.value
        if name == "__typename":
            return lambda source: parent.name
        if is_composite_type(get_named_type(parent.fields[name].type)):
            return None
        own = self._resolvers.get(parent.name, {}).get(name)
        if own is None:
            return attrgetter(_snake(name))
        return own.read if isinstance(own, Simple) else None

    def _introspected(self, nodes: list[FieldNode]) -> Filler:
        """What answers a question about the schema."""
        found = introspection.answer(
            self._schema, nodes, self._operation, self._fragments.values(), self._request.variables
        )
        return lambda _source, _path: found

    def _filler(self, key: str, nodes: list[FieldNode], parent: GraphQLObjectType) -> Filler:
        """What answers any other field."""
        node = nodes[0]
        definition = parent.fields[node.name.value]
        resolve = self._resolver(parent, definition, node, node.name.value)
        kind = get_named_type(definition.type)
        if not is_composite_type(kind):
            return self._guarded(key, resolve, node)
        merged = nodes[0].selection_set
        assert merged is not None
        if len(nodes) > 1:
            sets = [field.selection_set for field in nodes if field.selection_set]
            merged = SelectionSetNode(selections=tuple(child for each in sets for child in each.selections))
        return self._composite(key, resolve, self.selection(merged, kind), _is_list(definition), node)

    def _resolver(self, parent: GraphQLObjectType, definition: GraphQLField, node: FieldNode, name: str) -> Reader:
        own = self._resolvers.get(parent.name, {}).get(name)
        request = self._request
        if own is None:
            return attrgetter(_snake(name))
        if isinstance(own, Simple):
            return own.read
        arguments = get_argument_values(definition, node, request.variables)
        arguments["__field"] = node
        return lambda source: own(source, arguments, request)

    def selection(self, selections: SelectionSetNode, kind: GraphQLCompositeType) -> Selection:
        """What makes an answer of an object of this type, or of any type an abstract one stands for."""
        if isinstance(kind, GraphQLObjectType):
            return self._compile(selections, kind)
        compiled: dict[str, Selection] = {}

        def select(source: Any, path: Path) -> dict[str, Any]:
            name = source.typename
            if name not in compiled:
                compiled[name] = self._compile(selections, self._schema.type_map[name])  # type: ignore[arg-type]
            return compiled[name](source, path)

        return select

    def _guarded(self, key: str, resolve: Reader, node: FieldNode) -> Filler:
        def fill(source: Any, path: Path) -> Any:
            try:
                return resolve(source)
            except FieldError as error:
                self._report(error, (path, key), node)
                return None

        return fill

    def _composite(self, key: str, resolve: Reader, selection: Selection, many: bool, node: FieldNode) -> Filler:
        guarded = self._guarded(key, resolve, node)

        def fill_one(source: Any, path: Path) -> Any:
            value = guarded(source, path)
            return None if value is None else selection(value, (path, key))

        def fill_many(source: Any, path: Path) -> Any:
            value = guarded(source, path)
            if value is None:
                return None
            here = (path, key)
            return [None if item is None else selection(item, (here, index)) for index, item in enumerate(value)]

        return fill_many if many else fill_one

    def _report(self, error: FieldError, path: Path, node: FieldNode) -> None:
        place = node.loc.start_token if node.loc else None
        entry = {
            "message": str(error),
            "locations": [{"line": place.line, "column": place.column}] if place else [],
            "extensions": {"code": error.code, **error.extensions},
            "path": _steps(path),
        }
        self._request.errors.append(entry)
        self._request.nulled = self._request.nulled or error.whole


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _steps(path: Path) -> list[str | int]:
    """A path from the top."""
    steps: list[str | int] = []
    while path is not None:
        path, step = path
        steps.append(step)
    return steps[::-1]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
