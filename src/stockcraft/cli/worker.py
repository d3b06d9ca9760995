"""`stockcraft worker`: carries out syncs, alone."""

from __future__ import annotations

import click

from stockcraft.cli.database import ready


@click.command()
@click.option(
    "--concurrency", type=click.IntRange(min=1), help="How many syncs at once; default STOCKCRAFT_WORKER_CONCURRENCY."
)
def worker(concurrency: int | None) -> None:
    """Carry out syncs until Ctrl-C; start as many workers as you like on one database."""
    ready(speaking=False)
    from stockcraft.workflows.worker import work

    work(concurrency)
