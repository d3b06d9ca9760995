"""Getting and renewing the right to read a shop."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from rich.pretty import pretty_repr

from contracts.simulated_shop import DOMAIN, NAME, Simulated
from shopsim.sim import CLIENT_ID, CLIENT_SECRET
from shopsync.errors import (
    StoreLocked,
    StoreNotFound,
    StorePaused,
    SyncError,
    Throttled,
    Unauthorized,
    Unavailable,
    UnexpectedData,
)
from shopsync.shopify import oauth
from shopsync.shopify.client import FixedToken
from shopsync.shopify.oauth import App, NotAShop, TokenGrant

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors" / "oauth_callback_hmac.json"
APP = App(CLIENT_ID, CLIENT_SECRET)
DOCUMENTED = (
    "code=a94a110d86d2452eb3e2af4cfb8a3828&hmac=2cb1a277650a659f1b11e92a4a64275b128e037f2c3390e3c8fd2d8721dac9e2"
    "&shop=some-shop.myshopify.com&timestamp=1337178173"
)


@pytest.fixture
def there() -> Simulated:
    return Simulated()


# Addresses


@pytest.mark.parametrize(
    "text",
    [
        "some-shop",
        " Some-Shop ",
        "some-shop.myshopify.com",
        "Some-Shop.MyShopify.com",
        "https://some-shop.myshopify.com",
        "https://some-shop.myshopify.com/admin/products?x=1",
        "http://some-shop.myshopify.com/",
        "https://admin.shopify.com/store/some-shop",
        "admin.shopify.com/store/some-shop/settings/apps",
    ],
)
def test_a_shop_is_known_by_any_of_its_addresses(text: str) -> None:
    assert oauth.normalise_shop(text) == "some-shop.myshopify.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "some shop",
        "-some-shop",
        "some_shop",
        "boutique-été",
        "some-shop.myshopify.com.evil.example",
        "evil.example/some-shop.myshopify.com",
        "https://some-shop.myshopify.com@evil.example/",
        "https://evil.example/?x=some-shop.myshopify.com",
        "https://evil.example#.myshopify.com",
        "sub.some-shop.myshopify.com",
        "some-shop.myshopify.com\n.evil.example",
        "myshopify.com",
        ".myshopify.com",
        "notshopify.com",
        "https://admin.shopify.com/",
        "https://admin.shopify.com/store/",
        "https://not-admin.shopify.com/store/some-shop",
        "https://[broken",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAShop):
        oauth.normalise_shop(text)


def test_the_merchant_is_sent_to_the_shops_consent_page() -> None:
    url = oauth.authorize_url(
        APP, DOMAIN, redirect_uri="https://us.example/back?x=1", state="once", scopes=["read_products", "read_x"]
    )
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", DOMAIN, "/admin/oauth/authorize")
    assert parse_qs(parts.query) == {
        "client_id": [CLIENT_ID],
        "scope": ["read_products,read_x"],
        "redirect_uri": ["https://us.example/back?x=1"],
        "state": ["once"],
    }
    elsewhere = oauth.authorize_url(
        APP, DOMAIN, redirect_uri="x", state="y", scopes=[], base_url="http://127.0.0.1:9/shops/x/"
    )
    assert elsewhere.startswith("http://127.0.0.1:9/shops/x/admin/oauth/authorize?")


# Signatures


def signed(text: str) -> str:
    return hmac.new(b"hush", text.encode(), hashlib.sha256).hexdigest()


def test_the_documented_callback_is_accepted() -> None:
    assert oauth.callback_is_signed(DOCUMENTED, "hush")


@pytest.mark.parametrize(
    "query",
    [
        DOCUMENTED.replace("timestamp=1337178173", "timestamp=133717817"),
        DOCUMENTED.replace("some-shop", "evil-shop"),
        DOCUMENTED + "&extra=1",
        DOCUMENTED.replace("hmac=2c", "hmac=2d"),
        DOCUMENTED.replace("hmac=2cb1a277650a659f1b11e92a4a64275b128e037f2c3390e3c8fd2d8721dac9e2&", ""),
        DOCUMENTED.replace("hmac=2cb1", "hmac=%C3%A9"),
        "",
    ],
)
def test_a_changed_or_unsigned_callback_is_refused(query: str) -> None:
    assert not oauth.callback_is_signed(query, "hush")
    assert not oauth.callback_is_signed(DOCUMENTED, "another secret")


def test_values_are_signed_encoded_as_the_libraries_do_or_plain_as_the_documentation_does() -> None:
    fields = {"host": "YWRtaW4=", "shop": "some-shop.myshopify.com", "state": "a b/c&d"}
    encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(fields.items()))
    plain = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    for text in (encoded, plain):
        assert oauth.callback_is_signed(urlencode({**fields, "hmac": signed(text)}), "hush")


def test_the_historic_signature_parameter_is_not_part_of_what_is_signed() -> None:
    assert oauth.callback_is_signed(DOCUMENTED + "&signature=31b9fcfbd98a3650b8523bcc92f8c5d2", "hush")


def test_the_first_of_a_repeated_parameter_counts() -> None:
    assert oauth.parse_query("shop=a&shop=b&code=&x=%20") == {"shop": "a", "code": "", "x": " "}


def test_the_published_vectors() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    vectors = json.loads(VECTORS.read_text())
    for case in vectors["cases"]:
        if case["hmac_valid"] is not None:
            assert oauth.callback_is_signed(case["query"], case["secret"]) is case["hmac_valid"], case["id"]
    for name in vectors["shop_names"]["valid"]:
        assert oauth.normalise_shop(name) == name
    for name in vectors["shop_names"]["invalid"]:
        with pytest.raises(NotAShop):
            oauth.normalise_shop(name)


# Tokens


def works(there: Simulated, grant: TokenGrant) -> bool:
    try:
        there.client(FixedToken(grant.access_token)).ask("shop")
    except Unauthorized:
        return False
    return True


def test_a_code_buys_an_expiring_token_once(there: Simulated) -> None:
    code = there.tenant.office.code(["read_products"])
    before = datetime.now(UTC)
    grant = oauth.exchange_code(APP, DOMAIN, code, transport=there.transport)
    assert works(there, grant)
    assert grant.scope == "read_products"
    assert grant.expires_at is not None
    assert grant.refresh_expires_at is not None
    assert timedelta(minutes=59) < grant.expires_at - before < timedelta(minutes=61)
    assert timedelta(days=89) < grant.refresh_expires_at - before < timedelta(days=91)
    with pytest.raises(Unauthorized):
        oauth.exchange_code(APP, DOMAIN, code, transport=there.transport)


def test_a_refresh_token_gives_a_new_pair_and_then_is_used_up(there: Simulated) -> None:
    first = oauth.exchange_code(APP, DOMAIN, there.tenant.office.code(["read_products"]), transport=there.transport)
    assert first.refresh_token
    there.tenant.office.expire_all()
    second = oauth.refresh(APP, DOMAIN, first.refresh_token, transport=there.transport)
    assert works(there, second)
    assert not works(there, first)
    assert second.refresh_token != first.refresh_token
    there.sim.clock.move(minutes=10)
    with pytest.raises(Unauthorized, match="invalid_grant"):
        oauth.refresh(APP, DOMAIN, first.refresh_token, transport=there.transport)


def test_a_lost_answer_to_a_refresh_can_be_asked_for_again(there: Simulated) -> None:
    first = oauth.exchange_code(APP, DOMAIN, there.tenant.office.code(["read_products"]), transport=there.transport)
    assert first.refresh_token
    once = oauth.refresh(APP, DOMAIN, first.refresh_token, transport=there.transport)
    twice = oauth.refresh(APP, DOMAIN, first.refresh_token, transport=there.transport)
    assert (once.access_token, once.refresh_token) == (twice.access_token, twice.refresh_token)


def test_an_own_app_gets_a_token_for_a_day_without_a_refresh_token(there: Simulated) -> None:
    grant = oauth.client_credentials(APP, DOMAIN, transport=there.transport)
    assert works(there, grant)
    assert grant.refresh_token is None
    assert grant.expires_at is not None
    assert grant.expires_at > datetime.now(UTC) + timedelta(hours=23)


def test_wrong_credentials_need_a_person(there: Simulated) -> None:
    with pytest.raises(Unauthorized):
        oauth.client_credentials(App(CLIENT_ID, "wrong"), DOMAIN, transport=there.transport)
    with pytest.raises(Unauthorized, match="invalid_client"):
        oauth.exchange_code(App(CLIENT_ID, "wrong"), DOMAIN, "code", transport=there.transport)


def test_a_shop_is_reached_at_another_address_too(there: Simulated) -> None:
    grant = oauth.client_credentials(APP, DOMAIN, base_url=f"http://127.0.0.1/shops/{NAME}/", transport=there.transport)
    assert works(there, grant)
    with pytest.raises(StoreNotFound):
        oauth.client_credentials(APP, DOMAIN, base_url="http://127.0.0.1/shops/nobody", transport=there.transport)


def answering(answer: httpx.Response, asked: list[httpx.Request] | None = None) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return answer

    return httpx.MockTransport(handle)


def test_an_old_token_is_moved_to_one_that_expires() -> None:
    asked: list[httpx.Request] = []
    granted = {"access_token": "new", "scope": "read_products", "expires_in": 3600, "refresh_token": "r"}
    grant = oauth.migrate(APP, DOMAIN, "old", transport=answering(httpx.Response(200, json=granted), asked))
    assert (grant.access_token, grant.refresh_token) == ("new", "r")
    form = parse_qs(asked[0].content.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:token-exchange"]
    assert form["subject_token"] == ["old"]
    assert form["subject_token_type"] == form["requested_token_type"]
    assert form["expiring"] == ["1"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, StoreNotFound),
        (400, Unauthorized),
        (401, Unauthorized),
        (402, StorePaused),
        (403, Unauthorized),
        (404, StoreNotFound),
        (418, UnexpectedData),
        (423, StoreLocked),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_every_refusal_has_its_remedy(status: int, error: type[SyncError]) -> None:
    body = {"error": "invalid_client", "error_description": f"secret {CLIENT_SECRET}"}
    transport = answering(httpx.Response(status, json=body, headers={"Retry-After": "3", "Location": "/"}))
    with pytest.raises(error) as raised:
        oauth.client_credentials(APP, DOMAIN, transport=transport)
    assert CLIENT_SECRET not in str(raised.value)
    if isinstance(raised.value, Throttled):
        assert raised.value.after == 3


def test_a_shop_that_does_not_answer_is_unavailable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unavailable):
        oauth.client_credentials(APP, DOMAIN, transport=httpx.MockTransport(refuse))


def test_an_answer_without_a_token_is_unexpected() -> None:
    for answer in (httpx.Response(200, text="<html>"), httpx.Response(200, json={"scope": "x"})):
        with pytest.raises(UnexpectedData):
            oauth.client_credentials(APP, DOMAIN, transport=answering(answer))


def test_secrets_are_not_part_of_what_a_traceback_shows() -> None:
    grant = TokenGrant("shpat_secret", "read_products", refresh_token="shprt_secret")
    for shown in (repr(grant), str(grant), pretty_repr(grant), repr(APP), pretty_repr(APP), f"{[grant, APP]}"):
        assert "secret" not in shown.replace(CLIENT_ID, "")
