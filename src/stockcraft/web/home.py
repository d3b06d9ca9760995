"""Home: the first steps until they are done or skipped, then the key figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.web.live import Live
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, first_account, see_other, tenant
from stockcraft.web.waiting import room

SKIPPED = "first_run_skipped"


class WorkspaceForm(forms.Form):
    """The name of a new account."""

    name = forms.CharField(label=gettext_lazy("Workspace name"), max_length=100)


@dataclass(frozen=True)
class Step:
    """One of the first steps: ``key`` chooses what it shows when it is the current one."""

    key: str
    title: str
    text: str
    is_done: bool


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go to the reader's own account, or make one."""
    assert isinstance(request.user, User)
    account = first_account(request.user)
    return redirect("workspace", account.slug) if account else redirect("new_workspace")


@require_http_methods(["GET", "POST"])
@login_required
def new_workspace(request: HttpRequest) -> HttpResponse:
    """Open another account with the reader as its owner."""
    assert isinstance(request.user, User)
    form = WorkspaceForm(request.POST or None)
    if form.is_valid():
        account = Account.objects.open(form.cleaned_data["name"], owner=request.user)
        return redirect("workspace", account.slug)
    return render(request, "workspace_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@tenant
def workspace(request: AccountRequest) -> HttpResponse:
    """Show the first steps, or the figures."""
    connection = request.account.connections.exclude(status=Connection.Status.DISCONNECTED).order_by("pk").first()
    last_run = request.account.runs.order_by("-number").select_related("requested_by").first()
    steps = _steps(request, connection, last_run)
    skipped = request.account.slug in request.session.get(SKIPPED, [])
    number, current = next(((number, step) for number, step in enumerate(steps, 1) if not step.is_done), (0, None))
    context: dict[str, Any] = {
        "section": "home",
        "connection": connection,
        "last_run": last_run,
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "number": number,
        "current": current,
        "live": Live(last_run) if last_run and last_run.is_live else None,
    }
    if context["current"] and not skipped:
        return show(request, "first_run.html", context, parts={"first-run": "_first_run.html"})
    context["room"] = room(request.account, request.counts.live)
    context["last_good"] = request.account.runs.filter(status__in=SyncRun.SUCCESSES).order_by("-number").first()
    return show(request, "home.html", context)


@require_POST
@tenant
def skip_first_run(request: AccountRequest) -> HttpResponse:
    """Leave the first steps for later; they stay one link away."""
    slugs = set(request.session.get(SKIPPED, []))
    slugs ^= {request.account.slug}
    request.session[SKIPPED] = sorted(slugs)
    return see_other(request.path.removesuffix("first-run/"))


def _steps(request: AccountRequest, connection: Connection | None, last_run: SyncRun | None) -> list[Step]:
    has_synced = request.account.runs.filter(status__in=SyncRun.SUCCESSES).exists() if last_run else False
    return [
        Step("workspace", _("Create your workspace"), request.account.name, True),
        Step(
            "connect",
            _("Connect your Shopify store"),
            connection.shop_domain
            if connection
            else _("Read-only: StockCraft copies products in and never writes to your store."),
            connection is not None,
        ),
        Step(
            "sync", _("Run your first sync"), _("Usually under a minute. You will see each product arrive."), has_synced
        ),
        Step(
            "auto",
            _("Turn on Auto-Sync"),
            _("Every day at 02:00 UTC, so you never have to think about it."),
            bool(connection and connection.auto_sync),
        ),
    ]
