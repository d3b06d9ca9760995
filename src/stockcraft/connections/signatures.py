"""Whose app signed a webhook: this installation's, or the one a merchant brought along."""

from __future__ import annotations

from django.conf import settings

from shopsync.shopify.webhooks import is_signed
from stockcraft.connections.models import Connection
from stockcraft.lib.crypto import seal, unseal

_DECOY = "no shop has this secret"


def signed_by_us(body: bytes, signature: str | None) -> bool:
    """Whether this installation's app signed the body, with its present or its previous secret."""
    return is_signed(body, signature, [settings.SHOPIFY_CLIENT_SECRET, settings.SHOPIFY_PREVIOUS_SECRET])


def signed_by_own_app(body: bytes, signature: str | None, shop_domain: str) -> bool:
    """Whether the merchant's own app that reads this shop signed the body.

    An unknown shop costs as much as a known one, so that the time an answer takes tells nobody who is a customer.
    """
    own = Connection.objects.filter(shop_domain=shop_domain, grant=Connection.Grant.CLIENT_CREDENTIALS)
    secret = own.exclude(status=Connection.Status.DISCONNECTED).values_list("client_secret", flat=True).first()
    return is_signed(body, signature, [secret or unseal(seal(_DECOY))]) and bool(secret)
