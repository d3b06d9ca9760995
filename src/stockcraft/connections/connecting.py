"""How a shop becomes connected: a token is checked against the shop, then kept."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shopsync.errors import MissingScope
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.oauth import TokenGrant
from shopsync.shopify.pages import ShopifySource
from shopsync.values import Shop
from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.connections.scopes import may_read
from stockcraft.connections.tokens import token_fields


def connect(
    account: Account,
    shop_domain: str,
    grant: TokenGrant,
    method: Connection.Grant,
    *,
    client_id: str = "",
    client_secret: str = "",
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
) -> Connection:
    """Connect a shop to an account, or connect it again; products and mappings of an earlier tie are taken up.

    The token is tried first: a connection that cannot read products is not made. Raises the errors of
    ``shopsync.errors`` when Shopify refuses, and Refused when another account holds the shop.
    """
    if base_url and not settings.ALLOW_CUSTOM_SHOPIFY_URL:
        raise Refused(_("Another address than Shopify’s needs STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL=1."))
    _check(grant.access_token, base_url)
    shop, scopes = _ask(shop_domain, grant, base_url or settings.SHOPIFY_URL, transport)
    columns = {
        "shop_id": shop.id,
        "shop_name": shop.name,
        "currency": shop.currency,
        "base_url": base_url,
        "status": Connection.Status.CONNECTED,
        "failure_code": "",
        "grant": method,
        "client_id": client_id,
        "client_secret": client_secret,
        "scopes": sorted(scopes),
        "connected_at": timezone.now(),
        "disconnected_at": None,
        "token_claimed_until": None,
        "tended_at": None,
        **token_fields(grant),
    }
    try:
        with transaction.atomic():
            _free_from_former_owner(account, shop_domain)
            connection, _new = Connection.objects.update_or_create(
                account=account, shop_domain=shop_domain, defaults=columns
            )
    except IntegrityError as error:
        raise Refused(
            _(
                "This shop is already connected to another StockCraft account. "
                "Disconnect it there, or remove the app in Shopify, then connect it here."
            )
        ) from error
    if connection.auto_sync:
        # What was missed while access was gone is not made up for at once: the next daily sync is the next one.
        connection.switch_auto_sync(True)
    return connection


def _check(token: str, base_url: str) -> None:
    """Raise Refused for what cannot be sent at all: a token copied by hand brings along what stood beside it."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(_("This is no access token: it has letters, digits and underscores only. Copy it again."))
    if base_url and not _is_address(base_url):
        raise Refused(_("%(url)s is no address of a server. It begins with http:// or https://.") % {"url": base_url})


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _free_from_former_owner(account: Account, shop_domain: str) -> None:
    """A shop that changed hands is no longer held by an account whose access to it has ended: whoever connects it now
    has just proved to have access."""
    lost = Connection.objects.filter(shop_domain=shop_domain, status=Connection.Status.NEEDS_RECONNECTING)
    for connection in lost.exclude(account=account).select_for_update():
        connection.disconnect(code=connection.failure_code)


def _ask(
    shop_domain: str, grant: TokenGrant, base_url: str, transport: httpx.BaseTransport | None
) -> tuple[Shop, frozenset[str]]:
    """What the shop says of itself and of what we may do there."""
    with Client(shop_domain, FixedToken(grant.access_token), base_url=base_url or None, transport=transport) as client:
        source = ShopifySource(client)
        scopes = frozenset(source.granted_scopes())
        if not may_read(scopes):
            raise MissingScope("The token may not read products.")
        return source.shop(), scopes
