"""The product list: search, status chips, duplicates, pages."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.db import connection as database
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from stockcraft.catalog.counts import ProductCounts
from stockcraft.catalog.export import export_csv
from stockcraft.catalog.models import Product, ProductQuerySet
from stockcraft.catalog.search import MOST, Found, each, search
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


# What the list shows of a product; descriptions and all that a sync compares stay in the database.
SHOWN = ("title", "name_override", "status", "vendor", "image_url", "currency", "archived_at")
# Of each product its variants' figures, and whether others that carry its Shopify product ID came earlier or later.
FIGURES = """
    SELECT product.id, own.variants, own.low, own.high, coalesce(own.first_sku, ''), own.first_sku <> own.last_sku,
           EXISTS (
               SELECT FROM catalog_product AS twin
                WHERE twin.account_id = product.account_id AND twin.connection_id = product.connection_id
                  AND twin.shopify_product_id = product.shopify_product_id AND twin.id < product.id
           ) AS is_later,
           EXISTS (
               SELECT FROM catalog_product AS twin
                WHERE twin.account_id = product.account_id AND twin.connection_id = product.connection_id
                  AND twin.shopify_product_id = product.shopify_product_id AND twin.id > product.id
           ) AS is_earlier
      FROM catalog_product AS product, LATERAL (
          SELECT count(*) AS variants, min(price) AS low, max(price) AS high,
                 min(sku) FILTER (WHERE sku <> '') AS first_sku, max(sku) FILTER (WHERE sku <> '') AS last_sku
            FROM catalog_variant WHERE product_id = product.id AND removed_at IS NULL
      ) AS own
     WHERE product.id = ANY(%s)
"""


class Match(NamedTuple):
    """As much of a found product as tells which views show it."""

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
    these = request.account.products.filter(pk__in=each(found.ids)).order_by("title", "pk")
    told = these.annotate(
        is_live=ExpressionWrapper(Q(archived_at=None), BooleanField()),
        is_shared=ExpressionWrapper(Q(pk__in=request.counts.duplicate_ids()), BooleanField()),
    )
    matches = [(pk, Match(*rest)) for pk, *rest in told.values_list("pk", "status", "is_live", "is_shared")]
    alike = Counter(match for _pk, match in matches)
    counts = {value: sum(alike[one] for one in alike if view.shows(one)) for value, view in VIEWS.items()}
    shown = {one for one in alike if VIEWS[chosen].shows(one)}
    ids = [pk for pk, match in matches if match in shown]
    return counts, _with_rows(paged(ids, request.GET.get("page"), PAGE))


def _with_rows(page: Page[Any]) -> Page[Any]:
    """A page of ids with the products themselves in their place."""
    rows = Product.objects.only(*SHOWN).in_bulk(list(page))
    page.object_list = [rows[pk] for pk in page if pk in rows]
    return page


def lines(products: list[Product]) -> list[Line]:
    """The rows of these products, in one query however many they are."""
    if not products:
        return []
    with database.cursor() as cursor:
        cursor.execute(FIGURES, [[product.pk for product in products]])
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_line(product, *figures[product.pk]) for product in products if product.pk in figures]


def _line(
    product: Product,
    variants: int,
    low: Decimal | None,
    high: Decimal | None,
    sku: str,
    more_skus: bool | None,
    is_later: bool,
    is_earlier: bool,
) -> Line:
    duplicate = "left" if is_later else "synced" if is_earlier else ""
    return Line(product, variants, low, high, sku, bool(more_skus), duplicate)


def _chips(counts: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    """Each view with how many products it holds."""
    return [
        {"value": value, "label": view.label, "icon": view.icon, "count": counts[value]}
        for value, view in VIEWS.items()
        if view.always or counts[value] or value == chosen
    ]
