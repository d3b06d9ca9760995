"""What a query costs in points, and the bucket that pays for it.

The public rule says what objects, connections and mutations cost; that connections grow with the logarithm of their
size is a reconstruction that fits recorded answers. https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues, get_argument_values

SINGLE_QUERY_LIMIT = 1000
MUTATION = 10
COUNT = 10
FREE_OBJECTS = frozenset({"MoneyV2", "PageInfo", "Weight", "InventoryItemMeasurement"})


class Costs:
    """Prices one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
        sizes: Mapping[int, int] | None = None,
    ) -> None:
        """``sizes`` says how many members each connection field really had; without it, what was asked for counts."""
        self._schema, self._fragments, self._variables, self._sizes = schema, fragments, variables, sizes

    def of(self, operation: OperationDefinitionNode) -> int:
        """The operation's cost in points."""
        mutation = operation.operation.value == "mutation"
        root = self._schema.mutation_type if mutation else self._schema.query_type
        assert root is not None
        return self._children(operation.selection_set, root)

    def _children(self, selections: SelectionSetNode, parent: Any) -> int:
        total = 0
        dearest: dict[str, int] = {}
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += self.field(node, parent)
            else:
                kind, inner = self.opened(node, parent)
                cost = self._children(inner, kind)
                if is_abstract_type(parent) and isinstance(kind, GraphQLObjectType):
                    dearest[kind.name] = dearest.get(kind.name, 0) + cost
                else:
                    total += cost
        return total + max(dearest.values(), default=0)

    def opened(self, node: Any, parent: Any) -> tuple[Any, SelectionSetNode]:
        """The type and the selections of a fragment."""
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments[node.name.value]
            return self._schema.type_map[fragment.type_condition.name.value], fragment.selection_set
        assert isinstance(node, InlineFragmentNode)
        kind = self._schema.type_map[node.type_condition.name.value] if node.type_condition else parent
        return kind, node.selection_set

    def field(self, node: FieldNode, parent: Any) -> int:
        """What one field costs with all that is below it."""
        name = node.name.value
        if name.startswith("__"):
            return 0
        definition = parent.fields[name]
        kind = get_named_type(definition.type)
        if not is_composite_type(kind) or node.selection_set is None:
            return 0
        if parent is self._schema.mutation_type:
            return MUTATION
        if parent is self._schema.query_type and name.endswith("Count"):
            return COUNT
        if is_connection(kind):
            return 2 + self._members(node, kind) * multiplier(self._size(node, definition))
        return (0 if is_free(kind) else 1) + self._children(node.selection_set, kind)

    def _members(self, node: FieldNode, connection: Any) -> int:
        """What one member of a connection costs, selected through `nodes` or through `edges`."""
        assert node.selection_set is not None
        costs = [0]
        for child in self._flat(node.selection_set):
            member: Any = get_named_type(connection.fields[child.name.value].type) if child.selection_set else None
            if child.name.value == "nodes" and child.selection_set:
                costs.append(1 + self._children(child.selection_set, member))
            elif child.name.value == "edges" and child.selection_set:
                costs += [
                    1 + self._children(inner.selection_set, get_named_type(member.fields["node"].type))
                    for inner in self._flat(child.selection_set)
                    if inner.name.value == "node" and inner.selection_set
                ]
        return max(costs)

    def _flat(self, selections: SelectionSetNode) -> list[FieldNode]:
        fields: list[FieldNode] = []
        for node in selections.selections:
            if isinstance(node, FieldNode):
                fields.append(node)
            else:
                fields += self._flat(self.opened(node, None)[1])
        return fields

    def _size(self, node: FieldNode, definition: Any) -> int:
        asked = get_argument_values(definition, node, self._variables)
        size = asked.get("first") or asked.get("last") or 2
        return size if self._sizes is None else min(size, self._sizes.get(id(node), 0))


def is_connection(kind: Any) -> bool:
    """Whether this type is a page of a list."""
    return str(kind.name).endswith("Connection")


def is_free(kind: Any) -> bool:
    """Whether an object of this type costs nothing itself; an edge costs only what it leads to."""
    return kind.name in FREE_OBJECTS or str(kind.name).endswith("Edge")


def multiplier(size: int) -> int:
    """How often a connection's members are counted: 1 for two, 6 for 25, 9 for 100, 11 for 250."""
    return math.floor(2 * math.log(max(2, size)))


class Bucket:
    """One app's points in one shop: full at first, refilled every second, paid from before a query runs."""

    def __init__(self, now: Callable[[], float], size: float = 2000, rate: float = 100) -> None:
        self.size, self.rate = size, rate
        self._now, self._level, self._at = now, size, now()
        # Requests are answered side by side; none may spend what another has taken.
        self._lock = threading.Lock()

    def level(self) -> float:
        """The points that can be spent now."""
        with self._lock:
            return self._refilled()

    def pays(self, points: float) -> bool:
        """Take what a query asks for before it runs; False, and nothing taken, when there is not enough."""
        with self._lock:
            if self._refilled() < points:
                return False
            self._level -= points
            return True

    def refund(self, points: float) -> None:
        """Give back what a query turned out not to need."""
        with self._lock:
            self._level = min(self.size, self._refilled() + points)

    def drain(self) -> None:
        """Leave nothing, as another client of the same app would."""
        with self._lock:
            self._level, self._at = 0.0, self._now()

    def status(self) -> dict[str, float]:
        """The `throttleStatus` of an answer."""
        level = self.level()
        return {"maximumAvailable": self.size, "currentlyAvailable": math.floor(level), "restoreRate": self.rate}

    def _refilled(self) -> float:
        now = self._now()
        self._level = min(self.size, self._level + max(0.0, now - self._at) * self.rate)
        self._at = now
        return self._level
