"""When a connection's upkeep is due, and what follows when it fails."""

from __future__ import annotations

import logging
from datetime import timedelta

import httpx
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from shopsync.errors import Reconnect, RetryLater, SyncError
from stockcraft.connections import upkeep
from stockcraft.connections.models import Connection
from stockcraft.workflows.deliveries import forget_old_deliveries
from stockcraft.workflows.tasks import tend

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
BATCH = 500


def tend_due() -> int:
    """Promise the upkeep of every connection that is due; returns how many. Any number of workers may look."""
    now = timezone.now()
    with transaction.atomic():
        due = list(
            Connection.objects.select_for_update(skip_locked=True)
            .filter(Q(tended_at=None) | Q(tended_at__lt=now - EVERY))
            .filter(status__in=(Connection.Status.CONNECTED, Connection.Status.PAUSED))
            .values_list("pk", flat=True)[:BATCH]
        )
        for connection_id in due:
            tend.defer(connection_id=connection_id)
        Connection.objects.filter(pk__in=due).update(tended_at=now)
    forget_old_deliveries()
    return len(due)


def look_after_soon(connection: Connection) -> None:
    """Promise the upkeep of one connection now."""
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(tended_at=timezone.now())
        tend.defer(connection_id=connection.pk)


def carry_out_upkeep(connection_id: int, *, transport: httpx.BaseTransport | None = None) -> None:
    """Look after one connection. Where only a person can help it asks to be connected again; what may pass is tried
    again in an hour."""
    connection = Connection.objects.select_related("account").filter(pk=connection_id).first()
    if connection is None or not connection.can_sync:
        return
    try:
        upkeep.tend(connection, transport=transport)
    except Reconnect as error:
        connection.needs_reconnecting(error.code)
    except RetryLater:
        Connection.objects.filter(pk=connection_id).update(tended_at=timezone.now() - EVERY + AGAIN)
    except (SyncError, LookupError) as error:
        log.warning("%s could not be looked after: %s", connection, error)
