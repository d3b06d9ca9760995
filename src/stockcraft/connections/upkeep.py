"""The daily upkeep of a connection: its tokens kept alive, its scopes and webhooks looked after."""

from __future__ import annotations

import logging

import httpx
from django.conf import settings
from django.urls import reverse

from shopsync.errors import MissingScope
from shopsync.shopify import webhooks
from shopsync.shopify.client import Client
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.connections.scopes import may_read
from stockcraft.connections.source import open_source
from stockcraft.connections.tokens import Tokens

log = logging.getLogger(__name__)


def tend(connection: Connection, *, transport: httpx.BaseTransport | None = None) -> None:
    """Keep the tokens alive, ask the shop what it is called and what we may do there, and mend its webhooks.

    May run twice. Raises the errors of ``shopsync.errors``.
    """
    Tokens(connection, transport=transport).keep_alive()
    source = open_source(connection, transport=transport)
    with source.client as client:
        scopes, shop = source.granted_scopes(), source.shop()
        columns = {"shop_name": shop.name, "currency": shop.currency, "scopes": sorted(scopes)}
        Connection.objects.filter(pk=connection.pk).update(**columns)
        if not may_read(scopes):
            raise MissingScope(f"{connection} no longer lets us read products.")
        _mend_webhooks(connection, client)


def webhook_address() -> str:
    """Where Shopify delivers."""
    return f"{settings.BASE_URL}{reverse('shopify_webhooks')}"


def wanted_topics(connection: Connection) -> tuple[str, ...]:
    """Safety for all; products as they change for Plus. Without the app's secret no delivery could be trusted."""
    if connection.grant == Connection.Grant.PASTED:
        return ()
    plus = connection.account.plan == Plan.PLUS
    return webhooks.SAFETY_TOPICS + (webhooks.PRODUCT_TOPICS if plus else ())


def _mend_webhooks(connection: Connection, client: Client) -> None:
    """List what is subscribed, make what is missing, and note what could not be made and why."""
    wanted, address, problem = wanted_topics(connection), webhook_address(), ""
    if not wanted:
        return
    topics = set(webhooks.subscribed(client, address))
    for topic in wanted:
        if topic not in topics:
            try:
                webhooks.subscribe(client, topic, address)
                topics.add(topic)
            except webhooks.NotSubscribed as error:
                problem = str(error)
                log.warning("%s sends no webhooks: %s", connection, error)
    Connection.objects.filter(pk=connection.pk).update(webhook_topics=sorted(topics), webhook_problem=problem[:255])
