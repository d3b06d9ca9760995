"""The OAuth round trip: begun here or by Shopify's install link, sent to Shopify with a state that is used once, back
with a signed answer.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from shopsync.shopify import oauth
from stockcraft.accounts.models import Account
from stockcraft.connections import app, signatures
from stockcraft.connections.connecting import connect
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused

SESSION_KEY = "shopify_install"
LINK_KEY = "shopify_install_link"
# Long enough to sign in to Shopify and read the consent page.
SECONDS_TO_APPROVE = 30 * 60
# How old an install link may be; Shopify's own library allows the same.
SECONDS_OF_LINK = 90

Session = MutableMapping[str, Any]


class LinkRefused(Refused):
    """The address was not made by Shopify."""

    def __init__(self) -> None:
        super().__init__(_("This link does not carry Shopify’s signature. Open StockCraft from your Shopify admin."))


class Declined(Refused):
    """The merchant did not approve the access."""


def begin(session: Session, account: Account, shop: str) -> str:
    """Where to send the browser so that the merchant approves our reading ``shop`` (any form of its address).

    Raises ValueError when that is no shop's address, and Refused when this installation has no app of its own.
    """
    shop_domain = oauth.normalise_shop(shop)
    ours = app.ours()
    if ours is None:
        raise Refused(_("This installation has no Shopify app yet. Use your own app or a token instead."))
    state = secrets.token_urlsafe(32)
    session[SESSION_KEY] = {"state": state, "account": account.pk, "shop": shop_domain, "at": int(time.time())}
    return oauth.authorize_url(
        ours,
        shop_domain,
        redirect_uri=redirect_uri(),
        state=state,
        scopes=settings.SHOPIFY_SCOPES,
        base_url=settings.SHOPIFY_URL or None,
    )


def open_link(session: Session, query: str) -> str:
    """Remember the shop whose install link Shopify made (the raw query string), for when someone has signed in.

    The link carries Shopify's signature, or the ID token that an embedded app is opened with; where it has both, both
    must hold. Neither connects anything: the merchant approves that on Shopify's page.

    Raises LinkRefused when Shopify did not make it, and Refused when it is too old or there is no app to install.
    """
    ours = app.ours()
    if ours is None:
        raise Refused(_("This installation has no Shopify app yet. Use your own app or a token instead."))
    link = oauth.parse_query(query)
    shop_domain = link.get("shop", "").lower()
    by_token = "id_token" in link
    if not oauth.is_shop(shop_domain) or not (by_token or "hmac" in link):
        raise LinkRefused
    if by_token and signatures.shop_of_id_token(link["id_token"]) != shop_domain:
        raise LinkRefused
    if "hmac" in link:
        _check_signature(query, link, ours)
    session[LINK_KEY] = shop_domain
    return shop_domain


def _check_signature(query: str, link: dict[str, str], ours: oauth.App) -> None:
    if not oauth.callback_is_signed(query, ours.client_secret):
        raise LinkRefused
    stamp = link.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp[:12])) > SECONDS_OF_LINK:
        raise Refused(_("This link has run out. Open StockCraft from your Shopify admin again."))


def linked_shop(session: Session) -> str:
    """The shop whose install link this session followed; empty when it followed none. Told once."""
    return str(session.pop(LINK_KEY, ""))


def expected_account(session: Session) -> Account | None:
    """The account this session is connecting a shop to, if it is."""
    return Account.objects.filter(pk=session.get(SESSION_KEY, {}).get("account")).first()


def finish(session: Session, account: Account, query: str) -> Connection:
    """Check Shopify's signed answer (the raw query string), exchange its code and connect the shop.

    Raises Refused when the answer is not the one this session waits for, Declined when access was not approved, and
    the errors of ``shopsync.errors`` when Shopify refuses the code.
    """
    waiting = session.pop(SESSION_KEY, None)
    answer = oauth.parse_query(query)
    ours = app.ours()
    if not waiting or not ours or not _is_ours(waiting, account, answer):
        raise Refused(_("This approval was not started here, or was used already. Connect the shop again."))
    if answer.get("error"):
        raise Declined(_("Access was not approved, so nothing was connected. Try again when you are ready."))
    if not oauth.callback_is_signed(query, ours.client_secret):
        raise Refused(_("The answer does not carry Shopify’s signature. Connect the shop again."))
    if answer.get("shop", "").lower() != waiting["shop"]:
        raise Refused(_("Shopify answered for another shop than the one you named."))
    grant = oauth.exchange_code(ours, waiting["shop"], answer.get("code", ""), base_url=settings.SHOPIFY_URL or None)
    return connect(account, waiting["shop"], grant, Connection.Grant.OAUTH)


def redirect_uri() -> str:
    """The callback address that the app must allow."""
    return f"{settings.BASE_URL}{reverse('shopify_callback')}"


def _is_ours(waiting: dict[str, Any], account: Account, answer: dict[str, str]) -> bool:
    return (
        waiting["account"] == account.pk
        and time.time() - waiting["at"] <= SECONDS_TO_APPROVE
        and hmac.compare_digest(waiting["state"].encode(), answer.get("state", "").encode())
    )
