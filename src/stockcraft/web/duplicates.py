"""Duplicates: local products that point at one Shopify product, side by side, and the ways out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from stockcraft.catalog.models import Product, Variant
from stockcraft.syncs.models import Notice
from stockcraft.web.formats import money_range
from stockcraft.web.pages import paged, show
from stockcraft.web.products import Line, lines
from stockcraft.web.tenancy import AccountRequest, tenant

GROUPS = 10
# Nobody compares more products than this at once; the others follow when some of these are resolved.
SHOWN = 12
# Of a text; the whole is on the product's page and on that of the merge.
LONGEST = 120

Key = tuple[int | None, int | None]


@dataclass(frozen=True)
class Fact:
    """A value of one product, marked where the group does not agree on it; ``own`` is what only the merchant keeps."""

    label: str
    text: str
    differs: bool
    own: bool


@dataclass(frozen=True)
class Twin:
    """One product of a group."""

    line: Line
    is_synced: bool
    facts: list[Fact]

    @property
    def from_shopify(self) -> list[Fact]:
        """What a sync writes, or once wrote."""
        return [fact for fact in self.facts if not fact.own]

    @property
    def own(self) -> list[Fact]:
        """What is kept only here, and goes when the product goes."""
        return [fact for fact in self.facts if fact.own]


@dataclass(frozen=True)
class Group:
    """The products that point at one Shopify product; the first (lowest id) is synced."""

    shopify_product_id: int
    twins: list[Twin]
    more: int

    @property
    def first(self) -> Product:
        """The first match."""
        return self.twins[0].line.product

    @property
    def title(self) -> str:
        """What Shopify calls it, as last written to the synced one."""
        return self.first.title

    @property
    def first_seen(self) -> int | None:
        """The number of the first sync that warned of the group, of those in the history."""
        number: int | None = self.first.first_seen  # type: ignore[attr-defined]  # annotated
        return number

    @property
    def shopify_address(self) -> str:
        """Where the merchant sees it, in the Shopify admin."""
        connection = self.first.connection
        return f"{connection.admin_url}/products/{self.shopify_product_id}" if connection else ""


@require_GET
@tenant
def duplicates(request: AccountRequest) -> HttpResponse:
    """Show the groups, a page of them."""
    keys = request.counts.duplicate_groups().order_by("connection", "shopify_product_id")
    page = paged(keys, request.GET.get("page"), GROUPS)
    context = {
        "section": "products",
        "page": page,
        "groups": _groups(request, list(page)),
        "resolved": request.account.resolutions.count(),
    }
    return show(request, "duplicates.html", context)


def _groups(request: AccountRequest, keys: list[dict[str, Any]]) -> list[Group]:
    """The products behind these keys, in catalogue order within each group, in the same number of queries always."""
    sizes = {(key["connection"], key["shopify_product_id"]): key["products"] for key in keys}
    warned = Notice.objects.filter(
        code=Notice.Code.DUPLICATE,
        shopify_product_id=OuterRef("shopify_product_id"),
        run__connection=OuterRef("connection"),
    ).order_by("run")
    candidates = (
        request.account.products.filter(
            connection__in={key[0] for key in sizes}, shopify_product_id__in={key[1] for key in sizes}
        )
        .annotate(
            first_seen=Subquery(warned.values("run__number")[:1]),
            place=Window(RowNumber(), [F("connection"), F("shopify_product_id")], F("pk").asc()),
        )
        .filter(place__lte=SHOWN)
        .select_related("connection")
        .order_by("connection", "shopify_product_id", "pk")
    )
    found: list[Product] = [product for product in candidates if _key(product) in sizes]
    by_product = {line.product.pk: line for line in lines(found)}
    costs = _costs(by_product)
    return [
        _group([by_product[product.pk] for product in products], key[1] or 0, sizes[key], costs)
        for key, products in groupby(found, key=_key)
    ]


def _key(product: Product) -> Key:
    return product.connection_id, product.shopify_product_id


def _group(members: list[Line], shopify_product_id: int, size: int, costs: Mapping[int, Mapping[str, Any]]) -> Group:
    values = [_values(line, costs.get(line.product.pk, {})) for line in members]
    seen: dict[str, set[str]] = defaultdict(set)
    for value in values:
        for label, text, _own in value:
            seen[label].add(text)
    twins = [
        Twin(line, place == 0, [_fact(*one, seen[one[0]]) for one in value if one[1] or len(seen[one[0]]) > 1])
        for place, (line, value) in enumerate(zip(members, values, strict=True))
    ]
    return Group(shopify_product_id, twins, size - len(twins))


def _fact(label: str, text: str, own: bool, texts: set[str]) -> Fact:
    return Fact(label, (text if len(text) <= LONGEST else f"{text[:LONGEST]}…") or "—", len(texts) > 1, own)


def _values(line: Line, costs: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """What to compare: synced values first, then what only the merchant keeps. What no twin has is left out later."""
    product = line.product
    noted = costs.get("noted", 0)
    return [
        (_("Title"), product.title, False),
        (_("Status"), str(Product.Status(product.status).label), False),
        (_("Price"), money_range(line.low, line.high, product.currency), False),
        (_("SKU"), f"{line.sku}, …" if line.more_skus else line.sku, False),
        (_("Variants"), str(line.variants), False),
        (_("Own name"), product.name_override, True),
        (_("Category"), product.category, True),
        (_("Notes"), product.notes, True),
        (_("Own cost"), _range(costs, "own_cost", product.currency), True),
        (_("Labour"), _range(costs, "labour", product.currency), True),
        (_("Notes on variants"), ngettext("%(n)s note", "%(n)s notes", noted) % {"n": noted} if noted else "", True),
    ]


def _range(costs: Mapping[str, Any], name: str, currency: str) -> str:
    low = costs.get(f"low_{name}")
    return "" if low is None else money_range(low, costs[f"high_{name}"], currency)


def _costs(products: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the merchant keeps with the variants of these products, hidden ones too: all of it goes with the product."""
    kept = Variant.objects.filter(product__in=list(products)).order_by().values("product")
    each = kept.annotate(
        low_own_cost=Min("own_cost"), high_own_cost=Max("own_cost"), low_labour=Min("labour"),
        high_labour=Max("labour"), noted=Count("pk", filter=~Q(notes="")),
    )  # fmt: skip
    return {row["product"]: dict(row) for row in each}
