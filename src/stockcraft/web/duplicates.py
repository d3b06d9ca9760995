"""Duplicates: local products that point at one Shopify product, side by side, and the ways out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from stockcraft.catalog.duplicates import groups
from stockcraft.catalog.models import Product
from stockcraft.web.formats import money_range
from stockcraft.web.pages import paged, show
from stockcraft.web.products import Line, lines
from stockcraft.web.tenancy import AccountRequest, see_other, tenant

GROUPS = 20


@dataclass(frozen=True)
class Fact:
    """A value of one product, marked where the group does not agree on it."""

    label: str
    text: str
    differs: bool


@dataclass(frozen=True)
class Twin:
    """One product of a group."""

    line: Line
    is_synced: bool
    facts: list[Fact]


@dataclass(frozen=True)
class Group:
    """The products that point at one Shopify product; the first (lowest id) is synced."""

    shopify_product_id: int
    twins: list[Twin]

    @property
    def title(self) -> str:
        """What Shopify calls it, as last written to the synced one."""
        return self.twins[0].line.product.title


@require_GET
@tenant
def duplicates(request: AccountRequest) -> HttpResponse:
    """Show the groups, a page of them."""
    keys = groups(request.account).order_by("connection", "shopify_product_id")
    page = paged(keys, request.GET.get("page"), GROUPS)
    return show(
        request, "duplicates.html", {"section": "products", "page": page, "groups": _groups(request, list(page))}
    )


@require_http_methods(["GET", "POST"])
@tenant
def unlink_product(request: AccountRequest, product_id: int) -> HttpResponse:
    """Ask, then cut the tie to Shopify: the product stays as the merchant's own and no sync touches it."""
    this = get_object_or_404(request.account.products.linked(), pk=product_id)
    if request.method == "GET":
        return show(request, "product_unlink.html", {"section": "products", "product": this})
    with transaction.atomic():
        this.connection, this.shopify_product_id, this.digest = None, None, None
        this.save(update_fields=["connection", "shopify_product_id", "digest", "updated_at"])
        this.variants.update(shopify_variant_id=None)
    messages.success(request, _("%(product)s is no longer linked to Shopify.") % {"product": this.name})
    return see_other(reverse("duplicates", args=[request.account.slug]))


def _groups(request: AccountRequest, keys: list[dict[str, Any]]) -> list[Group]:
    """The products behind these keys, in catalogue order within each group."""
    wanted = {(key["connection"], key["shopify_product_id"]) for key in keys}
    candidates = request.account.products.filter(
        connection__in={key[0] for key in wanted}, shopify_product_id__in={key[1] for key in wanted}
    ).order_by("connection", "shopify_product_id", "pk")
    found = [product for product in candidates if _key(product) in wanted]
    by_product = {line.product.pk: line for line in lines(found)}
    return [
        _group([by_product[product.pk] for product in products], key[1] or 0)
        for key, products in groupby(found, key=_key)
    ]


def _key(product: Product) -> tuple[int | None, int | None]:
    return product.connection_id, product.shopify_product_id


def _group(members: list[Line], shopify_product_id: int) -> Group:
    values = [_values(line) for line in members]
    seen: dict[str, set[str]] = defaultdict(set)
    for value in values:
        for label, text in value:
            seen[label].add(text)
    twins = [
        Twin(line, place == 0, [Fact(label, text or "—", len(seen[label]) > 1) for label, text in value])
        for place, (line, value) in enumerate(zip(members, values, strict=True))
    ]
    return Group(shopify_product_id, twins)


def _values(line: Line) -> list[tuple[str, str]]:
    """What to compare: synced values first, then what only the merchant keeps."""
    product = line.product
    return [
        (_("Status"), str(product.get_status_display())),
        (_("Price"), money_range(line.low, line.high, product.currency)),
        (_("SKU"), line.sku),
        (_("Variants"), str(line.variants)),
        (_("Own name"), product.name_override),
        (_("Category"), product.category),
        (_("Notes"), product.notes),
    ]
