"""The ways out of a duplicate, which are those of any product too: merge it, unlink it, remove it. Each asks first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from stockcraft.catalog.models import Product
from stockcraft.connections.refused import Refused
from stockcraft.syncs.merging import OF_VARIANT, Choice, Meeting, Merge, has_own_work, name_of, plan_merge
from stockcraft.syncs.models import Resolution
from stockcraft.syncs.resolving import merge, remove, unlink
from stockcraft.web.formats import money
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

# A list of more values than this is counted, not read.
LISTED = 20
LABELS = {
    "name_override": gettext_lazy("Own name"),
    "category": gettext_lazy("Category"),
    "notes": gettext_lazy("Notes"),
    "own_cost": gettext_lazy("Own cost"),
    "labour": gettext_lazy("Labour"),
}
CHOICES = {
    Choice.FIRST: pgettext_lazy("merge", "Keep what the first has"),
    Choice.OTHER: pgettext_lazy("merge", "Take what the duplicate has"),
    Choice.BOTH: pgettext_lazy("merge", "Keep both"),
}


@dataclass(frozen=True)
class Kept:
    """A value with its label, as a line of a list."""

    label: str
    text: str

    def __str__(self) -> str:
        return _("%(label)s: %(value)s") % {"label": self.label, "value": self.text} if self.label else self.text


@dataclass(frozen=True)
class Answer:
    """One way to settle a field: what stays then, by variant where it is one of theirs."""

    value: str
    words: str
    stays: dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A field of which both have a value, and the answers to choose from."""

    key: str
    label: str
    answers: list[Answer]


@require_http_methods(["GET", "POST"])
@tenant
def merge_product(request: AccountRequest, product_id: int) -> HttpResponse:
    """Say what merging a duplicate into the first match keeps, let a person choose; POST does it."""
    this = _product(request, product_id)
    first = this.first_match()
    if first is None:
        raise Http404("no duplicate")
    if request.method == "POST":
        return _merge(request, this, first)
    plan = plan_merge(this, first)
    context = {
        "section": "products",
        "product": this,
        "first": first,
        "carried": _listed([_kept(meeting, this.currency) for meeting in plan.carried]),
        "questions": _questions(plan),
        "orphans": _listed([Kept(name_of(variant), _work(variant, this.currency)) for variant in plan.orphans]),
    }
    return show(request, "product_merge.html", context)


@require_http_methods(["GET", "POST"])
@tenant
def unlink_product(request: AccountRequest, product_id: int) -> HttpResponse:
    """Ask, then cut the tie to Shopify: the product stays as the merchant's own and no sync touches it."""
    this = get_object_or_404(request.account.products.linked().exclude(connection=None), pk=product_id)
    if request.method == "GET":
        context = {"section": "products", "product": this, "has_twin": this.twins().exists()}
        return show(request, "product_unlink.html", context)
    try:
        resolution = unlink(this, request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tell(request, resolution, _("%(product)s is no longer linked to Shopify.") % {"product": this.name})
    return see_other(reverse("duplicates", args=[request.account.slug]))


@require_http_methods(["GET", "POST"])
@tenant
def delete_product(request: AccountRequest, product_id: int) -> HttpResponse:
    """Ask, then delete the product here; a linked one is left out of future syncs unless it may come back."""
    this = _product(request, product_id)
    has_twin = this.twins().exists()
    if request.method == "GET":
        context = {"section": "products", "product": this, "has_twin": has_twin, "own_work": _listed(_own_work(this))}
        return show(request, "product_delete.html", context)
    try:
        resolution = remove(this, request.user, ignore=request.POST.get("future") != "again")
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tell(request, resolution, _("%(product)s was removed from StockCraft.") % {"product": this.name})
    return see_other(reverse("duplicates" if has_twin else "products", args=[request.account.slug]))


def tell(request: AccountRequest, resolution: Resolution, words: str) -> None:
    """Say what was done, with a button beside it that undoes it."""
    undo = reverse("undo_resolution", args=[request.account.slug, resolution.pk])
    messages.success(request, words, extra_tags=undo)


def _product(request: AccountRequest, product_id: int) -> Product:
    return get_object_or_404(request.account.products.select_related("connection"), pk=product_id)


def _merge(request: AccountRequest, this: Product, first: Product) -> HttpResponse:
    # The page named a first match; where another one is first by now, the person has not seen what it keeps.
    chosen = request.POST.get("into", "")
    into = first if chosen == str(first.pk) else this
    choices = {key: value for key, value in request.POST.items() if value in Choice.values}
    try:
        resolution = merge(this, into, request.user, choices)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("merge_product", args=[request.account.slug, this.pk]))
    names = {"product": this.name, "first": first.name}
    tell(request, resolution, _("%(product)s was merged into %(first)s.") % names)
    return see_other(reverse("duplicates", args=[request.account.slug]))


def _questions(plan: Merge) -> list[Question]:
    currency = plan.first.currency
    return [
        Question(key, _label(clash[0]), [_answer(choice, clash, currency) for choice in clash[0].choices])
        for key, clash in plan.clashes.items()
    ]


def _answer(choice: Choice, clash: list[Meeting], currency: str) -> Answer:
    stays = [
        Kept(meeting.variant, _text(meeting.name, meeting.first if choice == Choice.FIRST else meeting.other, currency))
        for meeting in clash
    ]
    return Answer(choice.value, str(CHOICES[choice]), _listed([] if choice == Choice.BOTH else stays))


def _label(meeting: Meeting) -> str:
    label = str(LABELS[meeting.name])
    return _("%(field)s of variants") % {"field": label} if meeting.variant else label


def _kept(meeting: Meeting, currency: str) -> Kept:
    label = str(LABELS[meeting.name])
    return Kept(
        f"{label} · {meeting.variant}" if meeting.variant else label, _text(meeting.name, meeting.other, currency)
    )


def _text(name: str, value: Any, currency: str) -> str:
    return money(value, currency) if name in ("own_cost", "labour") else str(value)


def _work(variant: Any, currency: str) -> str:
    """What the merchant keeps with a variant, in one line."""
    kept = [(name, getattr(variant, name)) for name in OF_VARIANT]
    return ", ".join(
        str(Kept(str(LABELS[name]), _text(name, value, currency))) for name, value in kept if value not in (None, "")
    )


def _own_work(product: Product) -> list[Kept]:
    """What the merchant keeps with a product: it goes when the product goes."""
    own = [(name, getattr(product, name)) for name in ("name_override", "category", "notes")]
    kept = [Kept(str(LABELS[name]), value) for name, value in own if value]
    worked_on = (variant for variant in product.variants.all() if has_own_work(variant))
    return kept + [Kept(name_of(variant), _work(variant, product.currency)) for variant in worked_on]


def _listed(kept: list[Kept]) -> dict[str, Any]:
    """The first of them, and how many more there are."""
    return {"lines": kept[:LISTED], "more": max(0, len(kept) - LISTED)}
