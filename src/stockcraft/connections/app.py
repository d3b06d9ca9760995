"""Which Shopify app speaks for a connection (this installation's, or the merchant's own), and at which address."""

from __future__ import annotations

from django.conf import settings

from shopsync.shopify.oauth import App
from stockcraft.connections.models import Connection


def ours() -> App | None:
    """This installation's app; None where the operator has not set one up."""
    if not settings.SHOPIFY_CLIENT_ID or not settings.SHOPIFY_CLIENT_SECRET:
        return None
    return App(settings.SHOPIFY_CLIENT_ID, settings.SHOPIFY_CLIENT_SECRET)


def of(connection: Connection) -> App:
    """The app that obtained the connection's token. Raises LookupError when it is no longer known."""
    if connection.client_id:
        return App(connection.client_id, connection.client_secret)
    if app := ours():
        return app
    raise LookupError("STOCKCRAFT_SHOPIFY_CLIENT_ID and STOCKCRAFT_SHOPIFY_CLIENT_SECRET are not set.")


def base_url_of(connection: Connection) -> str | None:
    """Where the shop is reached; None for its own address. Other addresses need the operator's leave."""
    return (connection.base_url or settings.SHOPIFY_URL or None) if settings.ALLOW_CUSTOM_SHOPIFY_URL else None
