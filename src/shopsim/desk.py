"""What belongs to the app in a shop, as the schema shows it: bulk operations, subscriptions, and the way out.

Mutations never fail: what is wrong comes back as user errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopsim import search, versions
from shopsim.bulk import BulkOperation, Problem, Refused
from shopsim.courier import API_VERSION
from shopsim.execution import Request
from shopsim.fields import Field, Record, counted, moment, simple, time_text
from shopsim.hooks import Subscription
from shopsim.ids import gid, number_of
from shopsim.listings import filter_of
from shopsim.paging import BY_ID, Connection, Order, page

TOPICS = {
    "APP_SCOPES_UPDATE": "app/scopes_update",
    "APP_UNINSTALLED": "app/uninstalled",
    "BULK_OPERATIONS_FINISH": "bulk_operations/finish",
    "INVENTORY_ITEMS_UPDATE": "inventory_items/update",
    "PRODUCTS_CREATE": "products/create",
    "PRODUCTS_DELETE": "products/delete",
    "PRODUCTS_UPDATE": "products/update",
    "SHOP_UPDATE": "shop/update",
}
_NAMES = {topic: name for name, topic in TOPICS.items()}
_BULK_FIELDS = {
    "id": search.by_number,
    "status": search.by_text(lambda operation: [operation.status]),
    "operation_type": search.by_text(lambda operation: [operation.type]),
    "created_at": search.by_moment("created_at"),
}
_HOOK_FIELDS = {
    "id": search.by_number,
    "created_at": search.by_moment("created_at"),
    "updated_at": search.by_moment("updated_at"),
}


def _user_error(problem: Problem) -> Record:
    return Record(field=problem.field, message=problem.message, code=problem.code)


# --- bulk operations -------------------------------------------------------------------------------------------------


def find_operation(request: Request, number: int) -> BulkOperation | None:
    """A bulk operation, after doing what was due."""
    request.desk.bulk.advance()
    return request.desk.bulk.operations.get(number)  # type: ignore[no-any-return]


def _operation(_root: Any, arguments: dict[str, Any], request: Request) -> BulkOperation | None:
    return find_operation(request, number_of(arguments["id"], "BulkOperation"))


def _operations(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[BulkOperation]:
    request.desk.bulk.advance()
    down = bool(arguments.get("reverse"))
    test = filter_of(request, arguments, _BULK_FIELDS)
    name = "completed_at" if arguments.get("sortKey") == "COMPLETED_AT" else "created_at"
    order = Order(lambda operation: time_text(getattr(operation, name)) or "", descending=down)
    found = [operation for operation in request.desk.bulk.operations.values() if test(operation)]
    found.sort(key=lambda operation: (order.key(operation), operation.id), reverse=down)
    return page(found, arguments, request, order)


def _current(_root: Any, arguments: dict[str, Any], request: Request) -> BulkOperation | None:
    request.desk.bulk.advance()
    operations = list(request.desk.bulk.operations.values())
    return operations[-1] if operations and arguments.get("type") != "MUTATION" else None


def _run_query(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    desk = request.desk.bulk
    faults = request.desk.faults.now
    if faults.bulk_limit:
        limit = Problem("Bulk operations limit reached. Please try again later.", None, "LIMIT_REACHED")
        return Record(bulk_operation=None, user_errors=[_user_error(limit)])
    desk.ends_badly, desk.shuffled = faults.bulk_ends, faults.bulk_shuffled
    try:
        operation = desk.start(arguments["query"], request.scopes, grouped=arguments["groupObjects"])
    except Refused as refused:
        return Record(bulk_operation=None, user_errors=[_user_error(problem) for problem in refused.problems])
    request.desk.courier.wake()
    return Record(bulk_operation=operation, user_errors=[])


def _cancel(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    number = number_of(arguments["id"], "BulkOperation")
    try:
        return Record(bulk_operation=request.desk.bulk.cancel(number), user_errors=[])
    except Problem as problem:
        operation = request.desk.bulk.operations.get(number)
        return Record(bulk_operation=operation, user_errors=[_user_error(problem)])


def _url(operation: BulkOperation, _arguments: dict[str, Any], request: Request) -> str | None:
    return request.desk.bulk.link(operation, request.base_url) if operation.status == "COMPLETED" else None


def _partial_url(operation: BulkOperation, _arguments: dict[str, Any], request: Request) -> str | None:
    return request.desk.bulk.link(operation, request.base_url) if operation.status == "FAILED" else None


def _size(operation: BulkOperation) -> str | None:
    return str(operation.size) if operation.ended is not None and operation.size else None


# --- webhook subscriptions -------------------------------------------------------------------------------------------


def find_subscription(request: Request, number: int) -> Subscription | None:
    """A subscription made through the API."""
    return next((one for one in request.desk.post.subscriptions.listed() if one.id == number), None)


def _subscription(_root: Any, arguments: dict[str, Any], request: Request) -> Subscription | None:
    return find_subscription(request, number_of(arguments["id"], "WebhookSubscription"))


def _subscriptions(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[Subscription]:
    topics = {TOPICS[name] for name in arguments.get("topics") or TOPICS}
    uri = arguments.get("uri") or arguments.get("callbackUrl")
    test = filter_of(request, arguments, _HOOK_FIELDS)
    found = [
        one
        for one in request.desk.post.subscriptions.listed()
        if one.topic in topics
        and (uri is None or one.uri == uri)
        and arguments.get("format") in (None, one.format)
        and test(one)
    ]
    down = bool(arguments.get("reverse"))
    found.sort(key=lambda one: one.id, reverse=down)
    return page(found, arguments, request, BY_ID._replace(descending=down))


def _subscriptions_count(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    found = filter(filter_of(request, arguments, _HOOK_FIELDS), request.desk.post.subscriptions.listed())
    return counted(len(list(found)), arguments.get("limit"))


def _subscribe(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    topic = TOPICS[arguments["topic"]]
    try:
        made = request.desk.post.subscriptions.create(topic, arguments["webhookSubscription"])
    except Problem as problem:
        return Record(webhook_subscription=None, user_errors=[_user_error(problem)])
    return Record(webhook_subscription=made, user_errors=[])


def _resubscribe(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    number = number_of(arguments["id"], "WebhookSubscription")
    try:
        changed = request.desk.post.subscriptions.update(number, arguments["webhookSubscription"])
    except Problem as problem:
        return Record(webhook_subscription=None, user_errors=[_user_error(problem)])
    return Record(webhook_subscription=changed, user_errors=[])


def _unsubscribe(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    try:
        request.desk.post.subscriptions.delete(number_of(arguments["id"], "WebhookSubscription"))
    except Problem as problem:
        return Record(deleted_webhook_subscription_id=None, user_errors=[_user_error(problem)])
    return Record(deleted_webhook_subscription_id=arguments["id"], user_errors=[])


def _endpoint(one: Subscription) -> Record:
    if one.uri.startswith("pubsub://"):
        project, _, topic = one.uri.removeprefix("pubsub://").partition(":")
        return Record(typename="WebhookPubSubEndpoint", pub_sub_project=project, pub_sub_topic=topic)
    if one.uri.startswith("arn:"):
        return Record(typename="WebhookEventBridgeEndpoint", arn=one.uri)
    return Record(typename="WebhookHttpEndpoint", callback_url=one.uri)


def _version(_one: Subscription) -> Record:
    version = next(version for version in versions.LIVE if version.handle == API_VERSION)
    return Record(handle=version.handle, display_name=version.label, supported=version.stable)


# --- the app ---------------------------------------------------------------------------------------------------------


def _uninstall(_root: Any, _arguments: dict[str, Any], request: Request) -> Record:
    request.desk.uninstall()
    app = Record(typename="App", id=gid("App", 1), title=request.desk.client_id, api_key=request.desk.client_id)
    return Record(app=app, user_errors=[])


RESOLVERS: dict[str, dict[str, Field]] = {
    "QueryRoot": {
        "bulkOperation": _operation,
        "bulkOperations": _operations,
        "currentBulkOperation": _current,
        "webhookSubscription": _subscription,
        "webhookSubscriptions": _subscriptions,
        "webhookSubscriptionsCount": _subscriptions_count,
    },
    "Mutation": {
        "appUninstall": _uninstall,
        "bulkOperationCancel": _cancel,
        "bulkOperationRunQuery": _run_query,
        "webhookSubscriptionCreate": _subscribe,
        "webhookSubscriptionDelete": _unsubscribe,
        "webhookSubscriptionUpdate": _resubscribe,
    },
    "BulkOperation": {
        "id": simple(lambda operation: gid("BulkOperation", operation.id)),
        "createdAt": moment("created_at"),
        "completedAt": moment("completed_at"),
        "fileSize": simple(_size),
        "objectCount": simple(lambda operation: str(operation.objects)),
        "rootObjectCount": simple(lambda operation: str(operation.roots)),
        "partialDataUrl": _partial_url,
        "url": _url,
    },
    "WebhookSubscription": {
        "id": simple(lambda one: gid("WebhookSubscription", one.id)),
        "legacyResourceId": simple(lambda one: str(one.id)),
        "createdAt": moment("created_at"),
        "updatedAt": moment("updated_at"),
        "apiVersion": simple(_version),
        "endpoint": simple(_endpoint),
        "topic": simple(lambda one: _NAMES[one.topic]),
    },
}
FINDERS: dict[str, Callable[[Request, int], Any]] = {
    "BulkOperation": find_operation,
    "WebhookSubscription": find_subscription,
}
