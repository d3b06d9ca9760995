"""Asking for a run: its row and its job come into being together."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.tasks import promise

if TYPE_CHECKING:
    from stockcraft.accounts.models import Account, User


def request_sync(
    connection: Connection,
    trigger: str,
    by: User | None = None,
    *,
    scheduled_day: date | None = None,
    **columns: Any,
) -> tuple[SyncRun, bool]:
    """A queued run with its job, or the live run if there is one; True when it is new."""
    with transaction.atomic():
        run, created = SyncRun.objects.request(connection, trigger, by=by, scheduled_day=scheduled_day, **columns)
        if created:
            promise(run)
    return run, created


def sync_connected_shops(account: Account, trigger: str, by: User | None = None) -> None:
    """A run of each of the account's shops that are connected, or none of any."""
    with transaction.atomic():
        for connection in account.connections.filter(status=Connection.Status.CONNECTED):
            request_sync(connection, trigger, by=by)
