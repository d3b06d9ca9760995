"""Runs that lost their worker or their job are put back into the queue; what dead workers left there is tidied."""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status

from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.lease import stale_before
from stockcraft.workflows.tasks import promise, sync

log = logging.getLogger(__name__)


def rescue() -> int:
    """Put back every live run that nobody carries out; returns how many. One transaction for each, so that one
    that cannot be rescued does not hold up those behind it."""
    rescued = 0
    for run_id in _lost():
        try:
            rescued += _put_back(run_id)
        except Exception:
            log.exception("Run %s could not be put back", run_id)
    tidy()
    return rescued


def _lost() -> list[int]:
    """Running ones whose heart stopped, and queued ones that no waiting job will start."""
    stale, now = stale_before(), timezone.now()
    stopped = Q(status=SyncRun.Status.RUNNING, heartbeat_at__lt=stale)
    forgotten = Q(status=SyncRun.Status.QUEUED, requested_at__lt=stale) & (
        Q(waiting_until=None) | Q(waiting_until__lt=now)
    )
    found = list(SyncRun.objects.filter(stopped | forgotten).values_list("pk", "status"))
    waiting = _promised([run_id for run_id, status in found if status == SyncRun.Status.QUEUED])
    return [run_id for run_id, _status in found if run_id not in waiting]


def _promised(run_ids: list[int]) -> set[int]:
    """Those of these runs that a waiting job will start."""
    if not run_ids:
        return set()
    jobs = ProcrastinateJob.objects.filter(task_name=sync.name, status="todo", args__run_id__in=run_ids)
    return {args["run_id"] for args in jobs.values_list("args", flat=True)}


def _put_back(run_id: int) -> int:
    with transaction.atomic():
        still_lost = Q(status=SyncRun.Status.QUEUED) | Q(status=SyncRun.Status.RUNNING, heartbeat_at__lt=stale_before())
        run = SyncRun.objects.select_for_update(skip_locked=True).filter(still_lost, pk=run_id).first()
        if run is None:
            return 0
        SyncRun.objects.filter(pk=run_id).update(status=SyncRun.Status.QUEUED, waiting_until=None)
        promise(run)
    log.warning("%s had lost its worker and goes on", run)
    return 1


def tidy() -> None:
    """Remove the queue's rows of jobs whose worker died; the runs themselves were put back above."""
    async_to_sync(_tidy)()


async def _tidy() -> None:
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=settings.STALLED_AFTER):
        await manager.finish_job(job, status=Status.FAILED, delete_job=True)
