"""What commands print: JSON for programs, a few lines for people."""

from __future__ import annotations

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun

COUNTS = ("found", "created", "updated", "restored", "archived", "unchanged", "held", "failed")


def counts(run: SyncRun) -> str:
    """What a run found and did, in words, without what it did not."""
    words = {
        "found": ngettext("%(n)s found", "%(n)s found", run.found),
        "created": ngettext("%(n)s created", "%(n)s created", run.created),
        "updated": ngettext("%(n)s updated", "%(n)s updated", run.updated),
        "restored": ngettext("%(n)s restored", "%(n)s restored", run.restored),
        "archived": ngettext("%(n)s archived", "%(n)s archived", run.archived),
        "unchanged": ngettext("%(n)s unchanged", "%(n)s unchanged", run.unchanged),
        "held": ngettext("%(n)s held", "%(n)s held", run.held),
        "failed": ngettext("%(n)s failed", "%(n)s failed", run.failed),
    }
    return ", ".join(words[name] % {"n": getattr(run, name)} for name in COUNTS if getattr(run, name))


def show(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def as_data(run: SyncRun) -> dict[str, Any]:
    """A run as plain data, with its warnings: duplicates, and what was skipped or failed, by name and reason."""
    return {
        "id": run.pk,
        "number": run.number,
        "shop": run.connection.shop_domain,
        "trigger": run.trigger,
        "mode": run.mode,
        "status": run.status,
        "failure_code": run.failure_code or None,
        "failure_detail": run.failure_detail or None,
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "counts": {name: getattr(run, name) for name in COUNTS} | {"duplicates": run.duplicates},
        "requests": run.requests,
        "api_points": run.api_points,
    }


def warnings(run: SyncRun) -> list[dict[str, Any]]:
    """Everything about the run that a person may want to act on."""
    notices = [
        {"kind": notice.code, "shopify_product_id": notice.shopify_product_id, **notice.data}
        for notice in run.notices.order_by("pk")
    ]
    changes = [
        {
            "kind": "skipped" if change.kind == "hold" else "failed",
            "shopify_product_id": change.shopify_product_id,
            "title": change.title,
            "reason": change.reason or change.detail,
        }
        for change in run.changes.filter(kind__in=("hold", "fail")).order_by("shopify_product_id")
    ]
    return notices + changes


def plan(run: SyncRun) -> list[dict[str, Any]]:
    """What the guard stopped: each product that would be archived, or blanked or repriced, and how."""
    columns = ("shopify_product_id", "product_id", "part", "title", "fields")
    return list(run.planned.order_by("part", "shopify_product_id").values(*columns))


def failure(run: SyncRun) -> str:
    """Why a run failed and what to do, in one line; empty where it did not."""
    if not run.failure_code:
        return ""
    from stockcraft.syncs.reasons import reason_for

    reason = reason_for(run.failure_code)
    return f"{reason.headline}. {reason.what_to_do} ({run.failure_code}: {run.failure_detail})"


def summary(run: SyncRun) -> str:
    """A run in one line."""
    sentences = {
        "queued": _("Sync #%(number)s of %(shop)s waits to start: %(counts)s."),
        "running": _("Sync #%(number)s of %(shop)s is running: %(counts)s."),
        "succeeded": _("Sync #%(number)s of %(shop)s succeeded: %(counts)s."),
        "succeeded_with_warnings": _("Sync #%(number)s of %(shop)s succeeded with warnings: %(counts)s."),
        "needs_confirmation": _("Sync #%(number)s of %(shop)s needs confirmation: %(counts)s."),
        "failed": _("Sync #%(number)s of %(shop)s failed: %(counts)s."),
        "cancelled": _("Sync #%(number)s of %(shop)s was stopped: %(counts)s."),
    }
    nothing = _("nothing to change") if run.status in run.SUCCESSES else _("nothing read yet")
    words = {"number": run.number, "shop": run.connection.shop_domain, "counts": counts(run) or nothing}
    return sentences[run.status] % words
