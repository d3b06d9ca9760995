"""The plan: how full it is, the two there are, and changing between them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from stockcraft.accounts.plans import FREE_PRODUCTS, PLUS_DOLLARS_A_MONTH, Plan
from stockcraft.connections.models import Selection
from stockcraft.syncs.models import Trigger
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, owners_only, see_other, tenant
from stockcraft.web.waiting import room, waiting_products
from stockcraft.workflows.start import sync_connected_shops


@require_http_methods(["GET", "POST"])
@tenant
def plan(request: AccountRequest) -> HttpResponseBase:
    """Show the plans; POST changes to another."""
    if request.method == "POST":
        return _change(request)
    context = {
        "section": "settings",
        "tab": "plan",
        "room": room(request.account, request.counts.live),
        "free_products": FREE_PRODUCTS,
        "plus_price": PLUS_DOLLARS_A_MONTH,
        "is_plus": request.account.plan == Plan.PLUS,
    }
    return show(request, "plan.html", context)


@owners_only
def _change(request: AccountRequest) -> HttpResponse:
    account, wanted = request.account, request.POST.get("plan", "")
    if wanted in Plan.values and wanted != account.plan:
        waiting = waiting_products(account)
        account.plan = wanted
        account.save(update_fields=["plan"])
        if account.holds is None:
            Selection.objects.release_waiting(account)
        messages.success(request, _bring_in(request, waiting) if wanted == Plan.PLUS else _back_on_free())
    return see_other(reverse("plan", args=[account.slug]))


def _bring_in(request: AccountRequest, waiting: int) -> str:
    """Upgrading brings the waiting products in at once."""
    if not waiting:
        return _("You are on Plus: any number of products.")
    sync_connected_shops(request.account, Trigger.MANUAL, by=request.user)
    return ngettext(
        "You are on Plus. A sync is bringing in the %(n)s waiting product.",
        "You are on Plus. A sync is bringing in the %(n)s waiting products.",
        waiting,
    ) % {"n": waiting}


def _back_on_free() -> str:
    return _("You are on Free. Nothing was removed: what is here keeps updating, and new products wait.")
