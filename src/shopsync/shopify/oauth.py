"""Getting and renewing the right to read a shop: addresses, signatures and token requests.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import msgspec

from shopsync.errors import (
    StoreLocked,
    StoreNotFound,
    StorePaused,
    Throttled,
    Unauthorized,
    Unavailable,
    UnexpectedData,
)
from shopsync.shopify.client import trusted

# The documentation prints this pattern without its end; unanchored it would let `x.myshopify.com.evil.example` through.
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
TIMEOUT = 10.0
# RFC 1035
LONGEST_HOST = 253


class NotAShop(ValueError):
    """The text is no Shopify shop's address."""


class App(msgspec.Struct, frozen=True):
    """A Shopify app's identity."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"<App {self.client_id}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Tracebacks drawn with rich show values this way; msgspec's own form would tell the secret.
        return [("client_id", self.client_id)]


class TokenGrant(msgspec.Struct, frozen=True):
    """Tokens that Shopify granted. Times are UTC; None where a token does not end or there is none."""

    access_token: str
    scope: str = ""
    expires_at: datetime | None = None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"<TokenGrant {self.scope!r} until {self.expires_at}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("scope", self.scope)]


def normalise_shop(text: str) -> str:
    """The shop's `NAME.myshopify.com` from whatever a merchant types or pastes: its name, that address, a URL of the
    shop or of its admin pages. Raises NotAShop for anything else."""
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
    except ValueError as error:
        raise NotAShop(f"{text!r} is no address.") from error
    host = parts.hostname or ""
    if host == "admin.shopify.com":
        match = re.match(r"/store/([^/]+)", parts.path)
        host = f"{match[1]}.myshopify.com" if match else ""
    elif _NAME.fullmatch(text):
        host = f"{text}.myshopify.com"
    if not is_shop(host):
        raise NotAShop(f"{text!r} is not the address of a Shopify shop.")
    return host


def is_shop(host: str) -> bool:
    """Whether this is a shop's own address, `NAME.myshopify.com` in small letters, and nothing else."""
    return bool(_SHOP.fullmatch(host)) and len(host) <= LONGEST_HOST


def authorize_url(
    app: App, shop: str, *, redirect_uri: str, state: str, scopes: Sequence[str], base_url: str | None = None
) -> str:
    """Where the merchant approves our access; without `grant_options[]` the token works while nobody is signed in."""
    query = {"client_id": app.client_id, "scope": ",".join(scopes), "redirect_uri": redirect_uri, "state": state}
    return f"{_base(shop, base_url)}/admin/oauth/authorize?{urlencode(query)}"


def parse_query(query: str) -> dict[str, str]:
    """The parameters of a callback; of a repeated one, the first."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name, value)
    return parameters


def callback_is_signed(query: str, secret: str) -> bool:
    """Whether Shopify signed this raw query string with the app's secret.

    All parameters but `hmac` (and the historic `signature`), sorted, joined, HMAC-SHA256 in hex. Shopify's libraries
    percent-encode the parts, its documentation's sample does not; both forms are accepted.
    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    given = next((value for name, value in pairs if name == "hmac"), "")
    signed = sorted((name, value) for name, value in pairs if name not in ("hmac", "signature"))
    plain = "&".join(f"{name}={value}" for name, value in signed)
    encoded = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in signed)
    matches = [hmac.compare_digest(_hex(secret, form).encode(), given.encode()) for form in (plain, encoded)]
    return any(matches)


def exchange_code(
    app: App, shop: str, code: str, *, base_url: str | None = None, transport: httpx.BaseTransport | None = None
) -> TokenGrant:
    """Buy an expiring token and its refresh token with a callback's code. Raises Unauthorized for a used code."""
    return _ask(app, shop, {"code": code, "expiring": "1"}, base_url, transport)


