"""Who owns a live run: claimed by a conditional update, kept by a heartbeat, lost when the heart stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db import connection as database
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from stockcraft.syncs.models import SyncRun

log = logging.getLogger(__name__)


def silent() -> Q:
    """Live runs that have not been heard of for so long that they have lost their worker.

    By the database's clock alone, which all workers share; and a heartbeat from the future, left by a clock that was
    set back, counts as none.
    """
    patience = timedelta(seconds=settings.STALLED_AFTER)
    return Q(heartbeat_at__lt=Now() - patience) | Q(heartbeat_at__gt=Now() + patience)


def claim(run_id: int) -> SyncRun | None:
    """Take the run if it is queued, or running without a worker; None when it is someone else's or has ended.

    Raising ``attempt`` fences off whoever had it before: their writes say "where attempt is mine".
    """
    free = Q(status=SyncRun.Status.QUEUED) | (Q(status=SyncRun.Status.RUNNING) & silent())
    claimed = SyncRun.objects.filter(free, pk=run_id).update(
        status=SyncRun.Status.RUNNING,
        attempt=F("attempt") + 1,
        heartbeat_at=Now(),
        waiting_until=None,
        started_at=Coalesce(F("started_at"), Now()),
    )
    return SyncRun.objects.select_related("connection", "account").get(pk=run_id) if claimed else None


def beat(run: SyncRun, *, waiting: float | None = None) -> bool:
    """Say that the run's worker lives, and how long Shopify makes it wait; False when a person asked it to stop."""
    mine = SyncRun.objects.filter(pk=run.pk, attempt=run.attempt, status=SyncRun.Status.RUNNING)
    fields = {"waiting_until": Now() + timedelta(seconds=waiting)} if waiting else {}
    mine.update(heartbeat_at=Now(), **fields)
    return not mine.filter(cancel_requested=True).exists()


@contextmanager
def heartbeat(run: SyncRun) -> Iterator[None]:
    """Keep the lease while a slow page is read, from a thread with a database connection of its own."""
    over = threading.Event()

    def keep() -> None:
        try:
            while not over.wait(settings.STALLED_AFTER / 4):
                try:
                    beat(run)
                except DatabaseError as error:
                    log.warning("%s could not say that it is carried out; it says so again: %s", run, error)
                    database.close()
        finally:
            database.close()

    thread = threading.Thread(target=keep, name=f"heartbeat of run {run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
