"""What people merged, unlinked and removed, newest first, and the undo of each."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from stockcraft.connections.refused import Refused
from stockcraft.syncs.resolving import undo_resolution as undo
from stockcraft.web.pages import paged, show
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

PAGE = 50


@require_GET
@tenant
def resolutions(request: AccountRequest) -> HttpResponse:
    """List what was resolved, a page of it."""
    rows = request.account.resolutions.defer("trace").select_related("into", "made_by", "undone_by", "connection")
    page = paged(rows.order_by("-created_at", "-pk"), request.GET.get("page"), PAGE)
    return show(request, "resolutions.html", {"section": "products", "page": page})


@require_POST
@tenant
def undo_resolution(request: AccountRequest, resolution_id: int) -> HttpResponse:
    """Undo one of them, and go to what is there again."""
    resolution = get_object_or_404(request.account.resolutions.defer("trace"), pk=resolution_id)
    try:
        product = undo(resolution, request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("resolutions", args=[request.account.slug]))
    messages.success(request, _("Undone: %(product)s is as it was.") % {"product": product.name})
    if product.twins().exists():
        return see_other(reverse("duplicates", args=[request.account.slug]))
    return see_other(reverse("product", args=[request.account.slug, product.pk]))
