"""Whose app Shopify signed for, in a webhook or an ID token: this installation's, or one a merchant brought along."""

from __future__ import annotations

from django.conf import settings

from shopsync.shopify.idtokens import shop_of
from shopsync.shopify.webhooks import is_signed
from stockcraft.connections.models import Connection
from stockcraft.lib.crypto import seal, unseal

_DECOY = "no shop has this secret"


def signed_by_us(body: bytes, signature: str | None) -> bool:
    """Whether this installation's app signed the body, with its present or its previous secret."""
    return is_signed(body, signature, _our_secrets())


def shop_of_id_token(token: str) -> str | None:
    """The shop in which a merchant has just opened this installation's app, if the token says so; None otherwise."""
    return shop_of(token, settings.SHOPIFY_CLIENT_ID, _our_secrets())


def _our_secrets() -> list[str]:
    return [settings.SHOPIFY_CLIENT_SECRET, settings.SHOPIFY_PREVIOUS_SECRET]


def signed_by_own_app(body: bytes, signature: str | None, shop_domain: str) -> bool:
    """Whether the merchant's own app that reads this shop signed the body.

    An unknown shop costs as much as a known one, so that the time an answer takes tells nobody who is a customer.
    """
    own = Connection.objects.filter(shop_domain=shop_domain, grant=Connection.Grant.CLIENT_CREDENTIALS)
    secret = own.exclude(status=Connection.Status.DISCONNECTED).values_list("client_secret", flat=True).first()
    return is_signed(body, signature, [secret or unseal(seal(_DECOY))]) and bool(secret)
