"""A worker: carries out runs from the queue, starts what is due and rescues what others left behind."""

from __future__ import annotations

import asyncio
import logging
import threading

from django.conf import settings
from django.db import close_old_connections
from procrastinate.contrib.django import app

from stockcraft.workflows.due import start_due
from stockcraft.workflows.rescue import rescue
from stockcraft.workflows.tasks import QUEUE

log = logging.getLogger(__name__)

# How long runs may take to finish their page before they are put back for another worker.
SECONDS_TO_STOP = 5.0


def work(concurrency: int | None = None) -> None:
    """Work until SIGTERM or Ctrl-C; runs under way finish their page and are put back for another worker."""
    over = threading.Event()
    ticker = threading.Thread(target=_tick, args=(over,), name="ticker", daemon=True)
    ticker.start()
    try:
        asyncio.run(_work(concurrency or settings.WORKER_CONCURRENCY))
    finally:
        over.set()
        ticker.join(timeout=SECONDS_TO_STOP)


async def _work(concurrency: int) -> None:
    # Deferring keeps Django's own connection, so that a job belongs to its row's transaction in workers too.
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            delete_jobs="always",
            shutdown_graceful_timeout=SECONDS_TO_STOP,
            update_heartbeat_interval=settings.STALLED_AFTER / 3,
            stalled_worker_timeout=settings.STALLED_AFTER,
        )


def _tick(over: threading.Event) -> None:
    """Look again and again for what is due and what is lost; any number of workers may do so at once."""
    pause = min(10.0, settings.STALLED_AFTER / 3)
    while True:
        for look in (rescue, start_due):
            try:
                close_old_connections()
                look()
            except Exception:
                log.exception("%s failed; it is tried again", look.__name__)
        close_old_connections()
        if over.wait(pause):
            return
