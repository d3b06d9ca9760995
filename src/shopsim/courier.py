"""Carries webhooks: signed, again and again while the address fails, twice or late or never when told to.

https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from shopsim.clock import Clock
from shopsim.hooks import Subscription

API_VERSION = "2026-10"
ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 1.0
# Eight retries within four hours; how they are spread is not published.
RETRY_AFTER_SECONDS = (10, 60, 300, 900, 1800, 2700, 3600, 5030)
LOOK_SECONDS = 0.1


class Delivery:
    """One webhook on its way to one address."""

    def __init__(self, subscription: Subscription, body: bytes, headers: dict[str, str], due: float) -> None:
        self.subscription, self.body, self.headers, self.due = subscription, body, headers, due
        self.attempts = 0


class Delivered(NamedTuple):
    """An attempt that was made: where to, which one, and the HTTP status, or 0 when nothing answered."""

    topic: str
    uri: str
    webhook_id: str
    attempt: int
    status: int


class Courier:
    """Delivers for every shop of a simulator, in a thread of its own unless told to be driven by hand."""

    def __init__(self, clock: Clock, *, in_background: bool = True) -> None:
        self._clock, self._in_background = clock, in_background
        self.transport: httpx.BaseTransport | None = None
        # How many times faster than at Shopify failed deliveries are tried again.
        self.haste = 1.0
        self.log: deque[Delivered] = deque(maxlen=10_000)
        self.lost = 0
        # What else is to be done as time passes; each says whether there is more to do.
        self.chores: list[Callable[[], bool]] = []
        self._waiting: list[Delivery] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._client: httpx.Client | None = None

    def send(self, subscription: Subscription, body: bytes, headers: dict[str, str], delay: float = 0) -> None:
        """Deliver soon, or after some seconds."""
        delivery = Delivery(subscription, body, headers, self._clock.timestamp() + delay)
        with self._changed:
            self._waiting.append(delivery)
            self._changed.notify_all()
        self.wake()

    def wake(self) -> None:
        """See to it that somebody works."""
        with self._changed:
            if self._in_background and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="shopsim-courier", daemon=True)
                self._thread.start()

    @property
    def waiting(self) -> int:
        """How many deliveries have not arrived yet."""
        with self._changed:
            return len(self._waiting)

    def run_due(self) -> int:
        """Make every attempt that is due by the simulator's clock; returns how many were made."""
        made = 0
        while (delivery := self._next()) is not None:
            self._attempt(delivery)
            made += 1
        return made

    def forget(self, subscription: Subscription) -> None:
        """Nothing more goes to a subscription that has ended."""
        with self._changed:
            self._waiting = [one for one in self._waiting if one.subscription is not subscription]

    def _next(self) -> Delivery | None:
        with self._changed:
            due = [one for one in self._waiting if one.due <= self._clock.timestamp()]
            if not due:
                return None
            first = min(due, key=lambda one: one.due)
            self._waiting.remove(first)
            return first

    def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        status = self._post(delivery)
        subscription, headers = delivery.subscription, delivery.headers
        self.log.append(
            Delivered(subscription.topic, subscription.uri, headers["X-Shopify-Webhook-Id"], delivery.attempts, status)
        )
        if 200 <= status < 300:
            subscription.failures = 0
            return
        subscription.failures += 1
        if subscription.ended:
            self.forget(subscription)
            return
        if delivery.attempts > len(RETRY_AFTER_SECONDS):
            self.lost += 1
            return
        delivery.due = self._clock.timestamp() + RETRY_AFTER_SECONDS[delivery.attempts - 1] / self.haste
        with self._changed:
            self._waiting.append(delivery)

    def _post(self, delivery: Delivery) -> int:
        if self._client is None:
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            # Apps being built have certificates of their own making.
            self._client = httpx.Client(transport=self.transport, timeout=timeout, verify=False)  # noqa: S501
        began = time.monotonic()
        try:
            answer = self._client.post(delivery.subscription.uri, content=delivery.body, headers=delivery.headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        # The five seconds are for all of it; the client counts them anew with every byte.
        return 0 if time.monotonic() - began > ANSWER_SECONDS else answer.status_code

    def _work(self) -> None:
        """Work until there is nothing left to wait for."""
        while True:
            more = [chore() for chore in self.chores]
            self.run_due()
            with self._changed:
                if not any(more) and not self._waiting:
                    self._thread = None
                    return
                self._changed.wait(LOOK_SECONDS)


def headers_of(
    subscription: Subscription, body: bytes, *, shop_domain: str, secret: str, event_id: str, at: float
) -> dict[str, str]:
    """The headers of a delivery; the signature is over the body alone."""
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    when = datetime.fromtimestamp(at, UTC)
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": subscription.topic,
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Shop-Domain": shop_domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Event-Id": event_id,
        "X-Shopify-Triggered-At": f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06d}000Z",
        "User-Agent": "Shopify-Captain-Hook",
    }
    if subscription.name:
        headers["X-Shopify-Name"] = subscription.name
    return headers
