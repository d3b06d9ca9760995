"""A simulated shop to ask, in-process, and what it takes to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from shopsim.sim import Simulator, Tenant

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def sim() -> Simulator:
    return Simulator(client_id="the-app", client_secret="the-secret", throttled=False, webhooks_in_background=False)


@pytest.fixture
def tenant(sim: Simulator) -> Tenant:
    return sim.add_shop("maple-and-thread", currency="EUR")


@pytest.fixture
def http(sim: Simulator, tenant: Tenant) -> Iterator[httpx.Client]:
    """An HTTP client of the first shop."""
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def post(http: httpx.Client, tenant: Tenant) -> Callable[..., httpx.Response]:
    """Sends a query with a valid token and returns the whole answer."""
    token = tenant.token()

    def send(
        text: str,
        *,
        version: str = "2026-10",
        token: str = token,
        headers: dict[str, str] | None = None,
        **variables: Any,
    ) -> httpx.Response:
        body = {"query": text, "variables": variables}
        headers = {"X-Shopify-Access-Token": token, **(headers or {})}
        return http.post(f"/admin/api/{version}/graphql.json", json=body, headers=headers)

    return send


@pytest.fixture
def ask(post: Callable[..., httpx.Response]) -> Ask:
    """Sends a query and returns the answer's JSON."""
    return lambda text, **variables: post(text, **variables).raise_for_status().json()
