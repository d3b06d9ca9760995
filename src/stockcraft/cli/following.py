"""A run in the foreground: carried out here, or followed while a worker has it, with progress on a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun

LOOK_AGAIN = 0.2


def carry_through(run: SyncRun, *, quiet: bool) -> None:
    """Stay with the run until it has ended, whoever carries it out."""
    with Follower(run, shown=not quiet and sys.stderr.isatty()) as follower:
        while run.is_live:
            follower.carry_on()
            run.refresh_from_db()


class Follower:
    """Carries a live run out, or watches the worker that has it, with a progress bar if it is to be seen."""

    def __init__(self, run: SyncRun, *, shown: bool) -> None:
        self._run = run
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True)

    def __enter__(self) -> Follower:
        self._bar.start()
        self._task = self._bar.add_task(f"Sync #{self._run.number}", total=None)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._bar.stop()

    def carry_on(self) -> None:
        """Take the run if it is free, else look at how far its worker has come."""
        from threading import Event, Thread

        from stockcraft.workflows.runner import run_sync

        over = Event()
        watcher = Thread(target=self._watch, args=(over,), daemon=True)
        watcher.start()
        try:
            if run_sync(self._run.pk, retries=0) is None:
                time.sleep(LOOK_AGAIN)
        finally:
            over.set()
            watcher.join()

    def _watch(self, over: object) -> None:
        from django.db import connection

        from stockcraft.syncs.models import SyncRun

        try:
            while not self._bar.disable and not over.wait(LOOK_AGAIN):  # type: ignore[attr-defined]
                run = SyncRun.objects.get(pk=self._run.pk)
                self._bar.update(self._task, completed=run.products_read, total=run.products_total)
        finally:
            connection.close()
