"""`stockcraft sync`: one run in the foreground, without the queue."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import OK, of_code
from stockcraft.cli.lookup import account_named, connection_of

if TYPE_CHECKING:
    from stockcraft.connections.models import Connection
    from stockcraft.syncs.models import SyncRun

LOOK_AGAIN = 0.2


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--shop", help="Which shop, where the account has several.")
@click.option("--full", is_flag=True, help="Read the whole shop, whatever seems to have changed.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sync(slug: str, shop: str | None, full: bool, dry_run: bool, as_json: bool) -> int:
    """Sync a shop now, in the foreground; joins a sync that is already running."""
    ready()
    connection = connection_of(account_named(slug), shop)
    if dry_run:
        from stockcraft.cli.dry_run import preview

        return preview(connection, as_json=as_json)
    if full:
        connection.want_whole_read()
    run = _carry_out(connection, quiet=as_json)
    warned = output.warnings(run)
    if as_json:
        output.show(output.as_data(run) | {"needs_confirmation": output.plan(run), "warnings": warned})
    else:
        _tell(run, warned)
    return of_code(run.failure_code) if run.failure_code else OK


def _carry_out(connection: Connection, *, quiet: bool) -> SyncRun:
    """Run it here, or follow the worker that does; showing progress on a terminal."""
    from stockcraft.syncs.models import SyncRun, Trigger

    run, _created = SyncRun.objects.request(connection, Trigger.COMMAND)
    with Follower(run, shown=not quiet and sys.stderr.isatty()) as follower:
        while run.is_live:
            follower.carry_on()
            run.refresh_from_db()
    return run


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


def _tell(run: SyncRun, warned: list[dict[str, object]]) -> None:
    click.echo(output.summary(run))
    for warning in warned:
        click.echo(f"  {_sentence(warning)}")
    if run.failure_code:
        from stockcraft.syncs.reasons import reason_for

        reason = reason_for(run.failure_code)
        click.echo(f"{reason.headline}. {reason.what_to_do} ({run.failure_code}: {run.failure_detail})", err=True)


def _sentence(warning: dict[str, object]) -> str:
    title = warning.get("title") or warning.get("shopify_product_id")
    match warning["kind"]:
        case "duplicate":
            return f"duplicate: {title}: product {warning['synced']} was synced, {warning['left']} left as they are"
        case "skipped" | "failed":
            return f"{warning['kind']}: {title} ({warning['reason']})"
    return f"{warning['kind']}: {warning}"
