"""Undo of a sync, whole or product by product, and the word that what was undone may be done again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.syncs.undo import UNDOABLE, undo
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

UNDONE = "undone"


@require_http_methods(["GET", "POST"])
@tenant
def undo_run(request: AccountRequest, number: int) -> HttpResponse:
    """Say what undoing the run would do; POST does it, for all its products or for the ``product`` given."""
    run = get_object_or_404(request.account.runs.select_related("connection"), number=number)
    if request.method == "POST":
        return _undo(request, run)
    counts = undoable_counts(run)
    context = {"section": "history", "run": run, "counts": counts, "can_undo": can_be_undone(run) and bool(counts)}
    return show(request, "undo_run.html", context)


@require_POST
@tenant
def go_on(request: AccountRequest, number: int) -> HttpResponse:
    """What was undone about a product may be done again, by the next sync."""
    run = get_object_or_404(request.account.runs, number=number)
    chosen = request.POST.get("change", "")
    held = run.changes.filter(kind=Change.Kind.HOLD, reason=UNDONE)
    change = get_object_or_404(held, pk=int(chosen) if chosen.isdigit() and len(chosen) < 19 else 0)
    change.go_on()
    messages.success(request, _("The next sync brings %(title)s up to date again.") % {"title": change.title})
    return see_other(_page_of(request, run))


def can_be_undone(run: SyncRun) -> bool:
    """Whether it ended and is no undo itself."""
    return not run.is_live and run.trigger != Trigger.UNDO


def undoable_counts(run: SyncRun) -> dict[str, int]:
    """How many products the run changed in each way that can be taken back."""
    changes = run.changes.filter(kind__in=UNDOABLE).exclude(product=None)
    return dict(changes.values_list("kind").annotate(count=Count("pk")))


def undone_products(run: SyncRun, products: Iterable[int | None]) -> set[int | None]:
    """Which of these products had what the run did to them taken back."""
    taken_back = Change.objects.filter(run__undoes=run, product__in=[pk for pk in products if pk])
    return set(taken_back.exclude(kind=Change.Kind.FAIL).values_list("product", flat=True))


def _undo(request: AccountRequest, run: SyncRun) -> HttpResponse:
    chosen = request.POST.get("product")
    products: Collection[int] | None = None
    if chosen is not None:
        products = [int(chosen)] if chosen.isdigit() and len(chosen) < 19 else []
        get_object_or_404(run.changes, product__in=products)
    try:
        undoing = undo(run, by=request.user, products=products)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(_page_of(request, run))
    _tell(request, undoing)
    return see_other(_page_of(request, undoing))


def _tell(request: AccountRequest, undoing: SyncRun) -> None:
    refused = undoing.failed
    done = undoing.changes.count() - refused
    if done:
        messages.success(request, ngettext("%(n)s product undone.", "%(n)s products undone.", done) % {"n": done})
    if refused:
        words = ngettext(
            "%(n)s product was left as it is; the list says why.",
            "%(n)s products were left as they are; the list says why.",
            refused,
        )
        messages.warning(request, words % {"n": refused})


def _page_of(request: AccountRequest, run: SyncRun) -> str:
    return reverse("run", args=[request.account.slug, run.number])
