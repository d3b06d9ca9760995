"""The two kinds of job there are: carry out a run, and look after a connection; and the two queues, so that big shops
never hold up small ones."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db.models.functions import Now
from procrastinate import App, Blueprint, JobContext
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.types import JSONDict
from structlog.contextvars import bound_contextvars

from stockcraft.lib.clock import shared_now
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.pressure import wait_for_room

QUEUE, LARGE_QUEUE = "syncs", "large-syncs"
# Shops with at least so many products have a queue, and a share of each worker, of their own.
LARGE = 5_000
# Runs that no person has asked for; those which one has are ahead of every shop's, however small: at two in the morning
# a hundred thousand may wait.
BY_THEMSELVES = (Trigger.SCHEDULED, Trigger.WEBHOOK)
FIRST = 1_000
# A run that took longer makes room when others wait in its queue, and goes on after them; seconds.
TURN = 60.0

blueprint = Blueprint()


@blueprint.task(name="sync", queue=QUEUE, pass_context=True)
def sync(context: JobContext, run_id: int) -> None:
    """Carry out the run, or go on with it."""
    from stockcraft.workflows.deliveries import settle
    from stockcraft.workflows.runner import run_sync

    with bound_contextvars(run=run_id):
        if not wait_for_room(context.should_abort):
            # Nobody has claimed it: another worker's rescue finds that it has no job any more.
            return
        its_turn_is_over = turn(context.job.queue)
        run = run_sync(run_id, should_stop=lambda: context.should_abort() or its_turn_is_over())
        if run:
            settle(run)


@blueprint.task(name="tend", queue=QUEUE)
def tend(connection_id: int) -> None:
    """Look after the connection: tokens, scopes, webhooks."""
    from stockcraft.workflows.upkeep import carry_out_upkeep

    carry_out_upkeep(connection_id)


def turn(queue: str, length: float = TURN) -> Callable[[], bool]:
    """To be asked again and again whether a run that begins now should make room: after its turn, if others wait."""
    over = time.monotonic() + length

    def its_turn_is_over() -> bool:
        nonlocal over
        if (now := time.monotonic()) < over:
            return False
        over = now + length / 6
        return others_wait(queue)

    return its_turn_is_over


def others_wait(queue: str) -> bool:
    """Whether the queue has a job that could start now."""
    jobs = ProcrastinateJob.objects.filter(status="todo", queue_name=queue)
    return jobs.exclude(scheduled_at__gt=Now()).exists()


def promise(run: SyncRun, *, after: float = 0) -> None:
    """Put the run's job into the queue, in the transaction that is open; it starts ``after`` so many seconds."""
    start = shared_now() + timedelta(seconds=after) if after else None
    queue, priority = place_of(run)
    sync.configure(queue=queue, priority=priority, schedule_at=start).defer(run_id=run.pk)


def promise_all(runs: Iterable[tuple[int, int | None]]) -> None:
    """Put the jobs of many runs, given by id and number of products, into their queues, in the transaction that is
    open."""
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for run_id, products in runs:
        places[place(products)].append(run_id)
    for (queue, priority), run_ids in places.items():
        arguments: list[JSONDict] = [{"run_id": run_id} for run_id in run_ids]
        sync.configure(queue=queue, priority=priority).batch_defer(*arguments)


def place_of(run: SyncRun) -> tuple[str, int]:
    """The queue and the priority of this run; one that a person waits for is ahead of all that come by themselves."""
    queue, priority = place(run.products_total or run.connection.products_total)
    return queue, priority + (0 if run.trigger in BY_THEMSELVES else FIRST)


def place(products: int | None) -> tuple[str, int]:
    """The queue of a shop with so many products, and its priority there: smaller shops first."""
    products = products or 0
    return LARGE_QUEUE if products >= LARGE else QUEUE, -min(products, 100_000) // 1_000


def on_app_ready(app: App) -> None:
    """Add the job to the queue's application."""
    app.add_tasks_from(blueprint, namespace="stockcraft")
