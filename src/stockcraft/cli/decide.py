"""`stockcraft approve` and `stockcraft undo`: a person's word about a run that has ended."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING

import click

from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal
from stockcraft.cli.following import carry_through
from stockcraft.cli.lookup import account_named
from stockcraft.cli.sync import report

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("number", type=int)
def approve(slug: str, as_json: bool, number: int) -> int:
    """Carry out exactly the plan of sync NUMBER, which needs confirmation."""
    ready()
    from stockcraft.syncs.confirming import approve_plan

    run = approve_plan(_sync_of(slug, number))
    carry_through(run, quiet=as_json)
    return report(run, as_json=as_json)


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("number", type=int)
def undo(slug: str, as_json: bool, number: int) -> int:
    """Take back what sync NUMBER did, but for what someone changed since."""
    ready()
    from stockcraft.syncs.undo import undo as take_back

    return report(take_back(_sync_of(slug, number)), as_json=as_json)


def _sync_of(slug: str, number: int) -> SyncRun:
    """The account's sync of this number. Raises Refusal when there is none."""
    run = account_named(slug).runs.select_related("connection").filter(number=number).first()
    if run is None:
        raise Refusal(
            _("%(slug)s has no sync #%(number)s. `stockcraft runs` lists them.") % {"slug": slug, "number": number}
        )
    return run
