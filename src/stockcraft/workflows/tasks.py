"""The one kind of job there is: carry out a run."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate import App, Blueprint, JobContext

from stockcraft.syncs.models import SyncRun

QUEUE = "syncs"
blueprint = Blueprint()


@blueprint.task(name="sync", queue=QUEUE, pass_context=True)
def sync(context: JobContext, run_id: int) -> None:
    """Carry out the run, or go on with it."""
    from stockcraft.workflows.runner import run_sync

    run_sync(run_id, should_stop=context.should_abort)


def promise(run: SyncRun, *, after: float = 0) -> None:
    """Put the run's job into the queue, in the transaction that is open; it starts ``after`` so many seconds."""
    # Small shops go first, so that one with 100,000 products never holds them up.
    priority = -min(run.products_total or 0, 100_000) // 1_000
    start = timezone.now() + timedelta(seconds=after) if after else None
    sync.configure(priority=priority, schedule_at=start).defer(run_id=run.pk)


def on_app_ready(app: App) -> None:
    """Add the job to the queue's application."""
    app.add_tasks_from(blueprint, namespace="stockcraft")
