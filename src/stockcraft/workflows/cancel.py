"""Stopping a run: at once while it waits, before its next page while it runs."""

from __future__ import annotations

from shopsync.errors import RunLost
from stockcraft.connections.models import Connection
from stockcraft.syncs.closing import cancel_run
from stockcraft.syncs.models import SyncRun


def cancel(run: SyncRun) -> None:
    """Stop a live run; what it wrote stays and is right. Does nothing to one that has ended."""
    SyncRun.objects.live().filter(pk=run.pk).update(cancel_requested=True)
    run.refresh_from_db()
    if run.status == SyncRun.Status.QUEUED:
        try:
            cancel_run(run, run.attempt)
        except RunLost:
            # A worker claimed it meanwhile and will see the flag.
            run.refresh_from_db()


def cancel_live_run(connection: Connection) -> None:
    """Stop whatever run of the connection is live."""
    for run in SyncRun.objects.live().filter(connection=connection):
        cancel(run)
