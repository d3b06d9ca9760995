"""The OAuth pages of a shop: consent, the signed way back, and the token endpoint.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from werkzeug.datastructures import MultiDict

from shopsim import html, idtokens
from shopsim.tokens import CLIENT_CREDENTIALS_SECONDS, OAuthError, Token, granted

if TYPE_CHECKING:
    from shopsim.sim import Tenant

INVALID_CLIENT = {"error": "invalid_client", "error_description": "The client ID or secret is not valid."}
INVALID_LOGIN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
OFFLINE_TOKEN = "urn:shopify:params:oauth:token-type:offline-access-token"  # noqa: S105
PARAMETERS = ("client_id", "scope", "redirect_uri", "state")


def consent_page(tenant: Tenant, query: Mapping[str, str]) -> str:
    """The page on which the merchant approves or cancels. Raises OAuthError for a wrong app or callback address."""
    _check_request(tenant, query)
    scopes = _asked_scopes(tenant, query)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""), quote=True)}">' for name in PARAMETERS
    )
    boxes = "".join(
        f'<p><label><input type="checkbox" name="keep" value="{escape(scope, quote=True)}" checked> '
        f"<code>{escape(scope)}</code></label></p>"
        for scope in scopes
    )
    return html.page(
        f"Install app on {tenant.shop.title}",
        f"""<h1>Install app</h1>
<p><strong>{escape(query.get("client_id", ""))}</strong> asks <strong>{escape(tenant.shop.domain)}</strong> for:</p>
<form method="post" action="{escape(tenant.prefix)}/admin/oauth/authorize">{hidden}
{boxes or "<p>nothing</p>"}
<p><button name="decision" value="chosen">Install app</button>
<button name="decision" value="cancel" class="quiet">Cancel</button></p></form>""",
    )


def decide(tenant: Tenant, form: MultiDict[str, str]) -> str:
    """Where the browser goes after the merchant decided: back to the app, with a signed code or a refusal.

    ``approve`` grants what was asked for, ``chosen`` the scopes left ticked on the page.
    """
    _check_request(tenant, form)
    answer = {
        "host": base64.b64encode(f"admin.shopify.com/store/{tenant.shop.name}".encode()).decode().rstrip("="),
        "shop": tenant.shop.domain,
        "state": form.get("state", ""),
        "timestamp": str(int(tenant.shop.clock.timestamp())),
    }
    if form.get("decision") in ("approve", "chosen"):
        scopes = _asked_scopes(tenant, form)
        if form["decision"] == "chosen":
            scopes = [scope for scope in scopes if scope in form.getlist("keep")]
        answer["code"] = tenant.office.code(scopes)
    else:
        answer["error"] = "access_denied"
    answer["hmac"] = sign_query(answer, tenant.client_secret)
    callback = urlsplit(form["redirect_uri"])
    return callback._replace(query="&".join(filter(None, (callback.query, urlencode(sorted(answer.items())))))).geturl()


def token_request(tenant: Tenant, body: Mapping[str, str]) -> dict[str, Any]:
    """What answers a request for a token: code, refresh token, client credentials or exchange. Raises OAuthError."""
    right_client = hmac.compare_digest(body.get("client_id", "").encode(), tenant.client_id.encode())
    right_secret = hmac.compare_digest(body.get("client_secret", "").encode(), tenant.client_secret.encode())
    grant = body.get("grant_type", "")
    if not right_client or not right_secret:
        raise OAuthError(400 if grant == "client_credentials" else 401, _refusal(grant))
    now = tenant.shop.clock.timestamp()
    if grant == "refresh_token" and not tenant.office.installed:
        raise OAuthError(401, dict(INVALID_CLIENT))
    if grant == "refresh_token":
        return granted(tenant.office.refresh(body.get("refresh_token", "")), now)
    if grant == "client_credentials":
        return granted(tenant.office.issue(list(tenant.app_scopes), seconds=CLIENT_CREDENTIALS_SECONDS), now)
    if grant in ("", "authorization_code"):
        return granted(tenant.office.exchange(body.get("code", ""), expiring=_is_expiring(body)), now)
    if grant == TOKEN_EXCHANGE:
        return granted(_exchanged(tenant, body), now)
    raise OAuthError(400, {"error": "unsupported_grant_type"})


def _exchanged(tenant: Tenant, body: Mapping[str, str]) -> Token:
    """A token for an ID token, or an expiring one for an old one that does not expire. Raises OAuthError."""
    office, subject = tenant.office, body.get("subject_token", "")
    expiring = _is_expiring(body)
    if body.get("requested_token_type") != OFFLINE_TOKEN:
        raise OAuthError(400, {"error": "invalid_request", "error_description": "Unknown requested_token_type"})
    if body.get("subject_token_type") == ID_TOKEN:
        now = tenant.shop.clock.timestamp()
        if not idtokens.is_good(subject, tenant.shop.domain, tenant.client_id, tenant.client_secret, now):
            raise OAuthError(400, {"error": "invalid_subject_token"})
        return office.grant(list(tenant.app_scopes), expiring=expiring)
    scopes = office.scopes_of(subject)
    if body.get("subject_token_type") != OFFLINE_TOKEN or scopes is None:
        raise OAuthError(400, {"error": "invalid_subject_token"})
    office.revoke(subject)
    return office.grant(sorted(scopes), expiring=expiring)


def sign_query(parameters: Mapping[str, str], secret: str) -> str:
    """The `hmac` of a query: sorted, percent-encoded, joined, HMAC-SHA256 in hex."""
    pairs = sorted((name, value) for name, value in parameters.items() if name not in ("hmac", "signature"))
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def read_body(form: Mapping[str, str], raw: bytes) -> dict[str, str]:
    """The body of a token request, which comes as a form or as JSON. Raises OAuthError for neither."""
    try:
        body = dict(form) or msgspec.json.decode(raw or b"{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        description = "The request body is neither a form nor a JSON object"
        raise OAuthError(400, {"error": "invalid_request", "error_description": description}) from None
    return {name: str(value) for name, value in body.items()}


def _asked_scopes(tenant: Tenant, query: Mapping[str, str]) -> list[str]:
    """What the app asks for; an app that names nothing has its scopes in its configuration."""
    if not query.get("scope"):
        return list(tenant.app_scopes)
    return [scope for scope in query["scope"].replace(" ", ",").split(",") if scope]


def _is_expiring(body: Mapping[str, str]) -> bool:
    return body.get("expiring", "").lower() in ("1", "true")


def _refusal(grant: str) -> dict[str, Any]:
    return dict(INVALID_LOGIN) if grant == "client_credentials" else dict(INVALID_CLIENT)


def _check_request(tenant: Tenant, query: Mapping[str, str]) -> None:
    if query.get("client_id") != tenant.client_id:
        raise OAuthError(400, {"error": "invalid_request", "error_description": "There is no app with this client ID."})
    address = urlsplit(query.get("redirect_uri", ""))
    if address.scheme not in ("http", "https") or not address.netloc:
        description = "The redirect_uri must be an absolute address"
        raise OAuthError(400, {"error": "invalid_request", "error_description": description})
    if tenant.redirect_uris and query.get("redirect_uri") not in tenant.redirect_uris:
        description = "The redirect_uri is not whitelisted"
        raise OAuthError(400, {"error": "invalid_request", "error_description": description})
