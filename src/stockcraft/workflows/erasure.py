"""Erasing all that was read from a shop: its products, its history and the connection itself."""

from __future__ import annotations

import shutil

from django.db import transaction

from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.connections.source import spool_of
from stockcraft.syncs.deliveries import Delivery
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.cancel import cancel_live_run


def erase(connection: Connection) -> None:
    """Leave nothing of the shop, for good. The privacy deliveries stay as proof until their retention ends."""
    with transaction.atomic():
        cancel_live_run(connection)
        Product.objects.filter(account=connection.account_id, connection=connection).delete_in_batches()
        for run in SyncRun.objects.filter(connection=connection).order_by("pk").iterator(chunk_size=100):
            run.delete()
        Delivery.objects.hints().filter(shop_domain=connection.shop_domain).delete()
        shutil.rmtree(spool_of(connection.pk), ignore_errors=True)
        connection.delete()
