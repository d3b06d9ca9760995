"""Turns what happens in a shop into webhooks for whoever subscribed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from shopsim.bulk import BulkOperation
from shopsim.catalog import Product, Variant
from shopsim.courier import Courier, headers_of
from shopsim.faults import FaultSwitches
from shopsim.fields import time_text
from shopsim.hooks import COMPLIANCE, Subscription, Subscriptions
from shopsim.ids import gid
from shopsim.payloads import (
    compliance_body,
    deleted_body,
    inventory_item_body,
    product_body,
    scopes_body,
    shop_body,
)
from shopsim.shop import Shop

REDACT_AFTER_SECONDS = 48 * 3600
# Deliveries that come in another order wait this many seconds in turn, so that four arrive backwards.
SHUFFLED = (3.0, 2.0, 1.0, 0.0)


class PostOffice:
    """The webhooks of one app in one shop."""

    def __init__(
        self, shop: Shop, secret: str, courier: Courier, faults: FaultSwitches, installed: Callable[[], bool]
    ) -> None:
        """``installed`` says whether the app is in the shop; once it is not, only the privacy topics reach it."""
        self._installed = installed
        self.shop, self._secret, self._courier, self._faults = shop, secret, courier, faults
        self.subscriptions = Subscriptions(shop.clock)
        self._sent = 0
        shop.listeners.append(self._happened)

    def say(self, topic: str, body: dict[str, Any], delay: float = 0) -> int:
        """Send a body to every subscription of a topic that wants it, after some seconds; returns how many do."""
        if not self._installed() and topic not in COMPLIANCE:
            return 0
        event_id = str(uuid.uuid4())
        wanted = [(one, part) for one in self.subscriptions.of(topic) if (part := one.body(body)) is not None]
        for subscription, part in wanted:
            self._send(subscription, part, event_id, delay)
        return len(wanted)

    def uninstalled(self) -> None:
        """Say that the app is gone; what it subscribed to through the API ends. Two days later its data must go."""
        self.say("app/uninstalled", shop_body(self.shop))
        self.say("shop/redact", compliance_body(self.shop, "shop/redact"), REDACT_AFTER_SECONDS)
        self.subscriptions.clear()

    def shop_changed(self) -> None:
        """Say that the shop itself changed."""
        self.say("shop/update", shop_body(self.shop))

    def scopes_changed(self, previous: list[str], current: list[str]) -> None:
        """Say that the app may do something else than before."""
        self.say("app/scopes_update", scopes_body(self.shop, previous, current))

    def comply(self, topic: str) -> int:
        """Send one of the privacy topics. Raises ValueError for another topic."""
        if topic not in COMPLIANCE:
            raise ValueError(f"{topic} is no privacy topic; there are {', '.join(COMPLIANCE)}.")
        return self.say(topic, compliance_body(self.shop, topic))

    def bulk_finished(self, operation: BulkOperation) -> None:
        """Say that a bulk operation ended."""
        self.say(
            "bulk_operations/finish",
            {
                "admin_graphql_api_id": gid("BulkOperation", operation.id),
                "completed_at": time_text(operation.completed_at),
                "created_at": time_text(operation.created_at),
                "error_code": operation.error_code.lower() if operation.error_code else None,
                "status": operation.status.lower(),
                "type": "query",
            },
        )

    def _happened(self, topic: str, product: Product, variant: Variant | None) -> None:
        if not self._installed() or not self.subscriptions.of(topic):
            return
        if topic == "products/delete":
            self.say(topic, deleted_body(product))
        elif variant is not None:
            self.say(topic, inventory_item_body(variant))
        else:
            self.say(topic, product_body(product))

    def _send(self, subscription: Subscription, body: dict[str, Any], event_id: str, delay: float) -> None:
        if self._faults.takes("webhooks_lost"):
            return
        raw = msgspec.json.encode(body).replace(b"/", b"\\/")
        headers = headers_of(
            subscription,
            raw,
            shop_domain=self.shop.domain,
            secret=self._secret,
            event_id=event_id,
            at=self.shop.clock.timestamp(),
        )
        if self._faults.now.webhooks_shuffled:
            delay += SHUFFLED[self._sent % len(SHUFFLED)]
        self._sent += 1
        for _copy in range(2 if self._faults.takes("webhooks_doubled") else 1):
            self._courier.send(subscription, raw, headers, delay)
