"""Token custody: who may renew a connection's token, and how the new one is kept before it is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from django.db.models import Q, QuerySet
from django.utils import timezone

from shopsync.errors import Unauthorized
from shopsync.shopify import oauth
from stockcraft.connections import app
from stockcraft.connections.models import Connection

# Shopify's own library renews five minutes before the end.
EARLY = timedelta(minutes=5)
# How long one worker may take to renew before another tries; longer than the HTTP timeout, and short, since Shopify
# repeats a lost answer for a short time only.
CLAIM = timedelta(seconds=15)
LOOK_AGAIN = 0.05
# Queries follow each other by the dozen: for so many seconds a token is used again without looking whether another
# worker has renewed it. Where Shopify refuses it we look at once.
USE_AGAIN = 1.0
# A refresh token lives 90 days; a shop that is not read has its own renewed when a third of that is over.
DORMANT = timedelta(days=60)


class Tokens:
    """Gives the client a token that works, renewing it when it ends. Several workers share one connection:
    a conditional update lets one of them renew while the others wait for its result, since a refresh token
    works once. https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
    """

    def __init__(self, connection: Connection, *, transport: httpx.BaseTransport | None = None) -> None:
        self._id = connection.pk
        self._transport = transport
        self._looked: tuple[float, str] | None = None

    def __repr__(self) -> str:
        return f"<Tokens of connection {self._id}>"

    def current(self) -> str:
        """The token to use now. Raises Unauthorized when the connection has none that can be used."""
        if self._looked and time.monotonic() - self._looked[0] < USE_AGAIN:
            return self._looked[1]
        token = self._usable()
        self._looked = (time.monotonic(), token)
        return token

    def _usable(self) -> str:
        connection = self._connection()
        if not connection.access_token:
            raise Unauthorized("This connection has no token; connect the shop again.")
        ends = connection.token_expires_at
        if ends and ends - EARLY <= timezone.now() and connection.grant != Connection.Grant.PASTED:
            return self._renew(connection.access_token)
        return connection.access_token

    def renew(self) -> str:
        """A new token, since Shopify refused the current one."""
        self._looked = None
        return self._renew(self._connection().access_token)

    def keep_alive(self) -> None:
        """Renew what would end unused: the refresh token of a shop that is not read, and the endless token of earlier
        times, which Shopify stops accepting from public apps in 2027. Raises Unauthorized when it is too late."""
        connection = self._connection()
        if connection.grant != Connection.Grant.OAUTH or not connection.access_token:
            return
        ends = connection.refresh_expires_at
        if _is_endless(connection) or (ends and ends - DORMANT <= timezone.now()):
            self._renew(connection.access_token)

    def _renew(self, stale: str) -> str:
        while True:
            connection = self._connection()
            if connection.access_token != stale:
                return connection.access_token
            if claim := self._claim(timezone.now()):
                return self._renew_as_owner(stale, claim)
            time.sleep(LOOK_AGAIN)

    def _renew_as_owner(self, stale: str, claim: datetime) -> str:
        try:
            connection = self._connection()
            if connection.access_token != stale:
                # Another worker stored a new one between our look and our claim.
                return connection.access_token
            grant = _RENEWALS[Connection.Grant(connection.grant)](connection, self._transport)
            return self._store(grant, claim)
        except Unauthorized:
            # We were so slow that another worker took over and has used the refresh token up.
            token = self._connection().access_token
            if token in ("", stale):
                raise
            return token
        finally:
            self._claimed(claim).update(token_claimed_until=None)

    def _connection(self) -> Connection:
        return Connection.objects.get(pk=self._id)

    def _claim(self, now: datetime) -> datetime | None:
        """The end of our claim, by which it is known; None when another worker has the connection."""
        free = Q(token_claimed_until=None) | Q(token_claimed_until__lt=now)
        until = now + CLAIM
        return until if Connection.objects.filter(free, pk=self._id).update(token_claimed_until=until) else None

    def _claimed(self, claim: datetime) -> QuerySet[Connection]:
        return Connection.objects.filter(pk=self._id, token_claimed_until=claim)

    def _store(self, grant: oauth.TokenGrant, claim: datetime) -> str:
        """Keep the whole new pair in one statement before anyone uses it; a claim that was lost meanwhile keeps
        nothing, lest it overwrite a newer pair."""
        if self._claimed(claim).update(token_claimed_until=None, **token_fields(grant)):
            return grant.access_token
        return self._connection().access_token


def token_fields(grant: oauth.TokenGrant) -> dict[str, object]:
    """A grant as the columns of a connection."""
    return {
        "access_token": grant.access_token,
        "token_expires_at": grant.expires_at,
        "refresh_token": grant.refresh_token or "",
        "refresh_expires_at": grant.refresh_expires_at,
    }


def _is_endless(connection: Connection) -> bool:
    return not connection.refresh_token and connection.token_expires_at is None


def _refresh(connection: Connection, transport: httpx.BaseTransport | None) -> oauth.TokenGrant:
    """A new pair for the refresh token, or for an endless token of earlier times, which Shopify exchanges."""
    endless = _is_endless(connection)
    spent = connection.access_token if endless else connection.refresh_token
    if not spent:
        raise Unauthorized("Shopify no longer accepts this token and it cannot be renewed.")
    ask = oauth.migrate if endless else oauth.refresh
    base_url = app.base_url_of(connection)
    return ask(app.of(connection), connection.shop_domain, spent, base_url=base_url, transport=transport)


def _client_credentials(connection: Connection, transport: httpx.BaseTransport | None) -> oauth.TokenGrant:
    base_url = app.base_url_of(connection)
    return oauth.client_credentials(app.of(connection), connection.shop_domain, base_url=base_url, transport=transport)


def _nothing(connection: Connection, transport: httpx.BaseTransport | None) -> oauth.TokenGrant:
    raise Unauthorized("Shopify no longer accepts the pasted token.")


_RENEWALS: dict[Connection.Grant, Callable[[Connection, httpx.BaseTransport | None], oauth.TokenGrant]] = {
    Connection.Grant.OAUTH: _refresh,
    Connection.Grant.CLIENT_CREDENTIALS: _client_credentials,
    Connection.Grant.PASTED: _nothing,
}
