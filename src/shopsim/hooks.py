"""Webhook subscriptions: which topics go to which addresses, and which addresses Shopify would not take.

https://shopify.dev/docs/apps/build/webhooks/subscribe
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from shopsim.bulk import Problem
from shopsim.clock import Clock
from shopsim.hook_bodies import holds, picked

# https://shopify.dev/docs/apps/build/webhooks/troubleshoot
FAILURES_ALLOWED = 8
FIRST_ID = 1_274_812_000_000
ADDRESS = ["webhookSubscription", "callbackUrl"]
_PUBSUB = re.compile(r"pubsub://[^:/\s]+:[^:/\s]+")
COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")


class Subscription:
    """One topic for one address. Those made through the API can be listed, and end when their address keeps failing."""

    typename = "WebhookSubscription"
    metafield_namespaces: tuple[str, ...] = ()

    def __init__(self, number: int, topic: str, now: datetime, *, by_api: bool) -> None:
        self.id, self.topic, self.by_api = number, topic, by_api
        self.uri = ""
        self.format = "JSON"
        self.include_fields: list[str] = []
        self.filter: str | None = None
        self.name: str | None = None
        self.failures = 0
        self.created_at = self.updated_at = now

    @property
    def ended(self) -> bool:
        """Whether its address has failed too often; those of the app's own configuration never end."""
        return self.by_api and self.failures >= FAILURES_ALLOWED

    @property
    def callback_url(self) -> str:
        """The address under its old name."""
        return self.uri

    def body(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """What it is sent of a body; None when its filter does not let it through."""
        wanted = picked(body, self.include_fields) if self.include_fields else body
        return wanted if holds(wanted, self.filter) else None


class Subscriptions:
    """The subscriptions of one app in one shop."""

    def __init__(self, clock: Clock, *, any_address: bool = False) -> None:
        """With ``any_address``, http:// and addresses on this machine are taken too, for apps being built."""
        self._clock, self.any_address = clock, any_address
        self.all: dict[int, Subscription] = {}
        self._next = FIRST_ID

    def listed(self) -> list[Subscription]:
        """Those made through the API."""
        return [one for one in self._alive() if one.by_api]

    def of(self, topic: str) -> list[Subscription]:
        """Those for one topic, written `products/update`."""
        return [one for one in self._alive() if one.topic == topic]

    def add_app_specific(self, topic: str, uri: str) -> Subscription:
        """One as in the app's configuration file: any address, never listed, never removed."""
        subscription = self._new(topic, by_api=False)
        subscription.uri = uri
        return subscription

    def create(self, topic: str, asked: dict[str, Any]) -> Subscription:
        """One made through the API. Raises Problem."""
        if topic in COMPLIANCE:
            raise Problem("Webhook topic is not supported", ["topic"])
        subscription = Subscription(self._next, topic, self._clock.now(), by_api=True)
        self._change(subscription, {"uri": "", **asked})
        self._next += 512
        self.all[subscription.id] = subscription
        return subscription

    def update(self, number: int, asked: dict[str, Any]) -> Subscription:
        """Change one. Raises Problem."""
        subscription = self._found(number)
        self._change(subscription, asked)
        return subscription

    def delete(self, number: int) -> None:
        """End one. Raises Problem."""
        del self.all[self._found(number).id]

    def clear(self) -> None:
        """The app is uninstalled: those made through the API end."""
        self.all = {number: one for number, one in self.all.items() if not one.by_api}

    def _alive(self) -> list[Subscription]:
        return [one for one in list(self.all.values()) if not one.ended]

    def _found(self, number: int) -> Subscription:
        subscription = self.all.get(number)
        if subscription is None or not subscription.by_api or subscription.ended:
            raise Problem("Webhook subscription does not exist", ["id"])
        return subscription

    def _new(self, topic: str, *, by_api: bool) -> Subscription:
        subscription = Subscription(self._next, topic, self._clock.now(), by_api=by_api)
        self._next += 512
        self.all[subscription.id] = subscription
        return subscription

    def _change(self, subscription: Subscription, asked: dict[str, Any]) -> None:
        uri = asked.get("uri") or asked.get("callbackUrl") or ("" if "uri" in asked else subscription.uri)
        if problem := address_problem(uri, any_address=self.any_address):
            raise Problem(problem, ADDRESS)
        form = asked.get("format") or subscription.format
        filtered = asked.get("filter", subscription.filter)
        others = [one for one in self.listed() if one is not subscription]
        if any((one.topic, one.uri, one.format, one.filter) == (subscription.topic, uri, form, filtered)
               for one in others):  # fmt: skip
            raise Problem("Address for this topic has already been taken", ADDRESS)
        name = asked.get("name", subscription.name)
        if name and any(one.name == name for one in others):
            raise Problem("Name already exists, no duplicate allowed", ["webhookSubscription", "name"])
        subscription.uri, subscription.format, subscription.filter, subscription.name = uri, form, filtered, name
        subscription.include_fields = list(asked.get("includeFields") or subscription.include_fields)
        subscription.updated_at = self._clock.now()


def address_problem(uri: str, *, any_address: bool = False) -> str | None:
    """What Shopify says of an address it does not take; None for one it takes."""
    if not uri.strip():
        return "Address can't be blank"
    if _PUBSUB.fullmatch(uri) or uri.startswith("arn:aws:events:"):
        return None
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").lower()
    except ValueError:
        return "Address is invalid"
    if any_address and parts.scheme in ("http", "https") and host:
        return None
    if parts.scheme and parts.scheme != "https" and parts.netloc:
        return f"Address protocol {parts.scheme}:// is not supported"
    if parts.scheme != "https" or (not _is_public_name(host) and not _is_internal(host)):
        return "Address is invalid"
    return "Address cannot be a Shopify or an internal domain" if _is_internal(host) else None


def _is_public_name(host: str) -> bool:
    return re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) is not None


def _is_internal(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    ours: Sequence[str] = ("myshopify.com", "shopify.com", "localhost", "local", "internal")
    return any(host == name or host.endswith(f".{name}") for name in ours)
