"""One product: what Shopify says of it, what the merchant keeps beside that, and what changed lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.web import diffs, formats
from stockcraft.web.ownership import ownership_of
from stockcraft.web.pages import paged, show
from stockcraft.web.run import KINDS
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

VARIANTS = 100
RECENT = 10
# What Shopify calls the one variant of a product that has no options.
ONLY_VARIANT = "Default Title"
COSTS = ("own_cost", "labour")


class OwnFields(forms.ModelForm):
    """What the merchant keeps only in StockCraft; no sync touches it."""

    class Meta:
        model = Product
        fields = ("name_override", "category", "notes")
        labels = {
            "name_override": gettext_lazy("Own name"),
            "category": gettext_lazy("Category"),
            "notes": gettext_lazy("Notes"),
        }
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})}


@dataclass(frozen=True)
class Event:
    """A change of this product in some run."""

    change: Change
    rows: list[diffs.Row]
    tone: str
    icon: str


@require_http_methods(["GET", "POST"])
@tenant
def product(request: AccountRequest, product_id: int) -> HttpResponse:
    """Show the product; POST saves the merchant's own fields."""
    this = get_object_or_404(request.account.products.select_related("connection"), pk=product_id)
    form = OwnFields(request.POST if request.method == "POST" else None, instance=this)
    if request.method == "POST" and form.is_valid():
        this.save(update_fields=["name_override", "category", "notes", "updated_at"])
        messages.success(request, _("Saved."))
        return see_other(reverse("product", args=[request.account.slug, this.pk]))
    return _show(request, this, form, status=422 if form.errors else 200)


@require_POST
@tenant
def variant_costs(request: AccountRequest, product_id: int) -> HttpResponse:
    """Save own cost and labour of the variants that the form shows."""
    this = get_object_or_404(request.account.products.select_related("connection"), pk=product_id)
    problems: dict[str, str] = {}
    variants = list(this.variants.filter(pk__in=_typed_variants(request.POST)))
    for variant in variants:
        _take_costs(variant, request.POST, problems)
    if problems:
        return _show(request, this, OwnFields(instance=this), problems=problems, typed=request.POST, status=422)
    Variant.objects.bulk_update(variants, COSTS)
    messages.success(request, _("Saved."))
    page = request.POST.get("page", "")
    address = reverse("product", args=[request.account.slug, this.pk])
    return see_other(f"{address}?page={page}#variants" if page.isdigit() else f"{address}#variants")


def _show(request: AccountRequest, this: Product, form: OwnFields, status: int = 200, **more: Any) -> HttpResponse:
    """The page; ``problems`` and ``typed`` give back what was wrong with the costs."""
    page = paged(this.variants.filter(removed_at=None), request.GET.get("page") or request.POST.get("page"), VARIANTS)
    twins = list(this.twins()[:2])
    is_first = all(twin.pk > this.pk for twin in twins)
    context = {
        "section": "products",
        "product": this,
        "form": form,
        "page": page,
        "variants": [_with_inputs(variant, **more) for variant in page],
        "options": " / ".join(option["name"] for option in this.options if option["values"] != [ONLY_VARIANT]),
        "events": _events(this),
        "latest_run": _latest_run(this) if is_first else None,
        "twin": next(iter(twins), None),
        "is_first": is_first,
        "shopify_address": _shopify_address(this),
        "description": diffs.plain_text(this.description_html),
        "ownership": ownership_of(this),
        "has_problems": bool(more.get("problems")),
    }
    return show(request, "product.html", context, status=status)


def _with_inputs(variant: Variant, problems: dict[str, str] | None = None, typed: Any = None) -> dict[str, Any]:
    """A variant with the text and the problem of each cost field."""
    inputs = []
    for name in COSTS:
        key = f"{name}-{variant.pk}"
        text = typed[key] if typed and key in typed else formats.plain_decimal(getattr(variant, name))
        inputs.append({"name": key, "text": text, "problem": (problems or {}).get(key, "")})
    name = " / ".join(variant.option_values) or variant.title
    return {"variant": variant, "name": _("The only one") if name == ONLY_VARIANT else name, "inputs": inputs}


def _take_costs(variant: Variant, typed: Any, problems: dict[str, str]) -> None:
    """Put typed costs into the variant, or a sentence into ``problems``."""
    for name in COSTS:
        key = f"{name}-{variant.pk}"
        if key not in typed:
            continue
        try:
            value = formats.read_decimal(typed[key]) if typed[key].strip() else None
        except ValueError:
            problems[key] = _("Write a number, such as %(example)s.") % {"example": formats.number(12.5)}
            continue
        if value is not None and value < 0:
            problems[key] = _("A cost is zero or more.")
        else:
            setattr(variant, name, value)


def _typed_variants(typed: Any) -> set[int]:
    """The ids of the variants whose costs the form holds."""
    keys = (key.rpartition("-") for key in typed)
    return {int(number) for name, _dash, number in keys if name in COSTS and number.isdigit()}


def _events(this: Product) -> list[Event]:
    changes = this.changes.exclude(run__trigger=Trigger.PREVIEW).select_related("run").order_by("-pk")[:RECENT]
    return [
        Event(change, diffs.rows(change.fields, this.currency), *KINDS[Change.Kind(change.kind)]) for change in changes
    ]


def _latest_run(this: Product) -> SyncRun | None:
    """The last run that brought this product up to date."""
    if not this.connection or not this.is_linked or this.archived_at:
        return None
    return this.connection.runs.filter(status__in=SyncRun.SUCCESSES).order_by("-number").first()


def _shopify_address(this: Product) -> str:
    """Where the merchant edits it, in the Shopify admin."""
    if (
        not this.connection
        or this.shopify_product_id is None
        or this.connection.status == Connection.Status.DISCONNECTED
    ):
        return ""
    return f"{this.connection.admin_url}/products/{this.shopify_product_id}"
