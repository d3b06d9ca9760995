"""Sync History: every run of the account, what it changed and why."""

from __future__ import annotations

import statistics
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from stockcraft.catalog.search import MOST
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.web.chart import chart
from stockcraft.web.csv_files import csv_response
from stockcraft.web.history_filters import Filters, filtered
from stockcraft.web.json_files import json_response
from stockcraft.web.pages import paged, show
from stockcraft.web.preferences import wants_local_times
from stockcraft.web.templatetags.runs import BADGES
from stockcraft.web.tenancy import AccountRequest, tenant

PAGE = 25
CHIPS = (SyncRun.Status.SUCCEEDED, SyncRun.Status.WARNINGS, SyncRun.Status.FAILED)
COLUMNS = (
    "number", "status", "trigger", "requested_at", "started_at", "finished_at", "found", "created", "updated",
    "restored", "archived", "unchanged", "held", "failed", "duplicates", "failure_code",
)  # fmt: skip
FEW = (SyncRun.Status.CANCELLED, SyncRun.Status.NEEDS_CONFIRMATION)


@require_GET
@tenant
def history(request: AccountRequest) -> HttpResponse:
    """The figures, the chart and the rows; before the first run, when it will be."""
    runs = request.account.runs.all()
    connections = list(request.account.connections.exclude(status=Connection.Status.DISCONNECTED).order_by("pk"))
    syncable = [connection for connection in connections if connection.can_sync]
    context: dict[str, Any] = {
        "section": "history",
        "connections": connections,
        "connection": next(iter(syncable), None),
        "next_sync_at": min((c.next_sync_at for c in syncable if c.auto_sync and c.next_sync_at), default=None),
        "local_times": wants_local_times(request),
        "latest_preview": SyncRun.objects.filter(account=request.account, trigger=Trigger.PREVIEW).last(),
    }
    if not runs.exists():
        return show(request, "history_empty.html", context)
    context |= _rows(request)
    if request.htmx and request.htmx.target == "runs":
        return show(request, "history.html", context, parts={"runs": "_history_rows.html"})
    return show(request, "history.html", context | {"figures": _figures(runs), "chart": chart(runs)})


@require_GET
@tenant
def history_csv(request: AccountRequest) -> StreamingHttpResponse:
    """The rows that match the filters, as a CSV file."""
    runs = filtered(request.GET, request.account).order_by("-number").iterator(chunk_size=500)
    rows = ([_cell(getattr(run, name)) for name in COLUMNS] for run in runs)
    return csv_response(f"{request.account.slug}-syncs.csv", COLUMNS, rows)


@require_GET
@tenant
def history_json(request: AccountRequest) -> StreamingHttpResponse:
    """The rows that match the filters, as a JSON file."""
    runs = filtered(request.GET, request.account).order_by("-number").iterator(chunk_size=500)
    return json_response(
        f"{request.account.slug}-syncs.json", ({name: getattr(run, name) for name in COLUMNS} for run in runs)
    )


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _rows(request: AccountRequest) -> dict[str, Any]:
    filters = Filters.of(request.GET)
    narrowed = filters.narrow(request.account)
    counts = dict(narrowed.of_each_result.order_by().values_list("status").annotate(count=Count("pk")))
    runs = narrowed.runs.select_related("requested_by").order_by("-number")
    count = counts.get(filters.status, 0) if filters.status else sum(counts.values())
    rows = paged(runs, request.GET.get("page"), PAGE, count=count)
    return {
        "rows": rows,
        "is_live": any(run.is_live for run in rows),
        "all_count": sum(counts.values()),
        "chips": [
            {"value": status.value, "label": status.label, "icon": BADGES[status][1], "count": counts.get(status, 0)}
            for status in (*CHIPS, *FEW)
            if status in CHIPS or counts.get(status)
        ],
        "filters": filters,
        "more": MOST if narrowed.more else None,
        "status": filters.status,
        "trigger": filters.trigger,
        "trigger_label": Trigger(filters.trigger).label if filters.trigger else _("any"),
        "triggers": Trigger.choices,
    }


def _figures(runs: QuerySet[SyncRun]) -> dict[str, Any]:
    """Success rate and median duration of 30 days, and when a run last ended well."""
    finished = runs.filter(finished_at__isnull=False)
    recent = finished.filter(requested_at__gte=timezone.now() - timedelta(days=30))
    outcomes = list(
        recent.filter(status__in=(*SyncRun.SUCCESSES, SyncRun.Status.FAILED)).values_list(
            "status", F("finished_at") - F("started_at")
        )
    )
    good = [took for status, took in outcomes if status in SyncRun.SUCCESSES]
    seconds = [took.total_seconds() for took in good if took is not None]
    ended_well = finished.filter(status__in=SyncRun.SUCCESSES).order_by("-number")
    return {
        "ran": len(outcomes),
        "good": len(good),
        "rate": len(good) / len(outcomes) if outcomes else None,
        "median": statistics.median(seconds) if seconds else None,
        "last_good": ended_well.values_list("finished_at", flat=True).first(),
    }
