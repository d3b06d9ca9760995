"""ID tokens (session tokens): Shopify's word, for one minute, that a merchant has opened this app in their shop.

https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jwt

from shopsync.shopify.oauth import is_shop

# How far the clocks may be apart, in seconds; Shopify's own library allows the same.
SKEW = 10
NEEDED = ["exp", "nbf", "iss", "dest", "aud"]


def shop_of(token: str, client_id: str, secrets: Iterable[str]) -> str | None:
    """The domain of the shop that the token speaks for; None unless it was signed with one of these secrets, for this
    app, and holds now. Empty secrets sign nothing."""
    for secret in filter(None, secrets):
        try:
            claims = jwt.decode(
                token, secret, algorithms=["HS256"], audience=client_id, leeway=SKEW, options={"require": NEEDED}
            )
        except jwt.InvalidTokenError:
            continue
        return _shop(claims)
    return None


def _shop(claims: dict[str, Any]) -> str | None:
    """Issuer and destination must be of one shop."""
    domain = str(claims["dest"]).removeprefix("https://")
    return domain if is_shop(domain) and claims["iss"] == f"https://{domain}/admin" else None
