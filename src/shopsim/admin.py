"""The GraphQL endpoint: parse, validate, price, pay, run, and answer in Shopify's shapes.

https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from shopsim.cost import SINGLE_QUERY_LIMIT, Bucket, Costs
from shopsim.execution import Execution, Request
from shopsim.resolvers import RESOLVERS
from shopsim.shop import Shop

LIMITS_PAGE = "https://shopify.dev/api/usage/limits#rate-limits"


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The trimmed schema."""
    return build_schema(files("shopsim").joinpath("schema.graphql").read_text())


@lru_cache(maxsize=256)
def _document(text: str) -> tuple[DocumentNode | None, tuple[dict[str, Any], ...]]:
    """A parsed and validated document, or the errors Shopify would report."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        line, column = (error.locations[0].line, error.locations[0].column) if error.locations else (1, 1)
        entry = {"message": f"syntax error at [{line}, {column}]", "extensions": {"code": "PARSE_ERROR"}}
        return None, (entry,)
    errors = validate(schema(), document)
    return (document, ()) if not errors else (None, tuple(_validation(error) for error in errors))


class Endpoint:
    """Answers one app's queries to one shop."""

    def __init__(self, shop: Shop, bucket: Bucket | None) -> None:
        """Without a bucket nothing is ever throttled."""
        self.shop, self.bucket = shop, bucket

    def answer(
        self, text: str, variables: dict[str, Any], scopes: frozenset[str], operation_name: str | None = None
    ) -> dict[str, Any]:
        """The whole answer to a query."""
        document, problems = _document(text)
        if document is None:
            return {"errors": list(problems)}
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operation = _operation(document, operation_name)
        if operation is None:
            return {"errors": [{"message": "No operation to execute.", "extensions": {"code": "BAD_REQUEST"}}]}
        values = get_variable_values(schema(), operation.variable_definitions or (), variables)
        if isinstance(values, list):
            return {"errors": [_variable(error) for error in values]}
        return self._run(operation, fragments, values, scopes)

    def _run(
        self,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        values: VariableValues,
        scopes: frozenset[str],
    ) -> dict[str, Any]:
        requested = Costs(schema(), fragments, values).of(operation)
        if requested > SINGLE_QUERY_LIMIT:
            return {"errors": [_too_expensive(requested)]}
        if self.bucket and self.bucket.level() < requested:
            return self.throttled(requested)
        request = Request(self.shop, scopes, values)
        with self.shop.lock:
            data = Execution(schema(), RESOLVERS, fragments, request).run(operation)
        actual = Costs(schema(), fragments, values, request.sizes).of(operation)
        if self.bucket:
            self.bucket.spend(actual)
        answer: dict[str, Any] = {"data": data}
        if request.errors:
            answer["errors"] = request.errors
        answer["extensions"] = {"cost": self._cost(requested, actual)}
        if request.search:
            answer["extensions"]["search"] = request.search
        return answer

    def throttled(self, requested: int = 0) -> dict[str, Any]:
        """The answer to a query that cannot be paid for."""
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS_PAGE}}
        return {"errors": [error], "extensions": {"cost": self._cost(requested, None)}}

    def internal_error(self) -> dict[str, Any]:
        """The answer when something went wrong at Shopify."""
        reference = f"{uuid.uuid4()}-{int(self.shop.clock.timestamp())}"
        message = (
            "Internal error. Looks like something went wrong on our end.\n"
            f"Request ID: {reference} (include this in support requests)."
        )
        return {
            "errors": [{"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": reference}}]
        }

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        status = self.bucket or Bucket(self.shop.clock.timestamp)
        return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status.status()}


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        return next((node for node in operations if node.name and node.name.value == name), None)
    return operations[0] if len(operations) == 1 else None


def _too_expensive(cost: int) -> dict[str, Any]:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({SINGLE_QUERY_LIMIT}). "
        "See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the cost of a query "
        "is calculated.",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": SINGLE_QUERY_LIMIT,
            "documentation": LIMITS_PAGE,
        },
    }


def _variable(error: GraphQLError) -> dict[str, Any]:
    """Shopify's words for a variable that does not fit its type."""
    message = error.message
    if match := re.match(r"Variable '\$(\w+)'", message):
        node = error.nodes[0] if error.nodes else None
        kind = getattr(getattr(node, "type", None), "loc", None)
        written = kind.source.body[kind.start : kind.end] if kind else "its type"
        message = f"Variable ${match[1]} of type {written} was provided invalid value"
    return {"message": message, "locations": _locations(error), "extensions": {"code": "INVALID_VARIABLE"}}


_Words = Callable[["re.Match[str]"], str]
_Extensions = Callable[["re.Match[str]"], dict[str, str]]
_WORDS: tuple[tuple[re.Pattern[str], _Words, _Extensions], ...] = (
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
)


def _validation(error: GraphQLError) -> dict[str, Any]:
    """Shopify's words for what is wrong with a document."""
    for pattern, words, extensions in _WORDS:
        if match := pattern.match(error.message):
            return {"message": words(match), "locations": _locations(error), "extensions": extensions(match)}
    return {"message": error.message, "locations": _locations(error), "extensions": {"code": "GRAPHQL_INVALID"}}


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]
