"""The product list: search, status chips, duplicates, pages."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import starmap
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Min, Q
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from stockcraft.catalog.counts import ProductCounts
from stockcraft.catalog.export import export_csv
from stockcraft.catalog.models import Product, ProductQuerySet, Variant
from stockcraft.catalog.search import MOST, Found, search
from stockcraft.connections.models import Connection
from stockcraft.web.pages import paged, show
from stockcraft.web.tenancy import AccountRequest, tenant
from stockcraft.web.waiting import room

PAGE = 50
TONES = {
    Product.Status.ACTIVE: "ok",
    Product.Status.DRAFT: "info",
    Product.Status.ARCHIVED: "",
    Product.Status.UNLISTED: "info",
}


class Match(NamedTuple):
    """As much of a found product as tells which views show it."""

    pk: int
    status: str
    is_live: bool
    is_shared: bool


@dataclass(frozen=True)
class View:
    """One way to look at the list: a chip and the products behind it, of all or of those a search found."""

    label: Any
    narrow: Callable[[ProductQuerySet, ProductCounts], ProductQuerySet]
    count: Callable[[ProductCounts], int]
    shows: Callable[[Match], bool]
    icon: str = ""
    always: bool = True


def _with_status(label: Any, status: str, *, always: bool = True) -> View:
    return View(
        label,
        lambda products, _counts: products.live().filter(status=status),
        lambda counts: counts.by_status.get(status, 0),
        lambda match: match.is_live and match.status == status,
        always=always,
    )


VIEWS = {
    "": View(
        gettext_lazy("All"),
        lambda products, _counts: products.live(),
        lambda counts: counts.live,
        lambda match: match.is_live,
    ),
    "active": _with_status(Product.Status.ACTIVE.label, Product.Status.ACTIVE),
    "draft": _with_status(Product.Status.DRAFT.label, Product.Status.DRAFT),
    "archived": _with_status(pgettext_lazy("products", "Archived"), Product.Status.ARCHIVED),
    "unlisted": _with_status(Product.Status.UNLISTED.label, Product.Status.UNLISTED, always=False),
    "removed": View(
        gettext_lazy("Removed in Shopify"),
        lambda products, _counts: products.exclude(archived_at=None),
        lambda counts: counts.archived,
        lambda match: not match.is_live,
        "archive",
        always=False,
    ),
    "duplicates": View(
        gettext_lazy("Duplicates"),
        lambda products, counts: products.filter(pk__in=counts.duplicate_ids()),
        lambda counts: counts.duplicates,
        lambda match: match.is_shared,
        "copy",
    ),
}


@dataclass
class Line:
    """A product as a row of the list, with the figures of its variants."""

    product: Product
    variants: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    sku: str = ""
    more_skus: bool = False
    duplicate: str = ""

    @property
    def tone(self) -> str:
        """The tone of the status badge."""
        return TONES.get(Product.Status(self.product.status), "")


@require_GET
@tenant
def products(request: AccountRequest) -> HttpResponse:
    """Show the list, or only its rows to script."""
    words = request.GET.get("q", "").strip()
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in VIEWS else ""
    found = search(request.account, words) if words else None
    if found:
        counts, page = _found_page(request, found, chosen)
    else:
        counts, page = _page(request, chosen)
    connections = request.account.connections.exclude(status=Connection.Status.DISCONNECTED).order_by("pk")
    syncable = [connection for connection in connections if connection.can_sync]
    context = {
        "section": "products",
        "page": page,
        "lines": lines(list(page)),
        "chips": _chips(counts, chosen),
        "more": MOST if found and found.more else None,
        "chosen": chosen,
        "q": words,
        "room": room(request.account, request.counts.live),
        "connection": next(iter(syncable), None),
        "last_success": max((c.last_success_at for c in syncable if c.last_success_at), default=None),
    }
    return show(request, "products.html", context, parts={"products": "_products.html"})


@require_GET
@tenant
def products_csv(request: AccountRequest) -> FileResponse:
    """Every product with its variants as a CSV file, in the form that `stockcraft export` writes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    export_csv(request.account, text)
    text.detach()
    file.seek(0)
    name = f"{request.account.slug}-products.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _page(request: AccountRequest, chosen: str) -> tuple[dict[str, int], Page[Any]]:
    """How many products each view holds, and the rows of the page: first their ids, which an index gives in order
    however far in, then the rows themselves."""
    counts = {value: view.count(request.counts) for value, view in VIEWS.items()}
    narrowed = VIEWS[chosen].narrow(request.account.products.all(), request.counts)
    ids = narrowed.order_by("title", "pk").values_list("pk", flat=True)
    return counts, _with_rows(paged(ids, request.GET.get("page"), PAGE, count=counts[chosen]))


def _found_page(request: AccountRequest, found: Found, chosen: str) -> tuple[dict[str, int], Page[Any]]:
    """The same of the products that a search found: few enough to be told apart here, in one query."""
    these = request.account.products.filter(pk__in=found.ids).order_by("title", "pk")
    told = these.annotate(
        is_live=ExpressionWrapper(Q(archived_at=None), BooleanField()),
        is_shared=ExpressionWrapper(Q(pk__in=request.counts.duplicate_ids()), BooleanField()),
    )
    matches = list(starmap(Match, told.values_list("pk", "status", "is_live", "is_shared")))
    counts = {value: sum(map(view.shows, matches)) for value, view in VIEWS.items()}
    ids = [match.pk for match in matches if VIEWS[chosen].shows(match)]
    return counts, _with_rows(paged(ids, request.GET.get("page"), PAGE))


def _with_rows(page: Page[Any]) -> Page[Any]:
    """A page of ids with the products themselves in their place."""
    rows = Product.objects.in_bulk(list(page))
    page.object_list = [rows[pk] for pk in page if pk in rows]
    return page


def lines(products: list[Product]) -> list[Line]:
    """The rows of these products, in two queries however many they are."""
    ids = [product.pk for product in products]
    figures = {
        row["product"]: row
        for row in Variant.objects.filter(product__in=ids, removed_at=None)
        .values("product")
        .annotate(
            variants=Count("pk"),
            low=Min("price"),
            high=Max("price"),
            first_sku=Min("sku", filter=~Q(sku="")),
            last_sku=Max("sku", filter=~Q(sku="")),
        )
    }
    is_first = Product.objects.filter(pk__in=ids).shared_ones()
    return [_line(product, figures.get(product.pk), is_first.get(product.pk)) for product in products]


def _line(product: Product, figures: Mapping[str, Any] | None, is_first: bool | None) -> Line:
    duplicate = "" if is_first is None else "synced" if is_first else "left"
    if figures is None:
        return Line(product, duplicate=duplicate)
    return Line(
        product,
        variants=figures["variants"],
        low=figures["low"],
        high=figures["high"],
        sku=figures["first_sku"] or "",
        more_skus=figures["first_sku"] != figures["last_sku"],
        duplicate=duplicate,
    )


def _chips(counts: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    """Each view with how many products it holds."""
    return [
        {"value": value, "label": view.label, "icon": view.icon, "count": counts[value]}
        for value, view in VIEWS.items()
        if view.always or counts[value] or value == chosen
    ]
