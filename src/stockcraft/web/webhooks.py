"""Shopify delivers webhooks here: the signature is checked, one row is kept, and the answer goes out at once.

https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import msgspec
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shopsync.shopify.oauth import is_shop
from stockcraft.connections.signatures import signed_by_own_app, signed_by_us
from stockcraft.syncs.deliveries import PRODUCT_TOPICS, receive

# We ask for two fields of a product; whole ones, from an app's own configuration, stay well below this.
LARGEST_BODY = 2 * 1024 * 1024
# How many unsigned requests a minute one address may send before the database is no longer asked about them.
REFUSALS_A_MINUTE = 60
LARGEST_ID = 2**63 - 1

_TOPIC = re.compile(r"[a-z_]{1,30}/[a-z_]{1,30}")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class _Body(msgspec.Struct):
    """What is looked at of any topic's body; the rest is not kept."""

    id: int | None = None
    myshopify_domain: str | None = None
    shop_domain: str | None = None


_decode = msgspec.json.Decoder(_Body).decode


@csrf_exempt
@require_POST
def shopify_webhooks(request: HttpRequest) -> HttpResponse:
    """Keep what Shopify signed. 401 for anything else, 413 for what is too long, 429 for who keeps sending it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return HttpResponse(status=413)
    try:
        body = request.body
    except UnreadablePostError:
        return HttpResponse(status=400)
    signature = request.headers.get("X-Shopify-Hmac-Sha256")
    shop_domain = request.headers.get("X-Shopify-Shop-Domain", "").lower()
    if signed_by_us(body, signature):
        return _keep(request, body, shop_domain, own_app=False)
    if _refused_too_often(request):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    if is_shop(shop_domain) and signed_by_own_app(body, signature, shop_domain):
        return _keep(request, body, shop_domain, own_app=True)
    _count_refusal(request)
    return HttpResponse(status=401)


def _keep(request: HttpRequest, body: bytes, shop_domain: str, *, own_app: bool) -> HttpResponse:
    """The headers are not signed, so they are read with care: nothing in them may be more than a hint."""
    topic = request.headers.get("X-Shopify-Topic", "")
    happened = request.headers.get("X-Shopify-Triggered-At", "")
    given = request.headers.get("X-Shopify-Webhook-Id", "")
    content = _content(body)
    ignored = ""
    if not is_shop(shop_domain) or not _TOPIC.fullmatch(topic):
        shop_domain, topic, ignored = "", "", "unknown_topic"
    elif {content.myshopify_domain, content.shop_domain} - {None, shop_domain}:
        ignored = "another_shop"
    webhook_id = given if _ID.fullmatch(given) else _digest(topic, shop_domain, happened, body)
    receive(
        webhook_id,
        topic,
        shop_domain,
        product_id=content.id if topic in PRODUCT_TOPICS else None,
        own_app=own_app,
        triggered_at=_time(happened),
        ignored=ignored,
    )
    return HttpResponse(status=200)


def _content(body: bytes) -> _Body:
    try:
        content = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Body()
    return content if content.id is None or 0 < content.id <= LARGEST_ID else _Body()


def _digest(*parts: str | bytes) -> str:
    """What tells a delivery apart that brings no id of its own."""
    return hashlib.sha256(b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)).hexdigest()


def _time(text: str) -> datetime | None:
    """The header's time, if it is one that has come."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(at, timezone.now())


def _refused_too_often(request: HttpRequest) -> bool:
    refusals: int = cache.get(_refusals_of(request), 0)
    return refusals >= REFUSALS_A_MINUTE


def _count_refusal(request: HttpRequest) -> None:
    key = _refusals_of(request)
    if not cache.add(key, 1, timeout=60):
        cache.set(key, cache.get(key, 0) + 1, timeout=60)


def _refusals_of(request: HttpRequest) -> str:
    return f"webhooks-refused-{request.META.get('REMOTE_ADDR', '')}"
