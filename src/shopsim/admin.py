"""The GraphQL endpoint: parse, validate, price, pay, run, and answer in Shopify's shapes.

https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import uuid
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableDefinitionNode,
    build_schema,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values

from shopsim.cost import SINGLE_QUERY_LIMIT, Bucket, Costs
from shopsim.cost_fields import FieldCosts
from shopsim.execution import Execution, Request
from shopsim.ids import is_gid
from shopsim.resolvers import RESOLVERS
from shopsim.shop import Shop
from shopsim.words import GlobalIds, invalid, unreadable, wrong_variable

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
        return None, (unreadable(error),)
    errors = validate(schema(), document, [*specified_rules, GlobalIds])
    return (document, ()) if not errors else (None, tuple(invalid(document, error) for error in errors))


class Debug(NamedTuple):
    """What a client asked to be told besides: each field's cost, how each search was understood."""

    cost: bool = False
    search: bool = False


NOTHING_MORE = Debug()


class Endpoint:
    """Answers one app's queries to one shop."""

    def __init__(self, shop: Shop, bucket: Bucket | None, desk: Any = None) -> None:
        """Without a bucket nothing is ever throttled; ``desk`` is what mutations work on."""
        self.shop, self.bucket, self.desk = shop, bucket, desk

    def answer(
        self,
        text: str,
        variables: dict[str, Any],
        scopes: frozenset[str],
        operation_name: str | None = None,
        base_url: str = "",
        debug: Debug = NOTHING_MORE,
    ) -> dict[str, Any]:
        """The whole answer to a query; ``base_url`` is where the client found the shop."""
        document, problems = _document(text)
        if document is None:
            return {"errors": list(problems)}
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operation = _operation(document, operation_name)
        if operation is None:
            return {"errors": [{"message": "No operation to execute.", "extensions": {"code": "BAD_REQUEST"}}]}
        definitions = operation.variable_definitions or ()
        values = get_variable_values(schema(), definitions, variables)
        wrong = _wrong_values(definitions, variables, values)
        if wrong or isinstance(values, list):
            return {"errors": wrong}
        request = Request(self.shop, scopes, values, desk=self.desk, base_url=base_url, search_debug=debug.search)
        return self._run(operation, fragments, request, debug)

    def _run(
        self,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        request: Request,
        debug: Debug,
    ) -> dict[str, Any]:
        asked = Costs(schema(), fragments, request.variables)
        requested = asked.of(operation)
        if requested > SINGLE_QUERY_LIMIT:
            return {"errors": [_too_expensive(requested)]}
        if self.bucket and not self.bucket.pays(requested):
            return self.throttled(requested)
        with self.shop.lock:
            data = Execution(schema(), RESOLVERS, fragments, request).run(operation)
        actual = Costs(schema(), fragments, request.variables, request.sizes).of(operation)
        if self.bucket:
            self.bucket.refund(requested - actual)
        answer: dict[str, Any] = {"data": data}
        if request.errors:
            answer["errors"] = request.errors
        cost = self._cost(requested, actual)
        if debug.cost:
            cost["fields"] = FieldCosts(schema(), asked).of(operation)
        answer["extensions"] = {"cost": cost}
        if request.search:
            answer["extensions"]["search"] = request.search
        return answer

    def throttled(self, requested: int = 0) -> dict[str, Any]:
        """The answer to a query that cannot be paid for."""
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS_PAGE}}
        return {"errors": [error], "extensions": {"cost": self._cost(requested, None)}}

    def inactive(self) -> dict[str, Any]:
        """The answer of a shop that is not active."""
        return {"errors": [{"message": "The shop is not active.", "extensions": {"code": "SHOP_INACTIVE"}}]}

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


def _wrong_values(
    definitions: tuple[VariableDefinitionNode, ...] | list[VariableDefinitionNode],
    variables: dict[str, Any],
    values: Any,
) -> list[dict[str, Any]]:
    """What Shopify says of variables that do not fit; ids must be global ids."""
    found: dict[str, dict[str, Any]] = {}
    for error in values if isinstance(values, list) else ():
        definition = next(node for node in definitions if f"${node.variable.name.value}'" in error.message)
        name = definition.variable.name.value
        found.setdefault(name, wrong_variable(definition, variables.get(name), _problem(variables.get(name))))
    for definition in definitions:
        name = definition.variable.name.value
        if name in found or _named(definition.type) != "ID":
            continue
        for value in _several(variables.get(name)):
            if value is not None and not is_gid(value):
                found[name] = wrong_variable(definition, variables[name], f"Invalid global id '{value}'")
    return list(found.values())


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(node: Any) -> str:
    while hasattr(node, "type"):
        node = node.type
    name: str = node.name.value
    return name


def _problem(value: Any) -> str:
    return "Expected value to not be null" if value is None else f"Could not coerce value {value!r}"


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
