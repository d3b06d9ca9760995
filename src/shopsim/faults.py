"""Switches that make a shop misbehave, as Shopify does on bad days."""

from __future__ import annotations

import threading
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shopsim.search_index import KEPT_SECONDS

Times = Annotated[int, Meta(ge=-1)]
HttpStatus = Annotated[int, Meta(ge=200, le=599)]


class Faults(msgspec.Struct):
    """What is wrong with a shop at the moment. Numbers count down with each request; -1 means until cleared.

    ``oauth_status`` is for the token endpoint alone. ``bulk_ends`` is how bulk operations started now will end:
    CANCELED, or FAILED with one of Shopify's error codes; with ``bulk_limit`` none can be started.
    """

    throttle: Times = 0
    internal_error: Times = 0
    http_status: HttpStatus = 200
    http_requests: Times = 0
    oauth_status: HttpStatus = 200
    oauth_requests: Times = 0
    drop: Times = 0
    slow: Annotated[float, Meta(ge=0, le=120)] = 0.0
    refuse_token: bool = False
    missing_scope: bool = False
    frozen: bool = False
    locked: bool = False
    closed: bool = False
    inactive: bool = False
    not_json: Times = 0
    index_lag: Annotated[float, Meta(ge=0, le=KEPT_SECONDS)] = 0.0
    bulk_ends: Literal["", "CANCELED", "ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "TIMEOUT"] = ""
    bulk_limit: bool = False
    bulk_shuffled: bool = False
    webhooks_lost: Times = 0
    webhooks_doubled: Times = 0
    webhooks_shuffled: bool = False


class FaultSwitches:
    """The faults of one shop, with verbs to switch them on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Faults()

    @property
    def now(self) -> Faults:
        """The faults as they stand."""
        return self._now

    def set(self, **faults: Any) -> None:
        """Switch faults on or off by name. Raises ValueError for a fault there is not, or a value it cannot have.

        A status without a number of requests is answered until cleared.
        """
        with self._lock:
            unknown = set(faults) - set(Faults.__struct_fields__)
            if unknown:
                raise ValueError(f"There is no fault {', '.join(sorted(unknown))}.")
            for kind in ("http", "oauth"):
                if faults.get(f"{kind}_status", 200) != 200:
                    faults.setdefault(f"{kind}_requests", -1)
            try:
                self._now = msgspec.convert({**msgspec.to_builtins(self._now), **faults}, Faults)
            except msgspec.ValidationError as error:
                problem, _, place = str(error).partition(" - at `$.")
                raise ValueError(f"{place.rstrip('`')}: {problem}.") from None

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._now = Faults()

    def throttle(self, requests: int = -1) -> None:
        """Answer THROTTLED this many times."""
        self.set(throttle=requests)

    def answer(self, status: int, requests: int = -1) -> None:
        """Answer with this HTTP status this many times."""
        self.set(http_status=status, http_requests=requests)

    def internal_error(self, requests: int = -1) -> None:
        """Answer with Shopify's internal error this many times."""
        self.set(internal_error=requests)

    def drop(self, requests: int = -1) -> None:
        """Close the connection without an answer this many times."""
        self.set(drop=requests)

    def takes(self, name: str) -> bool:
        """Whether a counting fault applies to this request, counting it."""
        with self._lock:
            left: int = getattr(self._now, name)
            if left > 0:
                setattr(self._now, name, left - 1)
            return left != 0
