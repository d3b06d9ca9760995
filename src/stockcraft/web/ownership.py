"""Who decides about each synced field: the workspace's rule, a product's exception, and what differs from Shopify."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shopsync.policy import FIELDS, OF_VARIANTS
from stockcraft.accounts.models import Membership
from stockcraft.catalog.models import FieldRule, Product
from stockcraft.connections.refused import Refused
from stockcraft.syncs.keeping import take
from stockcraft.web import diffs
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, owners_only, see_other, tenant

RULES = FieldRule.Rule


@dataclass(frozen=True)
class Difference:
    """A kept value that differs: the name under which it may be taken, and what Shopify says."""

    name: str
    variant: str
    shopify: str


@dataclass(frozen=True)
class FieldRow:
    """A synced field: its rule, the workspace's, and where this product differs from Shopify."""

    name: str
    rule: str
    default: str = ""
    differences: list[Difference] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What the field is called on screen."""
        label = diffs.label(self.name.removeprefix(OF_VARIANTS))
        return _("%(field)s of variants") % {"field": label} if self.name.startswith(OF_VARIANTS) else label

    @property
    def default_label(self) -> str:
        """The workspace's rule in words."""
        return str(RULES(self.default or RULES.FOLLOW).label)


@require_http_methods(["GET", "POST"])
@tenant
def field_rules(request: AccountRequest) -> HttpResponseBase:
    """Settings → Fields: the rule for every product; POST saves them."""
    if request.method == "POST":
        return _save_account(request)
    rules = FieldRule.objects.of(request.account)
    context = {
        "section": "settings",
        "tab": "fields",
        "rows": [FieldRow(name, rules.get(name, RULES.FOLLOW)) for name in FIELDS],
        "rules": RULES.choices,
        "is_owner": request.membership.role == Membership.Role.OWNER,
    }
    return show(request, "field_rules.html", context)


@require_POST
@tenant
def product_fields(request: AccountRequest, product_id: int) -> HttpResponse:
    """Take Shopify's value of one field, or save the product's exceptions."""
    product = get_object_or_404(request.account.products.linked(), pk=product_id)
    if "take" in request.POST:
        try:
            take(product, request.POST["take"])
            messages.success(request, _("Shopify’s value was taken."))
        except Refused as refusal:
            messages.error(request, str(refusal))
    else:
        _save_product(request, product)
        messages.success(request, _("Saved. The next sync follows these rules."))
    return see_other(reverse("product", args=[request.account.slug, product.pk]) + "#fields")


def ownership_of(product: Product) -> dict[str, Any]:
    """What the product's page shows of its fields; nothing for a product that no sync changes."""
    if product.connection_id is None or product.shopify_product_id is None:
        return {}
    defaults = FieldRule.objects.of(product.account)
    exceptions = dict(product.field_rules.values_list("field", "rule"))
    drifts = _differences(product)
    rows = [
        FieldRow(name, exceptions.get(name, ""), defaults.get(name, RULES.FOLLOW), drifts.get(name, []))
        for name in FIELDS
    ]
    return {"fields": rows, "rules": RULES.choices, "drifts": sum(len(row.differences) for row in rows)}


@owners_only
def _save_account(request: AccountRequest) -> HttpResponse:
    before = FieldRule.objects.of(request.account)
    with transaction.atomic():
        for name in FIELDS:
            rule = request.POST.get(name, "")
            if rule in RULES.values and rule != before.get(name, RULES.FOLLOW):
                FieldRule.objects.set_rule(request.account, name, rule)
        # Products that did not change in the shop come under the new rules only when all of it is read.
        for connection in request.account.connections.all():
            connection.want_whole_read()
    messages.success(request, _("Saved. The next sync follows these rules."))
    return see_other(reverse("field_rules", args=[request.account.slug]))


def _save_product(request: AccountRequest, product: Product) -> None:
    before = dict(product.field_rules.values_list("field", "rule"))
    with transaction.atomic():
        for name in FIELDS:
            rule = request.POST.get(name)
            if rule == "" and name in before:
                FieldRule.objects.clear(product, name)
            elif rule in RULES.values and rule != before.get(name):
                FieldRule.objects.set_rule(request.account, name, rule, product)
        if product.connection:
            product.connection.want_whole_read()


def _differences(product: Product) -> dict[str, list[Difference]]:
    """By field, what Shopify says where the product keeps another value."""
    found: dict[str, list[Difference]] = {}
    if not product.drift:
        return found
    titles = dict(product.variants.filter(removed_at=None).values_list("shopify_variant_id", "title"))
    for name, value in product.drift.items():
        base, _colon, variant = name.partition(":")
        title = titles.get(int(variant), "") if variant else ""
        shown = {"field": base.removeprefix(OF_VARIANTS), "variant": None, "before": None, "after": value}
        [row] = diffs.rows([shown], product.currency)
        text = row.separator.join(part.text for part in row.after)
        found.setdefault(base, []).append(Difference(name, title, text))
    return found
