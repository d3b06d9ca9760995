"""Did Shopify send this delivery? The signature is over the raw body, so it is checked before anything is parsed.

https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def is_signed(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """Whether one of the app's secrets signed this body. After a rotation Shopify may use the old one for an hour,
    so the current and the previous secret are given; every one is tried, in constant time."""
    given = (signature or "").encode()
    matches = [hmac.compare_digest(_sign(body, secret), given) for secret in secrets if secret]
    return any(matches)


def _sign(body: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
