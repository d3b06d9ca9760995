"""What each field of a query costs, for those who ask with `Shopify-GraphQL-Cost-Debug: 1`.

https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode, get_named_type

from shopsim.cost import MUTATION, Costs, is_connection, is_free


class FieldCosts:
    """Lists the fields of an operation with their prices, in the order in which they are asked for."""

    def __init__(self, schema: GraphQLSchema, costs: Costs) -> None:
        self._schema, self._costs = schema, costs
        self._found: list[dict[str, Any]] = []

    def of(self, operation: OperationDefinitionNode) -> list[dict[str, Any]]:
        """One entry for each field; those that hold nothing further have no children's cost."""
        mutation = operation.operation.value == "mutation"
        root = self._schema.mutation_type if mutation else self._schema.query_type
        self._look(operation.selection_set, root, [])
        return self._found

    def _look(self, selections: SelectionSetNode, parent: Any, path: list[str]) -> None:
        for node in selections.selections:
            if not isinstance(node, FieldNode):
                kind, inner = self._costs.opened(node, parent)
                self._look(inner, kind, path)
            elif not node.name.value.startswith("__"):
                self._field(node, parent, [*path, node.alias.value if node.alias else node.name.value])

    def _field(self, node: FieldNode, parent: Any, path: list[str]) -> None:
        kind = get_named_type(parent.fields[node.name.value].type)
        total = self._costs.field(node, parent)
        own = self._own(node, parent, kind, total)
        children = None if node.selection_set is None else total - own
        self._found.append(
            {"path": path, "definedCost": own, "requestedTotalCost": total, "requestedChildrenCost": children}
        )
        if node.selection_set:
            self._look(node.selection_set, kind, path)

    def _own(self, node: FieldNode, parent: Any, kind: Any, total: int) -> int:
        if node.selection_set is None or is_free(kind):
            return 0
        if parent is self._schema.mutation_type:
            return MUTATION
        if parent is self._schema.query_type and node.name.value.endswith("Count"):
            return total
        return 2 if is_connection(kind) else 1
