"""ID tokens of embedded apps: short-lived JWTs that Shopify signs with the app's secret.

https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

import msgspec

LIFE_SECONDS = 60
SKEW_SECONDS = 10


def issue(shop_domain: str, client_id: str, secret: str, now: float, *, user: str = "7") -> str:
    """A token as App Bridge would hand it to the app's page."""
    claims = {
        "iss": f"https://{shop_domain}/admin",
        "dest": f"https://{shop_domain}",
        "aud": client_id,
        "sub": user,
        "exp": int(now) + LIFE_SECONDS,
        "nbf": int(now),
        "iat": int(now),
        "jti": secrets.token_hex(16),
        "sid": secrets.token_hex(16),
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_sign(signed, secret)}"


def is_good(token: str, shop_domain: str, client_id: str, secret: str, now: float) -> bool:
    """Whether a token was signed with this secret, for this app in this shop, and has not ended."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(signed, secret).encode()):
        return False
    try:
        head, payload = (msgspec.json.decode(_bytes(part), type=dict[str, Any]) for part in signed.split("."))
        return bool(
            head.get("alg") == "HS256"
            and claims_hold(payload, shop_domain, client_id)
            and payload["nbf"] - SKEW_SECONDS <= now <= payload["exp"] + SKEW_SECONDS
        )
    except (ValueError, KeyError, TypeError):
        return False


def claims_hold(claims: dict[str, Any], shop_domain: str, client_id: str) -> bool:
    """Whether the claims are about this app in this shop."""
    own = f"https://{shop_domain}"
    return claims.get("aud") == client_id and claims.get("dest") == own and claims.get("iss") == f"{own}/admin"


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(data)).decode().rstrip("=")


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _sign(text: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
