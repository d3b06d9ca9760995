"""The bad days a person can give a shop with one click, each with what the next sync will see of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from shopsim.faults import Faults


class BadDay(NamedTuple):
    """A fault, or several that belong together; ``sees`` may say how often by `{times}`."""

    name: str
    label: str
    faults: dict[str, Any]
    sees: str

    def is_on(self, now: Faults) -> bool:
        """Whether it is on, and has not come to its end yet."""
        return all(
            getattr(now, name) != 0 if _counts(name, value) else getattr(now, name) == value
            for name, value in self.faults.items()
        )

    def seen(self, now: Faults) -> str:
        """What the next sync will see, as things stand."""
        left = next((getattr(now, name) for name, value in self.faults.items() if _counts(name, value)), 0)
        times = {-1: "every time", 1: "once", 2: "twice"}.get(left, f"{left} times")
        return self.sees.format(times=times)


ANSWERS = (
    BadDay("throttle", "Throttle 5 queries", {"throttle": 5}, "THROTTLED {times}"),
    BadDay("errors", "502, three times", {"http_status": 502, "http_requests": 3}, "502 Bad Gateway {times}"),
    BadDay(
        "too_many",
        "429, three times",
        {"http_status": 429, "http_requests": 3},
        "429 Too Many Requests {times}, with the time to wait",
    ),
    BadDay("internal_error", "Internal error, twice", {"internal_error": 2}, "INTERNAL_SERVER_ERROR {times}"),
    BadDay("drop", "Hang up twice", {"drop": 2}, "its connection closed without an answer {times}"),
    BadDay("not_json", "HTML instead of JSON, once", {"not_json": 1}, "HTML instead of JSON {times}"),
    BadDay("slow", "A second late", {"slow": 1.0}, "every answer a second late"),
)
ACCESS = (
    BadDay("refuse_token", "Refuse the token", {"refuse_token": True}, "401 Unauthorized for every token"),
    BadDay(
        "missing_scope", "Take away read_products", {"missing_scope": True}, "ACCESS_DENIED for whatever needs a scope"
    ),
    BadDay("forbidden", "403 from now on", {"http_status": 403, "http_requests": -1}, "403 Forbidden {times}"),
    BadDay(
        "oauth",
        "503 for new tokens, twice",
        {"oauth_status": 503, "oauth_requests": 2},
        "503 Service Unavailable {times} when the app asks for a token",
    ),
)
SHOP = (
    BadDay("frozen", "Freeze it, unpaid", {"frozen": True}, "402 Payment Required"),
    BadDay("locked", "Lock it", {"locked": True}, "423 Locked"),
    BadDay("closed", "Close it", {"closed": True}, "404 Not Found for everything"),
    BadDay("inactive", "Make it inactive", {"inactive": True}, "SHOP_INACTIVE"),
    BadDay("index_lag", "Search lags 5 minutes", {"index_lag": 300.0}, "filtered lists as they were 5 minutes ago"),
)
BULK = (
    BadDay("bulk_timeout", "Fail half way", {"bulk_ends": "TIMEOUT"}, "a bulk operation FAILED, with part of a file"),
    BadDay("bulk_canceled", "Cancel by itself", {"bulk_ends": "CANCELED"}, "a bulk operation CANCELED by Shopify"),
    BadDay("bulk_limit", "Refuse new ones", {"bulk_limit": True}, "LIMIT_REACHED when it starts a bulk operation"),
    BadDay("bulk_shuffled", "Children first", {"bulk_shuffled": True}, "a bulk result with children before parents"),
)
WEBHOOKS = (
    BadDay("webhooks_lost", "Lose three", {"webhooks_lost": 3}, "a webhook lost {times}"),
    BadDay("webhooks_doubled", "Send three twice", {"webhooks_doubled": 3}, "a webhook delivered twice, {times}"),
    BadDay("webhooks_shuffled", "Out of order", {"webhooks_shuffled": True}, "webhooks in another order than edits"),
)
GROUPS = (
    ("Answers", ANSWERS),
    ("Access", ACCESS),
    ("The shop", SHOP),
    ("Bulk operations", BULK),
    ("Webhooks", WEBHOOKS),
)
BY_NAME = {day.name: day for _title, days in GROUPS for day in days}


def _counts(name: str, value: Any) -> bool:
    """Whether a fault is a number of times."""
    return type(value) is int and not name.endswith("_status")
