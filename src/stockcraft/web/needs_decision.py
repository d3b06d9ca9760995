"""Needs your decision: shop products that may be one of the merchant's own, and the three answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import Change, Decision
from stockcraft.web.holds import NEEDS_DECISION, Question, questions, standing_holds
from stockcraft.web.pages import paged, show
from stockcraft.web.products import Line, lines
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

PAGE = 20
# Nobody compares more products than this; where there are more, their SKUs are the thing to look at.
SHOWN = 24


@dataclass(frozen=True)
class Held:
    """A shop product that waits: what it shares with which products here, and what was answered so far."""

    change: Change
    candidates: list[Line]
    more: int
    is_decided: bool
    answer: str

    @property
    def title(self) -> str:
        """What the shop calls it."""
        return self.change.title or f"#{self.change.shopify_product_id}"

    @property
    def shopify_address(self) -> str:
        """Where the merchant sees it, in the Shopify admin."""
        return f"{self.change.run.connection.admin_url}/products/{self.change.shopify_product_id}"

    @property
    def why(self) -> str:
        """Why nobody but a person can tell."""
        count = len(self.change.candidates)
        words = ngettext(
            "%(n)s product here may be the same: it shares SKU %(skus)s.",
            "%(n)s products here may be the same: they share SKU %(skus)s.",
            count,
        )
        return words % {"n": count, "skus": ", ".join(self.change.skus)}


@require_http_methods(["GET", "POST"])
@tenant
def needs_decision(request: AccountRequest) -> HttpResponse:
    """List what waits for an answer, a page of it; POST takes one answer."""
    if request.method == "POST":
        return _answer(request)
    asked = questions(request.account)
    answered = [one for one in asked if one.is_decided]
    page = paged(asked, request.GET.get("page"), PAGE)
    return show(
        request,
        "needs_decision.html",
        {
            "section": "products",
            "page": page,
            "held": _held(request, list(page)),
            "answered": len(answered),
            "connections": list(
                request.account.connections.filter(
                    pk__in={one.connection_id for one in answered}, status=Connection.Status.CONNECTED
                )
            ),
        },
    )


def _answer(request: AccountRequest) -> HttpResponse:
    hold = get_object_or_404(standing_holds(request.account, NEEDS_DECISION), pk=_number(request.POST.get("hold", "")))
    try:
        messages.success(request, _take(request, hold))
    except Refused as refusal:
        messages.error(request, str(refusal))
    page = request.POST.get("page", "")
    address = reverse("needs_decision", args=[request.account.slug])
    return see_other(f"{address}?page={page}" if page.isdigit() and page != "1" else address)


def _take(request: AccountRequest, hold: Change) -> str:
    """Carry out the answer and say it back; raises ``Refused`` when the chosen product is not free."""
    names = {"title": hold.title}
    if "new" in request.POST:
        hold.import_as_new(by=request.user)
        return _("The next sync imports %(title)s as a new product, if the plan has room.") % names
    if "ignore" in request.POST:
        hold.ignore()
        return _("Syncs leave %(title)s out from now on.") % names
    product = get_object_or_404(request.account.products, pk=_number(request.POST.get("link", "")))
    hold.link_to(product, by=request.user)
    return _("The next sync links %(title)s to %(product)s.") % (names | {"product": product.name})


def _number(text: str) -> int:
    """An id from a form; 0, which nothing has, for anything else."""
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _held(request: AccountRequest, asked: list[Question]) -> list[Held]:
    """The holds of a page with their candidates, in the same number of queries however many there are."""
    holds = Change.objects.select_related("run__connection").in_bulk([one.hold_id for one in asked])
    wanted = {pk for hold in holds.values() for pk in hold.candidates}
    free = request.account.products.live().filter(pk__in=wanted, shopify_product_id=None).order_by("pk")
    by_id = {line.product.pk: line for line in lines(list(free))}
    answers = _answers(holds.values())
    return [_one(holds[one.hold_id], one, by_id, answers) for one in asked if one.hold_id in holds]


def _one(hold: Change, question: Question, by_id: dict[int, Line], answers: dict[tuple[int, int], str]) -> Held:
    found = [by_id[pk] for pk in sorted(hold.candidates) if pk in by_id]
    fitting = [line for line in found if line.product.connection_id in (None, hold.run.connection_id)]
    answer = ""
    if question.is_ignored:
        answer = _("Left out of syncs")
    elif question.is_decided:
        answer = answers.get((hold.run.connection_id, hold.shopify_product_id), "")
    return Held(hold, fitting[:SHOWN], max(0, len(fitting) - SHOWN), question.is_decided, answer)


def _answers(holds: Iterable[Change]) -> dict[tuple[int, int], str]:
    """What was said about them so far, by shop and Shopify product."""
    about = Q(pk__in=[])
    for hold in holds:
        about |= Q(connection=hold.run.connection_id, shopify_product_id=hold.shopify_product_id)
    decisions = Decision.objects.filter(about).select_related("product")
    return {(said.connection_id, said.shopify_product_id): _in_words(said.product) for said in decisions}


def _in_words(product: Product | None) -> str:
    if product is None:
        return _("Will be imported as new")
    return _("Will be linked to %(product)s") % {"product": product.name}
