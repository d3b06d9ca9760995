"""The daily tick: every connection whose time has come gets one run, however many workers look."""

from __future__ import annotations

from datetime import UTC

from django.db import transaction
from django.utils import timezone

from stockcraft.connections.models import Connection
from stockcraft.connections.schedule import next_daily_sync
from stockcraft.syncs.models import Trigger
from stockcraft.workflows.start import request_sync

BATCH = 500


def start_due() -> int:
    """Start every scheduled run that is due; returns how many. A tick missed while nothing ran is made up for once.

    Rows are taken with ``skip locked``, so schedulers that look at the same moment share the work; the unique day of
    a scheduled run holds even if they did not.
    """
    total = 0
    while batch := _start_batch():
        total += batch
    return total


def _start_batch() -> int:
    now = timezone.now()
    with transaction.atomic():
        due = list(
            Connection.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("account")
            .filter(auto_sync=True, status=Connection.Status.CONNECTED, next_sync_at__lte=now)
            .order_by("next_sync_at")[:BATCH]
        )
        for connection in due:
            assert connection.next_sync_at
            day = connection.next_sync_at.astimezone(UTC).date()
            request_sync(connection, Trigger.SCHEDULED, scheduled_day=day)
        Connection.objects.filter(pk__in=[connection.pk for connection in due]).update(
            next_sync_at=next_daily_sync(now)
        )
    return len(due)
