"""Webhooks: which topics a shop sends us, and whether Shopify sent a delivery.

https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

import msgspec

from shopsync.shopify import parse
from shopsync.shopify.client import Client

SAFETY_TOPICS = ("APP_UNINSTALLED", "APP_SCOPES_UPDATE", "SHOP_UPDATE", "BULK_OPERATIONS_FINISH")
PRODUCT_TOPICS = ("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE")
# Bodies are only hints. Two products touched at the same time must differ, or Shopify sends one of them only.
_FIELDS = {"PRODUCTS_CREATE": ["id", "updated_at"], "PRODUCTS_UPDATE": ["id", "updated_at"]}
_TAKEN = "already been taken"


class _Subscription(msgspec.Struct):
    topic: str
    uri: str


class _List(msgspec.Struct, rename="camel"):
    nodes: list[_Subscription]
    page_info: parse.PageInfo


class _ListAnswer(msgspec.Struct, rename="camel"):
    webhook_subscriptions: _List


class _Problem(msgspec.Struct):
    message: str


class _Created(msgspec.Struct, rename="camel"):
    user_errors: list[_Problem]


class _CreateAnswer(msgspec.Struct, rename="camel"):
    webhook_subscription_create: _Created


class NotSubscribed(Exception):
    """Shopify does not send a topic to our address; the message is Shopify's."""


def subscribed(client: Client, address: str) -> frozenset[str]:
    """The topics that are sent to this address by subscriptions made through the API; those of an app's own
    configuration are not listed. Raises the errors of ``shopsync.errors``."""
    topics: set[str] = set()
    after = None
    while True:
        found = parse.answer(client.ask("webhooks", {"after": after}), _ListAnswer).webhook_subscriptions
        topics |= {subscription.topic for subscription in found.nodes if subscription.uri == address}
        if not found.page_info.has_next_page or not found.nodes:
            return frozenset(topics)
        after = found.page_info.end_cursor


def subscribe(client: Client, topic: str, address: str) -> None:
    """Have a topic sent to an address; nothing happens where it is already. Raises NotSubscribed, and the errors of
    ``shopsync.errors``."""
    wanted = {"uri": address, "format": "JSON", **({"includeFields": _FIELDS[topic]} if topic in _FIELDS else {})}
    answer = parse.answer(client.ask("subscribe", {"topic": topic, "subscription": wanted}), _CreateAnswer)
    problems = [problem.message for problem in answer.webhook_subscription_create.user_errors]
    if problems and not any(_TAKEN in problem for problem in problems):
        raise NotSubscribed(f"{topic}: {' '.join(problems)}")


def is_signed(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """Whether one of the app's secrets signed this body. After a rotation Shopify may use the old one for an hour,
    so the current and the previous secret are given; every one is tried, in constant time."""
    given = (signature or "").encode()
    matches = [hmac.compare_digest(_sign(body, secret), given) for secret in secrets if secret]
    return any(matches)


def _sign(body: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
