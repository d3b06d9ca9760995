"""`stockcraft sync`: one run in the foreground, without the queue."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING, cast

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import OK, of_code
from stockcraft.cli.following import carry_through
from stockcraft.cli.lookup import account_named, connection_of

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--shop", help="Which shop, where the account has several.")
@click.option("--full", is_flag=True, help="Read the whole shop, whatever seems to have changed.")
@click.option("--preview", "--dry-run", "previewed", is_flag=True, help="Say what would change; write to no product.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sync(slug: str, shop: str | None, full: bool, previewed: bool, as_json: bool) -> int:
    """Sync a shop now, in the foreground; joins a sync that is already running."""
    ready()
    connection = connection_of(account_named(slug), shop)
    if previewed:
        from stockcraft.cli.preview import preview

        return preview(connection, as_json=as_json)
    if full:
        connection.want_whole_read()
    from stockcraft.syncs.models import SyncRun, Trigger

    run, _created = SyncRun.objects.request(connection, Trigger.COMMAND)
    carry_through(run, quiet=as_json)
    return report(run, as_json=as_json)


def report(run: SyncRun, *, as_json: bool) -> int:
    """Print what a run did, with its warnings; returns the exit code of its end."""
    warned = output.warnings(run)
    if as_json:
        output.show(output.as_data(run) | {"needs_confirmation": output.plan(run), "warnings": warned})
    else:
        _tell(run, warned)
    return of_code(run.failure_code) if run.failure_code else OK


def _tell(run: SyncRun, warned: list[dict[str, object]]) -> None:
    click.echo(output.summary(run))
    for warning in warned:
        click.echo(f"  {_sentence(warning)}")
    if failed := output.failure(run):
        click.echo(failed, err=True)


def _sentence(warning: dict[str, object]) -> str:
    from stockcraft.syncs.models import Notice
    from stockcraft.syncs.undo import REFUSALS
    from stockcraft.web.skips import hold_reason
    from stockcraft.web.templatetags.runs import notice_text

    title, reason = warning.get("title") or warning.get("shopify_product_id"), str(warning.get("reason"))
    match warning["kind"]:
        case "duplicate":
            left = ", ".join(map(str, cast(list[int], warning["left"])))
            words = {"title": title, "synced": warning["synced"], "left": left}
            return _("duplicate: %(title)s: product %(synced)s was synced, left as they are: %(left)s") % words
        case "skipped":
            return _("skipped: %(title)s (%(reason)s)") % {"title": title, "reason": hold_reason(reason)}
        case "failed":
            reason = str(REFUSALS.get(reason, reason))
            return _("failed: %(title)s (%(reason)s)") % {"title": title, "reason": reason}
    return notice_text(Notice(code=str(warning["kind"])))
