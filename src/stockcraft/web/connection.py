"""A connection's own page: what it needs, what is wrong with it, and pausing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from stockcraft.connections.models import Connection
from stockcraft.syncs.doctor import examine
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, tenant
from stockcraft.workflows.upkeep import look_after_soon


@require_GET
@tenant
def connection(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Show the findings, each fault with its remedy."""
    found = get_object_or_404(request.account.connections, pk=connection_id)
    context = {"section": "settings", "tab": "integrations", "connection": found, "findings": examine(found)}
    return show(request, "connection.html", context)


@require_POST
@tenant
def pause_shop(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Pause a connection, or let it go on; a manual sync stays possible."""
    found = get_object_or_404(request.account.connections, pk=connection_id)
    if found.pause(request.POST.get("paused") == "1"):
        paused = found.status == Connection.Status.PAUSED
        messages.success(request, _("Automatic syncs are paused.") if paused else _("Automatic syncs go on."))
    return redirect("connection", request.account.slug, found.pk)


@require_POST
@tenant
def check_connection(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Have the connection looked after now instead of tomorrow."""
    found = get_object_or_404(request.account.connections, pk=connection_id)
    look_after_soon(found)
    messages.success(request, _("The connection is being checked. Load this page again in some seconds."))
    return redirect("connection", request.account.slug, found.pk)
