"""Answers questions about the schema itself, which code generators and query explorers ask before anything else.

https://graphql.org/learn/introspection
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)
from graphql.execution.values import VariableValues

FIELDS = frozenset({"__schema", "__type"})


def answer(
    schema: GraphQLSchema,
    nodes: Sequence[FieldNode],
    operation: OperationDefinitionNode,
    fragments: Iterable[FragmentDefinitionNode],
    variables: VariableValues,
) -> Any:
    """What `__schema` or `__type` answers: the library's own execution, of a document that asks for nothing else."""
    alone = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(alone, *fragments))
    data = execute_sync(schema, document, variable_values=variables.coerced).data or {}
    return next(iter(data.values()), None)
