"""A simulated Shopify shop in this process, and a client that reads it without waiting for real."""

from __future__ import annotations

from typing import Any

import httpx

from shopsim.app import Dropped
from shopsim.shop import Shop
from shopsim.sim import Simulator, Tenant
from shopsync.errors import NotReady
from shopsync.shopify.bulk import BulkReader
from shopsync.shopify.client import Client, FixedToken, TokenSource
from shopsync.shopify.familiar import Keeper
from shopsync.shopify.pages import ShopifySource
from shopsync.values import Page

NAME = "maple-and-thread"
DOMAIN = f"{NAME}.myshopify.com"


class InProcess(httpx.WSGITransport):
    """The simulator's door; a dropped connection looks like one."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except Dropped as error:
            raise httpx.RemoteProtocolError("Server disconnected.", request=request) from error


class MemoryKeeper:
    """Keeps what the last whole read looked like. Implements ``shopsync.shopify.familiar.Keeper``."""

    def __init__(self) -> None:
        self.texts = b""

    def load(self) -> bytes:
        """What was saved last."""
        return self.texts

    def save(self, texts: bytes) -> None:
        """Keep this instead."""
        self.texts = texts


class Simulated:
    """One simulated shop. Waiting moves the simulator's clock and is written down."""

    def __init__(self, *, throttled: bool = True) -> None:
        self.sim = Simulator(throttled=throttled)
        self.tenant: Tenant = self.sim.add_shop(NAME, currency="EUR")
        self.waits: list[float] = []

    @property
    def shop(self) -> Shop:
        """The shop, from the merchant's side."""
        return self.tenant.shop

    @property
    def transport(self) -> httpx.BaseTransport:
        """For whoever makes an HTTP client."""
        return InProcess(app=self.sim.app)

    @property
    def asked(self) -> list[str]:
        """The operations that were asked for, in order."""
        return [request.operation for request in self.sim.requests]

    def client(self, tokens: TokenSource | None = None, **options: Any) -> Client:
        """A client of the shop."""
        return Client(
            DOMAIN,
            tokens or FixedToken(self.tenant.token()),
            transport=self.transport,
            wait=self.wait,
            clock=self.sim.clock.timestamp,
            **options,
        )

    def source(
        self, kind: type[ShopifySource] = ShopifySource, keeper: Keeper | None = None, **options: Any
    ) -> ShopifySource:
        """The shop as the engine reads it, in bulk a few products at a time."""
        client = self.client()
        bulk = BulkReader(client, keeper=keeper, clock=self.sim.clock.timestamp, page_bytes=4_000)
        return kind(client, bulk=bulk, **options)

    def patiently(self, source: ShopifySource, cursor: str) -> Page:
        """The page at this cursor, once Shopify has prepared it."""
        while True:
            try:
                return source.read(cursor)
            except NotReady as error:
                self.wait(error.after)

    def wait(self, seconds: float) -> None:
        """Time passes at once."""
        self.waits.append(seconds)
        self.sim.clock.move(seconds)
