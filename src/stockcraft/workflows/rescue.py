"""Runs that lost their worker or their job are put back into the queue; what dead workers left there is tidied."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.lease import silent
from stockcraft.workflows.tasks import promise, sync

log = logging.getLogger(__name__)

BATCH = 500

LOST = """
    SELECT id FROM syncs_syncrun
     WHERE status = 'running' AND heartbeat_at NOT BETWEEN now() - %(patience)s AND now() + %(patience)s
    UNION ALL
    SELECT id FROM syncs_syncrun AS run
     WHERE status = 'queued' AND requested_at < now() - %(patience)s
       AND (waiting_until IS NULL OR waiting_until < now())
       AND NOT EXISTS (
           SELECT FROM procrastinate_jobs AS job
            WHERE job.task_name = %(task)s AND job.status IN ('todo', 'doing')
              AND (job.args->>'run_id')::bigint = run.id
       )
     LIMIT %(limit)s
"""


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
    """Running ones whose heart stopped, and queued ones that no job will start; some at a time, the longest lost first.

    One question for both, answered by the database: at two in the morning a hundred thousand runs may wait in line.
    """
    patience = timedelta(seconds=settings.STALLED_AFTER)
    question: dict[str, Any] = {"patience": patience, "task": sync.name, "limit": BATCH}
    with database.cursor() as cursor:
        cursor.execute(LOST, question)
        return [run_id for (run_id,) in cursor.fetchall()]


def _put_back(run_id: int) -> int:
    with transaction.atomic():
        still_lost = Q(status=SyncRun.Status.QUEUED) | (Q(status=SyncRun.Status.RUNNING) & silent())
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
