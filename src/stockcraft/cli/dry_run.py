"""What a sync would do, found out inside a transaction that is rolled back: nothing is written anywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click
from django.db import transaction
from django.utils import timezone

from shopsync.run import sync
from stockcraft.cli import output
from stockcraft.cli.failures import Refusal
from stockcraft.connections.source import open_source
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.models import SyncRun, Trigger

if TYPE_CHECKING:
    from stockcraft.connections.models import Connection

NEW = 2_147_000_000


def preview(connection: Connection, *, as_json: bool) -> int:
    """Print what a sync of this shop would change. Raises the errors of ``shopsync.errors``."""
    if SyncRun.objects.live().filter(connection=connection).exists():
        raise Refusal("A sync of this shop is under way; wait for it to end.")
    with transaction.atomic():
        found = _carry_out(connection)
        transaction.set_rollback(True)
    if as_json:
        output.show(found)
        return 0
    counts = ", ".join(f"{number} {name}" for name, number in found["counts"].items() if number)
    click.echo(f"A sync of {connection.shop_domain} would come to: {counts or 'nothing'}. Nothing was written.")
    for change in found["changes"]:
        fields = ", ".join(sorted({field["field"] for field in change["fields"]}))
        click.echo(f"  {change['kind']}: {change['title']}{f' ({fields})' if fields else ''}")
    for change in found["needs_confirmation"]:
        click.echo(f"  needs confirmation, {change['part']}: {change['title']}")
    return 0


def _carry_out(connection: Connection) -> dict[str, Any]:
    """Run the engine for real, as a run that will never have been."""
    run = SyncRun.objects.create(
        account=connection.account,
        connection=connection,
        number=NEW,
        trigger=Trigger.COMMAND,
        status=SyncRun.Status.RUNNING,
        started_at=timezone.now(),
    )
    sync(open_source(connection), DjangoCatalogue(run, run.attempt), time.sleep)
    close_run(run, run.attempt)
    changes = run.changes.order_by("shopify_product_id").values(
        "shopify_product_id", "product_id", "kind", "title", "reason", "detail", "fields"
    )
    return {
        "dry_run": True,
        "shop": connection.shop_domain,
        "counts": output.as_data(run)["counts"],
        "changes": list(changes),
        "needs_confirmation": output.plan(run),
        "warnings": output.warnings(run),
    }
