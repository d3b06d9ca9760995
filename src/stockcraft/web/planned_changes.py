"""The planned changes of a run that the guard stopped: what they would do, and the one decision about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from stockcraft.connections.refused import Refused
from stockcraft.syncs.confirming import dismiss_plan
from stockcraft.syncs.models import PlannedChange, SyncRun
from stockcraft.web import diffs
from stockcraft.web.pages import paged, show
from stockcraft.web.tenancy import AccountRequest, see_other, tenant
from stockcraft.workflows.confirm import approve

PAGE = 25
PARTS = {
    PlannedChange.Part.ARCHIVES: (gettext_lazy("Would be hidden"), "archive"),
    PlannedChange.Part.UPDATES: (gettext_lazy("Would be blanked or repriced"), "pencil"),
}


@dataclass(frozen=True)
class PlannedLine:
    """A planned change as a line of the list; the attributes are those of a change's own line."""

    change: PlannedChange

    @property
    def tone(self) -> str:
        """Nothing of it is done, so it asks for attention."""
        return "warn"

    @property
    def icon(self) -> str:
        """The badge's icon."""
        return PARTS[PlannedChange.Part(self.change.part)][1]

    @property
    def word(self) -> str:
        """The badge's word."""
        return str(PARTS[PlannedChange.Part(self.change.part)][0])

    @property
    def title(self) -> str:
        """The product's name, as Shopify had it."""
        return self.change.title or self.change.product.name

    @cached_property
    def rows(self) -> list[diffs.Row]:
        """Field, before, after."""
        return diffs.rows(self.change.fields, self.change.product.currency)

    @property
    def summary(self) -> str:
        """What would happen, in one line."""
        if self.change.part == PlannedChange.Part.ARCHIVES:
            return _("No longer in Shopify: would be hidden here, nothing is deleted")
        return diffs.summary(self.change.fields)


@require_http_methods(["GET", "POST"])
@tenant
def planned_changes(request: AccountRequest, number: int) -> HttpResponse:
    """Show what the guard set aside; POST approves exactly that, or dismisses it."""
    run = get_object_or_404(
        request.account.runs(manager="objects").select_related("connection", "decided_by"), number=number
    )
    if request.method == "POST":
        return _decide(request, run)
    counts = part_counts(run)
    chosen = request.GET.get("part", "")
    found = run.planned.select_related("product").order_by("part", "pk")
    if chosen in counts:
        found = found.filter(part=chosen)
    page = paged(found, request.GET.get("page"), PAGE)
    return show(
        request,
        "planned_changes.html",
        {
            "section": "history",
            "run": run,
            "counts": counts,
            "total": sum(counts.values()),
            "live_products": run.connection.products.live().count(),
            "chosen": chosen if chosen in counts else "",
            "chips": [
                {"value": part.value, "label": label, "icon": icon, "count": counts[part]}
                for part, (label, icon) in PARTS.items()
                if part in counts
            ],
            "page": page,
            "lines": [PlannedLine(change) for change in page],
        },
    )


def part_counts(run: SyncRun) -> dict[str, int]:
    """How many products the guard set aside, for each part it stopped."""
    return dict(run.planned.values_list("part").annotate(count=Count("pk")))


def decision_context(run: SyncRun) -> dict[str, Any]:
    """What a run's page says of its planned changes: how many of how many products, and who decided what."""
    if run.status != SyncRun.Status.NEEDS_CONFIRMATION:
        return {}
    return {
        "counts": part_counts(run),
        "live_products": run.connection.products.live().count(),
        "carried_out_by": run.confirmed_by.order_by("-number").first(),
    }


def _decide(request: AccountRequest, run: SyncRun) -> HttpResponse:
    try:
        shown = _approve(request, run) if request.POST.get("decision") == "approve" else _dismiss(request, run)
    except Refused as refusal:
        messages.error(request, str(refusal))
        shown = run
    return see_other(reverse("run", args=[request.account.slug, shown.number]))


def _approve(request: AccountRequest, run: SyncRun) -> SyncRun:
    """The run that carries the planned changes out; raises ``Refused`` when none can."""
    if not run.connection.can_sync:
        raise Refused(_("Reconnect your store first."))
    planned = run.planned.count()
    confirming = approve(run, by=request.user)
    words = ngettext(
        "Approved. This sync makes the %(n)s planned change, if the shop is still as it was.",
        "Approved. This sync makes the %(n)s planned changes, if the shop is still as it was.",
        planned,
    )
    messages.success(request, words % {"n": planned})
    return confirming


def _dismiss(request: AccountRequest, run: SyncRun) -> SyncRun:
    dismiss_plan(run, by=request.user)
    messages.success(request, _("Dismissed. Nothing was changed; the next sync looks at the shop afresh."))
    return run
