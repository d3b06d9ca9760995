"""One shop's Admin API: sends a query, paces itself, tries again what may succeed, and names what went wrong."""

from __future__ import annotations

import functools
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
import msgspec

from shopsync.errors import RetryLater, Throttled, Unauthorized, Unavailable, VersionEnded
from shopsync.ports import Watch
from shopsync.shopify import answers
from shopsync.shopify.documents import document
from shopsync.shopify.throttle import Pace

# https://shopify.dev/docs/api/usage/versioning: released 2026-10-01, served until 2027-10-16.
API_VERSION = "2026-10"
API_VERSION_ENDS = datetime(2027, 10, 16, 15, tzinfo=UTC)
# Shopify itself gives a query up after ten seconds.
TIMEOUT = 30.0
# How long one query may wait for its turn before the whole step is put off.
PATIENCE = 120.0
TRIES = 4
# A long wait is cut into pieces of at most this many seconds, so that ``on_wait`` can show a sign of life.
SIGN_OF_LIFE = 10.0


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities that may vouch for a shop's address, read once: that takes longer than asking a shop of nothing
    new."""
    return httpx.create_ssl_context()


class TokenSource(Protocol):
    """Gives the token to use, and a new one when Shopify refuses it."""

    def current(self) -> str:
        """The token to use now. Raises Unauthorized when there is none."""

    def renew(self) -> str:
        """A token that replaces the refused one. Raises Unauthorized when there is none to be had."""


class FixedToken:
    """A token that cannot be renewed: pasted, or just granted."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "<FixedToken>"

    def current(self) -> str:
        """The token."""
        return self._token

    def renew(self) -> str:
        """There is no other."""
        raise Unauthorized("Shopify no longer accepts this token.")


class Client:
    """Reads one shop. Make one per connection and run: it remembers the shop's pace and what it has cost.

    ``requests``, ``points`` and ``waited`` (seconds) count what the run used; ``served_version`` is the API version
    Shopify last answered with, which differs from ``API_VERSION`` when that is no longer served.
    """

    def __init__(
        self,
        shop: str,
        tokens: TokenSource,
        *,
        base_url: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        on_wait: Callable[[float], None] = lambda seconds: None,
        watch: Watch = nullcontext,
    ) -> None:
        """``base_url`` replaces the shop's own address, for simulators. ``on_wait`` is told before each wait how many
        seconds are still to go, and again every ten seconds of a long one. ``wait`` and ``clock`` go together.
        ``watch`` is told each request by its query's name."""
        self.shop = shop
        self._tokens = tokens
        self._url = f"{(base_url or f'https://{shop}').rstrip('/')}/admin/api/{API_VERSION}/graphql.json"
        self._http = httpx.Client(verify=trusted(), transport=transport, timeout=timeout, follow_redirects=False)
        self._patience, self._sleep, self._on_wait = patience, wait, on_wait
        self._watch = watch
        self._pace = Pace(clock)
        self.requests = 0
        self.points = 0.0
        self.waited = 0.0
        self.served_version: str | None = None

    def __repr__(self) -> str:
        return f"<Client of {self.shop}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    @property
    def version_is_served(self) -> bool:
        """False when Shopify answered with another version of the API than the one we speak."""
        return self.served_version in (None, API_VERSION)

    def ask(self, name: str, variables: Mapping[str, Any] | None = None) -> msgspec.Raw:
        """The `data` of the answer to the query `queries/<name>.graphql`, as JSON.

        Raises the errors of ``shopsync.errors``. What we send may be sent twice, so what may succeed on another
        try was tried again before, waiting for as long as Shopify says.
        """
        body = msgspec.json.encode({"query": document(name), "variables": dict(variables or {})})
        patience, tries, renewed = self._patience, TRIES, False
        while True:
            if wait := self._pace.wait(name):
                patience = self._wait(patience, Throttled(f"{self.shop} is busy.", after=wait), wait)
            try:
                with self._watch(name):
                    return self._once(name, body)
            except Unauthorized:
                if renewed:
                    raise
                renewed = True
                self._tokens.renew()
            except Throttled as error:
                # Waiting for our turn is no failed try: only patience ends it.
                wait = error.after or self._pace.wait_after_refusal(name)
                patience = self._wait(patience, Throttled(str(error), after=wait), wait)
            except Unavailable as error:
                tries -= 1
                if not tries:
                    raise
                patience = self._wait(patience, error, error.after or _backoff(TRIES - tries))

    def download(self, url: str) -> Iterator[bytes]:
        """The file behind a signed link, piece by piece; our token stays here. Raises Unavailable."""
        self.requests += 1
        try:
            with self._watch("download"), self._http.stream("GET", url) as response:
                if response.status_code != 200:
                    raise Unavailable(f"The result of {self.shop} cannot be downloaded ({response.status_code}).")
                yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise Unavailable(f"The download from {self.shop} broke off ({type(error).__name__}).") from error

    def _once(self, name: str, body: bytes) -> msgspec.Raw:
        answer = answers.read(self.shop, self._post(body))
        if cost := answer.extensions.cost:
            self._pace.learn(name, cost)
            self.points += cost.actual_query_cost or 0
        error = answers.graphql_error(self.shop, answer)
        if isinstance(error, answers.NotInSchema) and not self.version_is_served:
            raise VersionEnded(f"{self.shop} is served by version {self.served_version}, not {API_VERSION}.") from error
        if error:
            raise error
        return answer.data

    def _post(self, body: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": self._tokens.current()}
        self.requests += 1
        try:
            response = self._http.post(self._url, content=body, headers=headers)
        except httpx.ReadTimeout as error:
            raise answers.TookTooLong(f"{self.shop} did not answer in time.") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.shop} did not answer ({type(error).__name__}).") from error
        self.served_version = response.headers.get("X-Shopify-API-Version", self.served_version)
        if refusal := answers.http_error(self.shop, response):
            raise refusal
        return response

    def _wait(self, patience: float, reason: RetryLater, seconds: float) -> float:
        """Wait, and return the patience that is left. Raises the reason when it does not reach."""
        if seconds > patience:
            raise reason
        left = seconds
        while left > 0:
            self._on_wait(left)
            piece = min(left, SIGN_OF_LIFE)
            self._sleep(piece)
            left -= piece
        self.waited += seconds
        return patience - seconds


def _backoff(failures: int) -> float:
    """Half a second, then twice as long each time, with jitter so that many shops do not come back at once."""
    return float(2 ** (failures - 2)) * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret
