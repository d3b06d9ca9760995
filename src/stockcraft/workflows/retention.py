"""History, and what could undo a resolution, is kept as long as the plan says: a year on Plus, thirty days on Free."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from stockcraft.accounts.plans import Plan
from stockcraft.syncs.models import Resolution, SyncRun

KEPT = {Plan.FREE: timedelta(days=30), Plan.PLUS: timedelta(days=365)}
BATCH = 100


def forget_old_history() -> int:
    """Delete runs older than their account's plan keeps, with all that hangs on them; returns how many.

    The latest sync of each connection stays, so that its page can always say what happened last. Some at a time, each
    batch for itself, so that nobody waits for it.
    """
    forgotten = 0
    for plan, kept in KEPT.items():
        while batch := _old(plan, kept):
            SyncRun.objects.filter(pk__in=batch).delete()
            forgotten += len(batch)
        Resolution.objects.filter(account__plan=plan, created_at__lt=timezone.now() - kept).delete()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return forgotten


def _old(plan: Plan, kept: timedelta) -> list[int]:
    later = SyncRun.syncs.filter(connection=OuterRef("connection"), pk__gt=OuterRef("pk"))
    old = SyncRun.objects.filter(Exists(later), account__plan=plan, finished_at__lt=timezone.now() - kept)
    return list(old.exclude(status__in=SyncRun.LIVE).values_list("pk", flat=True)[:BATCH])
