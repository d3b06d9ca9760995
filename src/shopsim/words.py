"""Shopify's words for what is wrong with a query, in place of those of the library that finds it.

https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    VariableDefinitionNode,
    get_named_type,
    print_ast,
)

from shopsim.ids import is_gid

_Words = Callable[["re.Match[str]"], str]
_Extensions = Callable[["re.Match[str]"], dict[str, str]]
_RULES: tuple[tuple[re.Pattern[str], _Words, _Extensions], ...] = (
    (
        re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"),
        lambda m: f"Field '{m[1]}' doesn't exist on type '{m[2]}'",
        lambda m: {"code": "undefinedField", "typeName": m[2], "fieldName": m[1]},
    ),
    (
        re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'"),
        lambda m: f"Field '{m[3]}' doesn't accept argument '{m[1]}'",
        lambda m: {"code": "argumentNotAccepted", "name": m[3], "typeName": "Field", "argumentName": m[1]},
    ),
    (
        re.compile(r"Argument '(?:\w+\.)*(\w+)\((\w+):\)' of type|Field '(\w+)' argument '(\w+)' of type"),
        lambda m: f"Field '{m[1] or m[3]}' is missing required arguments: {m[2] or m[4]}",
        lambda m: {
            "code": "missingRequiredArguments",
            "className": "Field",
            "name": m[1] or m[3],
            "arguments": m[2] or m[4],
        },
    ),
    (
        re.compile(r"Field '(\w+)' of type '([\w!\[\]]+)' must have a selection of subfields"),
        lambda m: (
            f"Field must have selections (field '{m[1]}' returns {m[2].strip('[]!')} but has no selections. "
            f"Did you mean '{m[1]} {{ ... }}'?)"
        ),
        lambda m: {"code": "selectionMismatch", "nodeName": f"field '{m[1]}'", "typeName": m[2].strip("[]!")},
    ),
    (
        re.compile(r"Variable '\$(\w+)' is not defined(?: by operation '(\w+)')?\."),
        lambda m: f"Variable ${m[1]} is used by {m[2] or 'anonymous query'} but not declared",
        lambda m: {"code": "variableNotDefined", "variableName": m[1]},
    ),
    (
        re.compile(r"Variable '\$(\w+)' is never used(?: in operation '(\w+)')?\."),
        lambda m: f"Variable ${m[1]} is declared by {m[2] or 'anonymous query'} but not used",
        lambda m: {"code": "variableNotUsed", "variableName": m[1]},
    ),
    (
        re.compile(r"Unknown fragment '(\w+)'\."),
        lambda m: f"Fragment {m[1]} was used, but not defined",
        lambda m: {"code": "useAndDefineFragment", "fragmentName": m[1]},
    ),
    (
        re.compile(r"(Invalid global id '.*')"),
        lambda m: m[1],
        lambda m: {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
    ),
)


def unreadable(error: GraphQLSyntaxError) -> dict[str, Any]:
    """A document that is no GraphQL."""
    return {
        "message": f"{syntax_words(error)} at [{', '.join(map(str, _place(error)))}]",
        "locations": _locations(error),
        "extensions": {"code": "PARSE_ERROR"},
    }


def syntax_words(error: GraphQLSyntaxError) -> str:
    """What was found where it should not be."""
    if "<EOF>" in error.message or "Unterminated" in error.message:
        return "syntax error, unexpected end of file"
    found = re.search(r"(?:found|Unexpected) (.+?)\.?$", error.message)
    return f"syntax error, unexpected {found[1]}" if found else "syntax error"


def invalid(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """A document that does not fit the schema."""
    node = error.nodes[0] if error.nodes else None
    path = _path_of(document, node) if node else None
    for pattern, words, extensions in _RULES:
        if match := pattern.match(error.message):
            entry: dict[str, Any] = {"message": words(match), "extensions": extensions(match)}
            break
    else:
        entry = {"message": error.message, "extensions": {"code": "GRAPHQL_INVALID"}}
    return {**entry, "locations": _locations(error), **({"path": path} if path else {})}


def wrong_variable(definition: VariableDefinitionNode, value: Any, problem: str) -> dict[str, Any]:
    """A variable whose value does not fit its type."""
    place = definition.loc.start_token if definition.loc else None
    return {
        "message": (
            f"Variable ${definition.variable.name.value} of type {print_ast(definition.type)} "
            "was provided invalid value"
        ),
        "locations": [{"line": place.line, "column": place.column}] if place else [],
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": [{"path": [], "explanation": problem, "message": problem}],
        },
    }


class GlobalIds(ValidationRule):
    """Ids written into a query must be global ids."""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Look at one argument."""
        argument = self.context.get_argument()
        if argument is None or get_named_type(argument.type).name != "ID":
            return
        values = getattr(node.value, "values", None) or (node.value,)
        for value in values:
            if isinstance(value, StringValueNode) and not is_gid(value.value):
                self.report_error(GraphQLError(f"Invalid global id '{value.value}'", node))


def _path_of(document: DocumentNode, wanted: Node) -> list[str] | None:
    """Where a node stands: the operation, then the keys of the answer."""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            name = f" {definition.name.value}" if definition.name else ""
            start = f"{definition.operation.value}{name}"
        elif isinstance(definition, FragmentDefinitionNode):
            start = f"fragment {definition.name.value}"
        else:
            continue
        if any(one is wanted for one in definition.variable_definitions or ()):
            return [start]
        if (found := _below(definition, wanted)) is not None:
            return [start, *found]
    return None


def _below(node: Node, wanted: Node) -> list[str] | None:
    for child in (*(getattr(node, "arguments", None) or ()), *_selections(node)):
        key = _key(child)
        # An argument is meant by its value as well, and a fragment by its name.
        if any(one is wanted for one in (child, getattr(child, "value", None), _spread_name(child))):
            return [key]
        if (found := _below(child, wanted)) is not None:
            return [key, *found]
    return None


def _spread_name(node: Node) -> Node | None:
    return node.name if isinstance(node, FragmentSpreadNode) else None


def _selections(node: Node) -> tuple[Node, ...]:
    selection_set = getattr(node, "selection_set", None)
    return tuple(selection_set.selections) if selection_set else ()


def _key(node: Node) -> str:
    if isinstance(node, FieldNode):
        return node.alias.value if node.alias else node.name.value
    if isinstance(node, InlineFragmentNode):
        return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    if isinstance(node, FragmentSpreadNode):
        return f"... {node.name.value}"
    name = getattr(node, "name", None)
    return name.value if name else ""


def _place(error: GraphQLError) -> tuple[int, int]:
    return (error.locations[0].line, error.locations[0].column) if error.locations else (1, 1)


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]
