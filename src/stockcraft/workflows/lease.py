"""Who owns a live run: claimed by a conditional update, kept by a heartbeat, lost when the heart stops."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from stockcraft.syncs.models import SyncRun


def stale_before() -> datetime:
    """A live run that has not been heard of since this time has lost its worker."""
    return timezone.now() - timedelta(seconds=settings.STALLED_AFTER)


def claim(run_id: int) -> SyncRun | None:
    """Take the run if it is queued, or running without a worker; None when it is someone else's or has ended.

    Raising ``attempt`` fences off whoever had it before: their writes say "where attempt is mine".
    """
    now = timezone.now()
    free = Q(status=SyncRun.Status.QUEUED) | Q(status=SyncRun.Status.RUNNING, heartbeat_at__lt=stale_before())
    claimed = SyncRun.objects.filter(free, pk=run_id).update(
        status=SyncRun.Status.RUNNING,
        attempt=F("attempt") + 1,
        heartbeat_at=now,
        waiting_until=None,
        started_at=Coalesce(F("started_at"), now),
    )
    return SyncRun.objects.select_related("connection", "account").get(pk=run_id) if claimed else None


def beat(run: SyncRun, *, waiting: float | None = None) -> bool:
    """Say that the run's worker lives, and how long Shopify makes it wait; False when a person asked it to stop."""
    mine = SyncRun.objects.filter(pk=run.pk, attempt=run.attempt, status=SyncRun.Status.RUNNING)
    now = timezone.now()
    fields = {"waiting_until": now + timedelta(seconds=waiting)} if waiting else {}
    mine.update(heartbeat_at=now, **fields)
    return not mine.filter(cancel_requested=True).exists()


@contextmanager
def heartbeat(run: SyncRun) -> Iterator[None]:
    """Keep the lease while a slow page is read, from a thread with a database connection of its own."""
    over = threading.Event()

    def keep() -> None:
        try:
            while not over.wait(settings.STALLED_AFTER / 4):
                beat(run)
        finally:
            database.close()

    thread = threading.Thread(target=keep, name=f"heartbeat of run {run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
