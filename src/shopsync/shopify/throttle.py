"""Pacing by Shopify's own numbers: how long to wait so that the next query can be afforded.

https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

# Recommended where Shopify gives no number.
ONE_SECOND = 1.0


class ThrottleStatus(msgspec.Struct, rename="camel"):
    """The shop's bucket of points as an answer reports it. Numbers may be floats."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(msgspec.Struct, rename="camel"):
    """What a query cost, in points. ``actual_query_cost`` is None when nothing was executed."""

    requested_query_cost: float | None = None
    actual_query_cost: float | None = None
    throttle_status: ThrottleStatus | None = None


class Pace:
    """Remembers the bucket and what each query asks for, and says how long to wait before the next."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._status: ThrottleStatus | None = None
        self._seen_at = 0.0
        self._asked: dict[str, float] = {}

    def learn(self, name: str, cost: Cost | None) -> None:
        """Take in what an answer to the query ``name`` reports."""
        if cost is None:
            return
        if cost.requested_query_cost is not None:
            self._asked[name] = cost.requested_query_cost
        if cost.throttle_status is not None:
            self._status, self._seen_at = cost.throttle_status, self._now()

    def wait(self, name: str) -> float:
        """Seconds until the query ``name`` can be afforded; 0 when it can be, or nothing is known yet."""
        if self._status is None or name not in self._asked or self._status.restore_rate <= 0:
            return 0.0
        restored = (self._now() - self._seen_at) * self._status.restore_rate
        available = min(self._status.maximum_available, self._status.currently_available + restored)
        return max(0.0, (self._asked[name] - available) / self._status.restore_rate)

    def wait_after_refusal(self, name: str) -> float:
        """Seconds to wait after Shopify answered THROTTLED, at least the one it recommends."""
        return max(ONE_SECOND, self.wait(name))
