"""`stockcraft sync --preview`: what a sync would do, as a stored preview; nothing is written to any product."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING, Any

import click

from stockcraft.cli import output
from stockcraft.cli.failures import OK, Refusal, of_code
from stockcraft.cli.following import carry_through
from stockcraft.syncs.models import SyncRun, Trigger

if TYPE_CHECKING:
    from stockcraft.connections.models import Connection


def preview(connection: Connection, *, as_json: bool) -> int:
    """Print what a sync of this shop would change; its page in the application shows the same."""
    run, _created = SyncRun.objects.request(connection, Trigger.PREVIEW)
    if not run.is_preview:
        raise Refusal(_("A sync of this shop is under way; wait for it to end."))
    carry_through(run, quiet=as_json)
    if as_json:
        output.show(_as_data(run))
    elif run.status in SyncRun.SUCCESSES:
        _tell(run)
    else:
        click.echo(output.failure(run) or output.summary(run), err=True)
    return of_code(run.failure_code) if run.failure_code else OK


def _as_data(run: SyncRun) -> dict[str, Any]:
    columns = ("shopify_product_id", "product_id", "kind", "title", "reason", "detail", "fields")
    return output.as_data(run) | {
        "dry_run": True,
        "changes": list(run.changes.order_by("shopify_product_id").values(*columns)),
        "needs_confirmation": output.plan(run),
        "warnings": output.warnings(run),
    }


def _tell(run: SyncRun) -> None:
    from stockcraft.web.skips import hold_reason

    words = {"shop": run.connection.shop_domain, "counts": output.counts(run) or _("nothing to change")}
    click.echo(_("A sync of %(shop)s would come to: %(counts)s. Nothing was written.") % words)
    for change in run.changes.order_by("shopify_product_id").iterator(chunk_size=500):
        fields = ", ".join(sorted({field["field"] for field in change.fields}))
        why = fields or (hold_reason(change.reason) if change.kind == change.Kind.HOLD else "")
        click.echo(f"  {change.get_kind_display()}: {change.title}{f' ({why})' if why else ''}")
    for planned in output.plan(run):
        click.echo("  " + _("needs confirmation: %(title)s") % {"title": planned["title"]})
