"""An app is installed, its tokens are renewed and taken away, as at Shopify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from shopsim.oauth import sign_query
from shopsim.sim import Simulator, Tenant

CALLBACK = "https://stock.example/callback"
ASKED = {
    "client_id": "the-app",
    "scope": "read_products,read_inventory",
    "redirect_uri": CALLBACK,
    "state": "n0nce & more",
}
VECTORS = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "oauth_callback_hmac.json"


def approve(http: httpx.Client, **changed: str) -> dict[str, str]:
    """The query of the callback after the merchant approved."""
    answer = http.post("/admin/oauth/authorize", data={**ASKED, "decision": "approve", **changed})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query, strict_parsing=True))


def token(http: httpx.Client, status: int = 200, **body: str) -> dict:
    secrets = {"client_id": "the-app", "client_secret": "the-secret"}
    answer = http.post("/admin/oauth/access_token", data={**secrets, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_consent_page_says_who_asks_for_what(http: httpx.Client) -> None:
    page = http.get("/admin/oauth/authorize", params=ASKED)
    assert page.status_code == 200
    assert "the-app" in page.text
    assert "read_products" in page.text
    assert "maple-and-thread.myshopify.com" in page.text


def test_the_callback_is_signed_with_the_apps_secret_and_brings_the_state_back(http: httpx.Client) -> None:
    query = approve(http)
    given = query.pop("hmac")
    # Computed here from the documented rule, not with the simulator's own function.
    text = "&".join(f"{name}={httpx.QueryParams({'x': query[name]})}".replace("x=", "", 1) for name in sorted(query))
    text = text.replace("+", "%20")
    assert given == hmac.new(b"the-secret", text.encode(), hashlib.sha256).hexdigest()
    assert query["state"] == "n0nce & more"
    assert query["shop"] == "maple-and-thread.myshopify.com"
    padded = query["host"] + "=" * (-len(query["host"]) % 4)
    assert base64.b64decode(padded) == b"admin.shopify.com/store/maple-and-thread"


def test_signatures_agree_with_those_of_official_clients() -> None:
    if not VECTORS.exists():
        pytest.skip("the signature vectors are not beside the project: signatures were checked by the rule alone")
    for case in json.loads(VECTORS.read_text())["cases"]:
        query = dict(parse_qsl(case["query"], keep_blank_values=True))
        if case["hmac_valid"] is not None:
            assert (sign_query(query, case["secret"]) == query["hmac"]) is case["hmac_valid"], case["id"]


def test_who_cancels_gives_no_code(http: httpx.Client) -> None:
    query = approve(http, decision="cancel")
    assert query["error"] == "access_denied"
    assert "code" not in query


def test_a_merchant_may_take_scopes_away(http: httpx.Client) -> None:
    page = http.get("/admin/oauth/authorize", params=ASKED).text
    assert re.findall(r'name="keep" value="(\w+)" checked', page) == ["read_products", "read_inventory"]
    code = approve(http, decision="chosen", keep="read_inventory")["code"]
    assert token(http, code=code)["scope"] == "read_inventory"


@pytest.mark.parametrize("changed", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/"}])
def test_another_app_or_address_is_refused(changed: dict[str, str]) -> None:
    sim = Simulator(client_id="the-app", redirect_uris=[CALLBACK])
    sim.add_shop("one")
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app), base_url="http://127.0.0.1") as http:
        assert http.get("/admin/oauth/authorize", params={**ASKED, **changed}).status_code == 400
        assert http.get("/admin/oauth/authorize", params=ASKED).status_code == 200


def test_a_code_buys_one_token(http: httpx.Client) -> None:
    code = approve(http)["code"]
    body = token(http, code=code)
    assert set(body) == {"access_token", "scope"}
    assert body["scope"] == "read_products,read_inventory"
    assert token(http, 400, code=code) == {
        "error": "invalid_request",
        "error_description": "The authorization code was not found or was already used",
    }


def test_a_code_ends(http: httpx.Client, sim: Simulator) -> None:
    code = approve(http)["code"]
    sim.clock.move(minutes=11)
    assert token(http, 400, code=code)["error"] == "invalid_request"


def test_an_expiring_token_brings_a_refresh_token(http: httpx.Client) -> None:
    body = token(http, code=approve(http)["code"], expiring="1")
    assert (body["expires_in"], body["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert body["access_token"].startswith("shpat_")
    assert body["refresh_token"].startswith("shprt_")


def test_json_is_as_good_as_a_form(http: httpx.Client) -> None:
    secrets = {"client_id": "the-app", "client_secret": "the-secret", "code": approve(http)["code"], "expiring": 1}
    assert http.post("/admin/oauth/access_token", json=secrets).json()["expires_in"] == 3600


def renew(http: httpx.Client, refresh: str, status: int = 200) -> dict:
    return token(http, status, grant_type="refresh_token", refresh_token=refresh)


def works(http: httpx.Client, access: str) -> bool:
    headers = {"X-Shopify-Access-Token": access}
    answer = http.post("/admin/api/2026-10/graphql.json", json={"query": "{ shop { id } }"}, headers=headers)
    return answer.status_code == 200


def test_a_refresh_token_works_once_and_repeats_its_answer_for_a_moment(http: httpx.Client, sim: Simulator) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    second = renew(http, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert works(http, first["access_token"])
    assert works(http, second["access_token"])
    again = renew(http, first["refresh_token"])
    assert again["access_token"] == second["access_token"]
    assert again["refresh_token"] == second["refresh_token"]
    sim.clock.move(61)
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}
    assert renew(http, second["refresh_token"])["access_token"] not in (first, second)


def test_a_refresh_token_whose_successor_was_used_is_dead_at_once(http: httpx.Client) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    renew(http, renew(http, first["refresh_token"])["refresh_token"])
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}


def test_a_new_token_ends_the_refresh_tokens_of_older_ones(http: httpx.Client) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    token(http, code=approve(http)["code"], expiring="1")
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}
    assert works(http, first["access_token"])


def test_a_refresh_token_ends_after_ninety_days(http: httpx.Client, sim: Simulator) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    sim.clock.move(days=91)
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}


def test_a_wrong_secret_is_no_client(http: httpx.Client) -> None:
    body = token(http, 401, grant_type="refresh_token", refresh_token="shprt_x", client_secret="wrong")
    assert body["error"] == "invalid_client"


def test_client_credentials_last_a_day(http: httpx.Client, sim: Simulator) -> None:
    body = token(http, grant_type="client_credentials")
    assert (body["scope"], body["expires_in"]) == ("read_products", 86_399)
    assert "refresh_token" not in body
    sim.clock.move(hours=23)
    assert works(http, body["access_token"])
    sim.clock.move(hours=2)
    assert not works(http, body["access_token"])


def test_wrong_client_credentials_are_refused_in_shopifys_words(http: httpx.Client) -> None:
    body = token(http, 400, grant_type="client_credentials", client_secret="wrong")
    assert body == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def test_an_app_that_was_uninstalled_has_no_tokens(http: httpx.Client, tenant: Tenant) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    headers = {"X-Shopify-Access-Token": first["access_token"]}
    assert http.delete("/admin/api_permissions/current.json", headers=headers).status_code == 200
    assert not works(http, first["access_token"])
    assert renew(http, first["refresh_token"], 401)["error"] == "invalid_client"
    assert http.delete("/admin/api_permissions/current.json", headers=headers).status_code == 401
    assert works(http, token(http, code=approve(http)["code"])["access_token"])


def test_a_code_that_was_not_used_ends_with_the_installation(http: httpx.Client, tenant: Tenant) -> None:
    code = approve(http)["code"]
    tenant.uninstall()
    assert token(http, 400, code=code)["error"] == "invalid_request"


def test_a_token_that_was_revoked_by_hand_cannot_be_renewed(http: httpx.Client, tenant: Tenant) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    tenant.office.revoke_all()
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}


def test_a_repeated_refresh_does_not_outlive_its_answer(http: httpx.Client) -> None:
    first = token(http, code=approve(http)["code"], expiring="1")
    renew(http, first["refresh_token"])
    token(http, code=approve(http)["code"], expiring="1")
    assert renew(http, first["refresh_token"], 400) == {"error": "invalid_grant"}


def test_without_a_scope_the_app_gets_what_its_configuration_asks_for(http: httpx.Client, tenant: Tenant) -> None:
    tenant.app_scopes = ("read_products", "read_inventory")
    page = http.get("/admin/oauth/authorize", params={**ASKED, "scope": ""})
    assert "read_inventory" in page.text
    assert token(http, code=approve(http, scope="")["code"])["scope"] == "read_products,read_inventory"


def test_a_callback_address_keeps_its_own_query(http: httpx.Client) -> None:
    data = {**ASKED, "decision": "approve", "redirect_uri": f"{CALLBACK}?from=shop"}
    address = urlsplit(http.post("/admin/oauth/authorize", data=data).headers["Location"])
    assert dict(parse_qsl(address.query, strict_parsing=True)).keys() >= {"from", "code", "hmac", "state"}


@pytest.mark.parametrize("address", ["", "callback", "javascript:alert(1)"])
def test_a_callback_address_must_be_absolute(http: httpx.Client, address: str) -> None:
    for answer in (
        http.get("/admin/oauth/authorize", params={**ASKED, "redirect_uri": address}),
        http.post("/admin/oauth/authorize", data={**ASKED, "redirect_uri": address, "decision": "approve"}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', "é".encode("latin-1")])
def test_a_body_that_is_neither_form_nor_json_is_a_bad_request(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/admin/oauth/access_token", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_client_with_another_alphabet_is_no_client(http: httpx.Client) -> None:
    body = token(http, 401, grant_type="refresh_token", refresh_token="shprt_x", client_id="Ł", client_secret="密")
    assert body["error"] == "invalid_client"


def test_the_token_endpoint_has_bad_days_of_its_own(http: httpx.Client, tenant: Tenant) -> None:
    tenant.faults.set(oauth_status=429, oauth_requests=1)
    answer = http.post("/admin/oauth/access_token", data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1.0")
    assert token(http, grant_type="client_credentials")["access_token"]
