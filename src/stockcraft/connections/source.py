"""Opening a connected shop for reading."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
from django.db import transaction

from shopsync.ports import Watch
from shopsync.shopify.bulk import BulkReader
from shopsync.shopify.client import Client
from shopsync.shopify.pages import ShopifySource
from stockcraft.connections.app import base_url_of
from stockcraft.connections.models import Connection, FamiliarTexts
from stockcraft.connections.tokens import Tokens
from stockcraft.lib.env import data_folder


def open_source(
    connection: Connection,
    *,
    on_wait: Callable[[float], None] | None = None,
    watch: Watch = nullcontext,
    transport: httpx.BaseTransport | None = None,
) -> ShopifySource:
    """The connected shop as the engine reads it. ``on_wait`` is told, in seconds, how long Shopify makes us wait,
    ``watch`` each request by its name."""
    options: dict[str, Any] = {"on_wait": on_wait} if on_wait else {}
    client = Client(
        connection.shop_domain,
        Tokens(connection, transport=transport),
        base_url=base_url_of(connection),
        transport=transport,
        watch=watch,
        **options,
    )
    return ShopifySource(client, bulk=BulkReader(client, spool_of(connection.pk), keeper=TextKeeper(connection)))


class TextKeeper:
    """Keeps what a connection's last whole read looked like. Implements ``shopsync.shopify.familiar.Keeper``.

    It is kept in parts, as on its way to the database each takes several times its size.
    """

    PART_BYTES = 400_000

    def __init__(self, connection: Connection) -> None:
        self._parts = FamiliarTexts.objects.filter(connection=connection)
        self._connection = connection

    def load(self) -> bytes:
        """What was saved last; nothing if nothing was."""
        return b"".join(self._parts.order_by("number").values_list("texts", flat=True).iterator(chunk_size=1))

    def save(self, texts: bytes) -> None:
        """Keep this instead."""
        with transaction.atomic():
            self._parts.delete()
            for number, begin in enumerate(range(0, len(texts), self.PART_BYTES)):
                part = texts[begin : begin + self.PART_BYTES]
                FamiliarTexts.objects.create(connection=self._connection, number=number, texts=part)


def spool_of(connection_id: int) -> Path:
    """The folder for what bulk operations of this connection's shop have written: a cache, which may go at any time."""
    return data_folder() / "spool" / str(connection_id)
