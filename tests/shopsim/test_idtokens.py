"""ID tokens of embedded apps, and what they and old tokens are exchanged for."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from shopsim import idtokens
from shopsim.sim import Simulator, Tenant

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


def exchange(http: httpx.Client, subject: str, status: int = 200, **changed: str) -> dict[str, Any]:
    body = {
        "client_id": "the-app",
        "client_secret": "the-secret",
        "grant_type": EXCHANGE,
        "subject_token": subject,
        "subject_token_type": ID_TOKEN,
        "requested_token_type": OFFLINE,
        "expiring": "1",
        **changed,
    }
    answer = http.post("/admin/oauth/access_token", data=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_id_token_says_who_it_is_for_and_lives_a_minute(tenant: Tenant, sim: Simulator) -> None:
    payload = tenant.id_token().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["iss"] == "https://maple-and-thread.myshopify.com/admin"
    assert claims["dest"] == "https://maple-and-thread.myshopify.com"
    assert claims["aud"] == "the-app"
    assert claims["exp"] - claims["nbf"] == 60
    assert claims["nbf"] == claims["iat"] == pytest.approx(sim.clock.timestamp(), abs=2)


def test_an_id_token_buys_an_expiring_token(http: httpx.Client, tenant: Tenant) -> None:
    body = exchange(http, tenant.id_token())
    assert (body["expires_in"], body["scope"]) == (3600, "read_products")
    assert body["refresh_token"].startswith("shprt_")
    assert tenant.office.scopes_of(body["access_token"]) == {"read_products"}


def test_without_expiring_it_buys_one_that_does_not_end(http: httpx.Client, tenant: Tenant) -> None:
    assert set(exchange(http, tenant.id_token(), expiring="0")) == {"access_token", "scope"}


def test_an_id_token_that_has_ended_buys_nothing(http: httpx.Client, tenant: Tenant, sim: Simulator) -> None:
    token = tenant.id_token()
    sim.clock.move(69)
    exchange(http, token)
    sim.clock.move(3)
    assert exchange(http, token, 400) == {"error": "invalid_subject_token"}


@pytest.mark.parametrize("which", ["other shop", "other app", "other secret", "changed", "nonsense"])
def test_an_id_token_of_another_buys_nothing(http: httpx.Client, tenant: Tenant, sim: Simulator, which: str) -> None:
    now, domain = sim.clock.timestamp(), tenant.shop.domain
    token = {
        "other shop": idtokens.issue("other.myshopify.com", "the-app", "the-secret", now),
        "other app": idtokens.issue(domain, "other-app", "the-secret", now),
        "other secret": idtokens.issue(domain, "the-app", "other-secret", now),
        "changed": tenant.id_token().replace(".", ".e", 1),
        "nonsense": "nonsense",
    }[which]
    assert exchange(http, token, 400) == {"error": "invalid_subject_token"}


def test_an_old_token_is_exchanged_once_for_an_expiring_one(http: httpx.Client, tenant: Tenant) -> None:
    old = tenant.token(["read_inventory", "read_products"])
    body = exchange(http, old, subject_token_type=OFFLINE)
    assert (body["scope"], body["expires_in"]) == ("read_inventory,read_products", 3600)
    assert tenant.office.scopes_of(old) is None
    assert exchange(http, old, 400, subject_token_type=OFFLINE) == {"error": "invalid_subject_token"}


@pytest.mark.parametrize("changed", [{"requested_token_type": "urn:other"}, {"subject_token_type": "urn:other"}])
def test_another_kind_of_token_is_refused(http: httpx.Client, tenant: Tenant, changed: dict[str, str]) -> None:
    assert exchange(http, tenant.id_token(), 400, **changed)["error"] in ("invalid_request", "invalid_subject_token")


def test_the_secret_is_needed_too(http: httpx.Client, tenant: Tenant) -> None:
    assert exchange(http, tenant.id_token(), 401, client_secret="wrong")["error"] == "invalid_client"
