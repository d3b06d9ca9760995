"""Simulated shops for tests, mounted in-process: no socket, the whole of HTTP."""

from __future__ import annotations

import httpx

from shopsim.sim import Simulator, Tenant
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.pages import ShopifySource

CLIENT_ID, CLIENT_SECRET = "test-client", "test-secret"


def simulator(*names: str, throttled: bool = False) -> Simulator:
    """A simulator with these shops, empty and never throttled unless asked for."""
    sim = Simulator(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, throttled=throttled)
    for name in names or ("maple-and-thread",):
        sim.add_shop(name)
    return sim


def transport(sim: Simulator) -> httpx.WSGITransport:
    """What an HTTP client is given to reach the simulator; shops answer at their own host names."""
    return httpx.WSGITransport(app=sim.app)


def source(sim: Simulator, tenant: Tenant | None = None) -> ShopifySource:
    """A shop read with a valid token."""
    tenant = tenant or sim.default
    return ShopifySource(Client(tenant.shop.domain, FixedToken(tenant.token()), transport=transport(sim)))
