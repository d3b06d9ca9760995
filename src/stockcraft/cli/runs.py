"""`stockcraft runs`: the latest syncs of an account."""

from __future__ import annotations

from gettext import gettext as _

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.lookup import account_named


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(slug: str, limit: int, as_json: bool) -> None:
    """List an account's syncs, newest first."""
    ready()
    found = account_named(slug).runs.select_related("connection").order_by("-number")[:limit]
    if as_json:
        output.show([output.as_data(run) for run in found])
        return
    for run in found:
        started = run.started_at or run.requested_at
        click.echo(f"{started:%Y-%m-%d %H:%M} UTC  {output.summary(run)}")
    if not found:
        click.echo(_("No syncs yet."))
