"""The daily tick: every connection whose time has come gets one run, however many workers look."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef

from stockcraft.connections.models import Connection
from stockcraft.connections.schedule import next_daily_sync
from stockcraft.lib.clock import shared_now
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.tasks import promise_all

# So many connections are taken in one transaction: long enough to be quick, short enough to be in nobody's way.
BATCH = 2_000

MOVE_ON = """
    UPDATE connections_connection SET next_sync_at = moved.at
      FROM unnest(%s::bigint[], %s::timestamptz[]) AS moved (id, at)
     WHERE connections_connection.id = moved.id
"""


def start_due() -> int:
    """Start every scheduled run that is due; returns how many. A tick missed while nothing ran is made up for once.

    Rows are taken with ``skip locked``, so schedulers that look at the same moment share the work; the unique day of
    a scheduled run holds even if they did not. What a batch costs does not depend on how many wait behind it.
    """
    total = 0
    while batch := _start_batch(shared_now()):
        total += batch
    return total


def _start_batch(now: datetime) -> int:
    # A run that carries out a plan reads nothing else of the shop: the day's run comes after it.
    confirming = SyncRun.objects.live().filter(connection=OuterRef("pk"), confirms__isnull=False)
    with transaction.atomic():
        # Not their keys: a run being written meanwhile points at them.
        due = list(
            Connection.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(auto_sync=True, status=Connection.Status.CONNECTED, next_sync_at__lte=now)
            .exclude(Exists(confirming))
            .order_by("next_sync_at", "pk")
            .only("pk", "account_id", "next_sync_at", "products_total")[:BATCH]
        )
        days = [connection.next_sync_at.astimezone(UTC).date() for connection in due if connection.next_sync_at]
        runs = SyncRun.objects.request_many(due, Trigger.SCHEDULED, days)
        promise_all((run_id, connection.products_total) for run_id, connection in runs)
        with database.cursor() as cursor:
            keys = [connection.pk for connection in due]
            cursor.execute(MOVE_ON, [keys, [next_daily_sync(now, key) for key in keys]])
    return len(due)
