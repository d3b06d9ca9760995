"""A worker: carries out runs from the queues, starts what is due and rescues what others left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import close_old_connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

from stockcraft.workflows.deliveries import take_deliveries
from stockcraft.workflows.due import start_due
from stockcraft.workflows.rescue import rescue
from stockcraft.workflows.retention import forget_old_history
from stockcraft.workflows.tasks import LARGE_QUEUE, QUEUE
from stockcraft.workflows.upkeep import tend_due

log = logging.getLogger(__name__)

HOUR = 3600.0

# How long runs may take to finish their page before they are put back for another worker.
SECONDS_TO_STOP = 5.0
# Connections with which a worker fetches and ends jobs; each run under way has one or two more.
POOL = 4
# How long a worker waits before it asks a database that went away again.
SECONDS_TO_RETURN = 2.0
# How long a webhook waits at most before its shop is looked at; one look at an index when there is none.
LOOK_FOR_WEBHOOKS = 1.0


def work(concurrency: int | None = None) -> None:
    """Work until SIGTERM or Ctrl-C; runs under way finish their page and are put back for another worker."""
    # What is loaded by now stays. Looking at it again and again took the collector a fifth of a large sync's time.
    gc.freeze()
    over = threading.Event()
    tickers = [
        threading.Thread(target=_tick, args=(over, looks, pause), name=f"ticker of {pause:g} s", daemon=True)
        for looks, pause in (
            ((rescue, start_due, tend_due), min(10.0, settings.STALLED_AFTER / 3)),
            ((take_deliveries,), LOOK_FOR_WEBHOOKS),
            ((forget_old_history,), HOUR),
        )
    ]
    for ticker in tickers:
        ticker.start()
    try:
        asyncio.run(_work(concurrency or settings.WORKER_CONCURRENCY))
    finally:
        over.set()
        for ticker in tickers:
            ticker.join(timeout=SECONDS_TO_STOP)


def shares(concurrency: int) -> list[tuple[list[str], int]]:
    """Which queues are served by how many runs at once: one place in four is for large shops alone."""
    if concurrency == 1:
        return [([QUEUE, LARGE_QUEUE], 1)]
    large = max(1, concurrency // 4)
    return [([QUEUE], concurrency - large), ([LARGE_QUEUE], large)]


async def _work(concurrency: int) -> None:
    """Work off the queues until asked to stop, coming back whenever the database does."""
    asked = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, asked.set)
    stop = asyncio.create_task(asked.wait())
    while not stop.done():
        work = asyncio.create_task(_work_off(concurrency))
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        # Which lets runs under way finish their page, and does nothing to one that has ended.
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if not stop.done():
            reason = None if work.cancelled() else work.exception()
            log.warning("The worker lost the database and asks again: %s", reason or "the connection ended")
            await asyncio.wait({stop}, timeout=SECONDS_TO_RETURN)


async def _work_off(concurrency: int) -> None:
    """One worker for each share of the queues, on one pool of connections; ends when any of them does."""
    # Deferring keeps Django's own connection, so that a job belongs to its row's transaction in workers too.
    worker_app = app.with_connector(PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=POOL))
    async with worker_app.open_async():
        workers = [
            asyncio.create_task(
                worker_app.run_worker_async(
                    queues=queues,
                    concurrency=share,
                    delete_jobs="always",
                    shutdown_graceful_timeout=SECONDS_TO_STOP,
                    update_heartbeat_interval=settings.STALLED_AFTER / 3,
                    stalled_worker_timeout=settings.STALLED_AFTER,
                    install_signal_handlers=False,
                )
            )
            for queues, share in shares(concurrency)
        ]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


def _tick(over: threading.Event, looks: Sequence[Callable[[], int]], pause: float) -> None:
    """Look again and again for what is due and what is lost; any number of workers may do so at once."""
    while True:
        for look in looks:
            try:
                close_old_connections()
                look()
            except Exception:
                log.exception("%s failed; it is tried again", look.__name__)
        close_old_connections()
        if over.wait(pause):
            return
