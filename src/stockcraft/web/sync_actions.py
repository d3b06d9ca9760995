"""Sync Products Now, and Stop."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.web.tenancy import AccountRequest, see_other, tenant
from stockcraft.workflows.cancel import cancel
from stockcraft.workflows.start import request_sync


@require_POST
@tenant
def start_sync(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Start a run of this shop, or join the one under way."""
    connection = get_object_or_404(request.account.connections, pk=connection_id)
    if not connection.can_sync:
        messages.error(request, _("Reconnect your store first."))
        return see_other(reverse("integrations", args=[request.account.slug]))
    run, created = request_sync(connection, Trigger.MANUAL, by=request.user)
    if not created:
        messages.info(request, _("A sync is already running. Showing its progress."))
    return see_other(_where_next(request, run))


@require_POST
@tenant
def stop_sync(request: AccountRequest, number: int) -> HttpResponse:
    """Ask a run to stop at its next step; what it has written stays."""
    run = get_object_or_404(request.account.runs(manager="objects"), number=number)
    if run.is_live:
        cancel(run)
        messages.success(request, _("The sync stops at the next step. What it has saved is kept."))
    return see_other(_where_next(request, run))


def _where_next(request: AccountRequest, run: SyncRun) -> str:
    """The page the button was on shows what became of it; elsewhere the run's own page does."""
    slug = request.account.slug
    if request.POST.get("next") in ("integrations", "history", "workspace"):
        return reverse(request.POST["next"], args=[slug])
    return reverse("run", args=[slug, run.number])
