"""Token custody: who may renew a connection's token, and how the new one is kept before it is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from django.db.models import Q
from django.utils import timezone

from shopsync.errors import Unauthorized
from shopsync.shopify import oauth
from stockcraft.connections import app
from stockcraft.connections.models import Connection

# Shopify's own library renews five minutes before the end.
EARLY = timedelta(minutes=5)
# How long one worker may take to renew before another tries; longer than the HTTP timeout.
CLAIM = timedelta(seconds=30)
LOOK_AGAIN = 0.2


class Tokens:
    """Gives the client a token that works, renewing it when it ends. Several workers share one connection:
    a conditional update lets one of them renew while the others wait for its result, since a refresh token
    works once. https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
    """

    def __init__(self, connection: Connection, *, transport: httpx.BaseTransport | None = None) -> None:
        self._id = connection.pk
        self._transport = transport

    def __repr__(self) -> str:
        return f"<Tokens of connection {self._id}>"

    def current(self) -> str:
        """The token to use now. Raises Unauthorized when the connection has none that can be used."""
        connection = self._connection()
        if not connection.access_token:
            raise Unauthorized("This connection has no token; connect the shop again.")
        ends = connection.token_expires_at
        if ends and ends - EARLY <= timezone.now() and connection.grant != Connection.Grant.PASTED:
            return self._renew(connection.access_token)
        return connection.access_token

    def renew(self) -> str:
        """A new token, since Shopify refused the current one."""
        return self._renew(self._connection().access_token)

    def _renew(self, stale: str) -> str:
        while True:
            token = self._connection().access_token
            if token == stale and self._claim(timezone.now()):
                return self._store(self._fetch(stale))
            if token != stale:
                return token
            time.sleep(LOOK_AGAIN)

    def _connection(self) -> Connection:
        return Connection.objects.get(pk=self._id)

    def _claim(self, now: datetime) -> bool:
        free = Q(token_claimed_until=None) | Q(token_claimed_until__lt=now)
        claimed = Connection.objects.filter(free, pk=self._id).update(token_claimed_until=now + CLAIM)
        return claimed == 1

    def _fetch(self, stale: str) -> oauth.TokenGrant:
        """A new grant, unless another worker stored one between our look and our claim."""
        connection = self._connection()
        if connection.access_token != stale:
            return _held(connection)
        try:
            return _RENEWALS[Connection.Grant(connection.grant)](connection, self._transport)
        except BaseException:
            Connection.objects.filter(pk=self._id).update(token_claimed_until=None)
            raise

    def _store(self, grant: oauth.TokenGrant) -> str:
        """Keep the whole new pair in one statement before anyone uses it."""
        Connection.objects.filter(pk=self._id).update(token_claimed_until=None, **token_fields(grant))
        return grant.access_token


def token_fields(grant: oauth.TokenGrant) -> dict[str, object]:
    """A grant as the columns of a connection."""
    return {
        "access_token": grant.access_token,
        "token_expires_at": grant.expires_at,
        "refresh_token": grant.refresh_token or "",
        "refresh_expires_at": grant.refresh_expires_at,
    }


def _held(connection: Connection) -> oauth.TokenGrant:
    """The grant a connection holds."""
    return oauth.TokenGrant(
        access_token=connection.access_token,
        expires_at=connection.token_expires_at,
        refresh_token=connection.refresh_token,
        refresh_expires_at=connection.refresh_expires_at,
    )


def _refresh(connection: Connection, transport: httpx.BaseTransport | None) -> oauth.TokenGrant:
    if not connection.refresh_token:
        raise Unauthorized("Shopify no longer accepts this token and it cannot be renewed.")
    return oauth.refresh(
        app.of(connection),
        connection.shop_domain,
        connection.refresh_token,
        base_url=app.base_url_of(connection),
        transport=transport,
    )


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
