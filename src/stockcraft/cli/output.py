"""What commands print: JSON for programs, a few lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun

COUNTS = ("found", "created", "updated", "restored", "archived", "unchanged", "held", "failed")


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
    counts = ", ".join(f"{getattr(run, name)} {name}" for name in COUNTS if getattr(run, name) or name == "found")
    status = run.status.replace("_", " ")
    return f"Sync #{run.number} of {run.connection.shop_domain} {status}: {counts}."