def refresh(
    app: App,
    shop: str,
    refresh_token: str,
    *,
    base_url: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> TokenGrant:
    """A new pair for a refresh token, which works once; a lost answer may be asked for again at once.

    Raises Unauthorized when the refresh token is used up, expired or revoked.
    """
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _ask(app, shop, body, base_url, transport)


def client_credentials(
    app: App, shop: str, *, base_url: str | None = None, transport: httpx.BaseTransport | None = None
) -> TokenGrant:
    """A token for 24 hours for an app of the shop's own organisation; there is no refresh token, ask again.

    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant
    """
    return _ask(app, shop, {"grant_type": "client_credentials"}, base_url, transport)


def migrate(
    app: App, shop: str, old_token: str, *, base_url: str | None = None, transport: httpx.BaseTransport | None = None
) -> TokenGrant:
    """An expiring token and its refresh token for an old token that never ends, which Shopify then revokes for good.

    Raises Unauthorized when the old token is no longer good.
    https://shopify.dev/docs/apps/build/authentication-authorization/migrate-to-expiring-offline-access-tokens
    """
    offline = "urn:shopify:params:oauth:token-type:offline-access-token"
    body = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": old_token,
        "subject_token_type": offline,
        "requested_token_type": offline,
        "expiring": "1",
    }
    return _ask(app, shop, body, base_url, transport)


class _Answer(msgspec.Struct):
    access_token: str
    scope: str = ""
    expires_in: float | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: float | None = None


def _ask(
    app: App, shop: str, body: dict[str, str], base_url: str | None, transport: httpx.BaseTransport | None
) -> TokenGrant:
    form = {"client_id": app.client_id, "client_secret": app.client_secret, **body}
    asked_at = datetime.now(UTC)
    try:
        with httpx.Client(verify=trusted(), transport=transport, timeout=TIMEOUT) as http:
            answer = http.post(f"{_base(shop, base_url)}/admin/oauth/access_token", data=form)
    except httpx.HTTPError as error:
        raise Unavailable(f"{shop} did not answer the token request ({type(error).__name__}).") from error
    _check(shop, answer)
    try:
        granted = msgspec.json.decode(answer.content, type=_Answer)
    except msgspec.MsgspecError as error:
        raise UnexpectedData(f"{shop} answered the token request with something else than tokens.") from error
    return TokenGrant(
        access_token=granted.access_token,
        scope=granted.scope,
        expires_at=_later(asked_at, granted.expires_in),
        refresh_token=granted.refresh_token,
        refresh_expires_at=_later(asked_at, granted.refresh_token_expires_in),
    )


def _check(shop: str, answer: httpx.Response) -> None:
    """Raise the error that fits the answer's status; bodies may echo secrets, so none is ever quoted."""
    status = answer.status_code
    if answer.is_success:
        return
    if status == 402:
        raise StorePaused(f"{shop} is frozen until its bill is paid.")
    if status == 404 or answer.is_redirect:
        raise StoreNotFound(f"No Shopify shop answers at {shop}.")
    if status in (423, 430):
        raise StoreLocked(f"Shopify has locked {shop} ({status}).")
    if status == 429:
        raise Throttled(f"{shop} asked us to slow down.", after=_seconds(answer.headers.get("Retry-After")))
    if status >= 500:
        raise Unavailable(f"{shop} answered the token request with {status}.")
    if status in (400, 401, 403):
        raise Unauthorized(f"Shopify refused the token request for {shop} ({status} {_code(answer)}).")
    raise UnexpectedData(f"{shop} answered the token request with {status}.")


def _code(answer: httpx.Response) -> str:
    """OAuth's error code, such as `invalid_grant`; a short word of Shopify's own, never a secret."""
    try:
        code = answer.json().get("error", "")
    except (ValueError, AttributeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""


def _base(shop: str, base_url: str | None) -> str:
    return (base_url or f"https://{shop}").rstrip("/")


def _hex(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _later(moment: datetime, seconds: float | None) -> datetime | None:
    return moment + timedelta(seconds=seconds) if seconds else None


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
