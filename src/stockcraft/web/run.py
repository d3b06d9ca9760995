"""One run: its counts, what it held back and why, and every change field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from stockcraft.catalog.counts import live_products
from stockcraft.catalog.models import Variant
from stockcraft.syncs.models import Change, Notice, SyncRun
from stockcraft.syncs.undo import REFUSALS, UNDOABLE
from stockcraft.web import diffs
from stockcraft.web.csv_files import csv_response
from stockcraft.web.holds import count_undecided
from stockcraft.web.json_files import json_response
from stockcraft.web.live import Live
from stockcraft.web.pages import paged, show
from stockcraft.web.planned_changes import decision_context
from stockcraft.web.skips import hold_reason, skips
from stockcraft.web.templatetags.runs import wrote_nothing
from stockcraft.web.tenancy import AccountRequest, tenant
from stockcraft.web.undo import can_be_undone, undoable_counts, undone_products
from stockcraft.web.waiting import PLAN_LIMIT

PAGE = 25
NAMED = 5

# The tone and the icon of each kind of change, the same everywhere.
KINDS = {
    Change.Kind.CREATE: ("ok", "plus"),
    Change.Kind.UPDATE: ("accent", "pencil"),
    Change.Kind.LINK: ("accent", "pencil"),
    Change.Kind.RESTORE: ("ok", "archive-restore"),
    Change.Kind.ARCHIVE: ("warn", "archive"),
    Change.Kind.HOLD: ("warn", "circle-slash"),
    Change.Kind.FAIL: ("bad", "circle-x"),
}
LABELS = {
    Change.Kind.CREATE: pgettext_lazy("counter", "Added"),
    Change.Kind.UPDATE: pgettext_lazy("counter", "Updated"),
    Change.Kind.LINK: pgettext_lazy("counter", "Linked"),
    Change.Kind.RESTORE: pgettext_lazy("counter", "Restored"),
    Change.Kind.ARCHIVE: pgettext_lazy("counter", "Removed"),
    Change.Kind.HOLD: pgettext_lazy("counter", "Skipped"),
    Change.Kind.FAIL: pgettext_lazy("counter", "Failed"),
}
# What needs a person first, then what was done, then what was left alone.
WORTH_READING = Case(
    When(kind=Change.Kind.FAIL, then=0), When(kind=Change.Kind.HOLD, then=2), default=1, output_field=IntegerField()
)
# What a line shows of a change and of its product.
SHOWN = (
    "run_id", "shopify_product_id", "kind", "title", "reason", "detail", "fields",
    *(f"product__{name}" for name in ("title", "name_override", "image_url", "currency")),
)  # fmt: skip
ALWAYS = (Change.Kind.CREATE, Change.Kind.UPDATE, Change.Kind.HOLD)


@dataclass(frozen=True)
class Line:
    """A change as a line of the list, which opens where there are fields to show.

    ``undo`` is "possible" where it may be taken back, "done" where it was, else empty.
    """

    change: Change
    currency: str
    undo: str = ""

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return KINDS[Change.Kind(self.change.kind)][0]

    @property
    def icon(self) -> str:
        """The badge's icon."""
        return KINDS[Change.Kind(self.change.kind)][1]

    @property
    def word(self) -> str:
        """The badge's word."""
        return str(Change.Kind(self.change.kind).label)

    @property
    def title(self) -> str:
        """The product's name, as Shopify had it then."""
        return self.change.title or (
            self.change.product.name if self.change.product else f"#{self.change.shopify_product_id}"
        )

    @cached_property
    def rows(self) -> list[diffs.Row]:
        """Field, before, after."""
        return diffs.rows(self.change.fields, self.currency)

    @property
    def summary(self) -> str:
        """What happened, in one line."""
        change = self.change
        if change.fields:
            return diffs.summary(change.fields)
        if change.kind == Change.Kind.CREATE:
            return _("New product")
        if change.kind == Change.Kind.ARCHIVE:
            return _("No longer in Shopify: hidden here, nothing is deleted")
        if change.kind == Change.Kind.HOLD:
            return hold_reason(change.reason)
        if change.reason in REFUSALS:
            return str(REFUSALS[change.reason])
        return change.detail or self.word


@require_GET
@tenant
def run(request: AccountRequest, number: int) -> HttpResponse:
    """Show the run; to script, its head while it is under way and everything once it has ended."""
    this = get_object_or_404(_runs(request), number=number)
    if this.is_preview:
        return redirect("preview", request.account.slug, number)
    context = {"section": "history", "run": this, "connection": this.connection, **_head(this), **_list(request, this)}
    return show(request, "run.html", context, parts={"run": "_run_part.html"})


@require_GET
@tenant
def run_csv(request: AccountRequest, number: int) -> StreamingHttpResponse:
    """Every change of the run as CSV: one row per field, or one per product without fields."""
    this = get_object_or_404(_runs(request), number=number)
    columns = ("kind", "shopify_product_id", "product", "reason", "field", "variant", "before", "after")
    changes = this.changes.order_by("pk").iterator(chunk_size=500)
    return csv_response(f"{request.account.slug}-sync-{number}.csv", columns, _csv_rows(changes))


@require_GET
@tenant
def run_json(request: AccountRequest, number: int) -> StreamingHttpResponse:
    """Every change of the run as JSON, each with its fields before and after."""
    this = get_object_or_404(_runs(request), number=number)
    columns = ("kind", "shopify_product_id", "title", "reason", "detail", "fields")
    changes = this.changes.order_by("pk").values(*columns).iterator(chunk_size=500)
    return json_response(f"{request.account.slug}-sync-{number}.json", changes)


def _csv_rows(changes: Iterable[Change]) -> Iterable[list[Any]]:
    for change in changes:
        start = [change.kind, change.shopify_product_id, change.title, change.reason or change.detail]
        yield from (
            [*start, field.get("field"), field.get("variant"), field.get("before"), field.get("after")]
            for field in change.fields or [{}]
        )


def _runs(request: AccountRequest) -> QuerySet[SyncRun]:
    every = request.account.runs(manager="objects")
    return every.select_related("requested_by", "connection", "decided_by")


def _left_all_alone(this: SyncRun) -> bool:
    """Whether it failed before it wrote anything, so that its page says how many products are as they were."""
    return this.status == SyncRun.Status.FAILED and wrote_nothing(this)


def _head(this: SyncRun) -> dict[str, Any]:
    """The counts and the banners."""
    live = Live(this) if this.is_live else None
    waiting = this.changes.filter(kind=Change.Kind.HOLD, reason=PLAN_LIMIT).order_by("pk")
    names = list(waiting.values_list("title", flat=True)[: NAMED + 1]) if this.held or live else []
    notices = list(this.notices.order_by("pk")[:100])
    return {
        "live": live,
        "skips": [] if live or not this.held else skips(this),
        "waiting": waiting.count() if names else 0,
        "waiting_names": names[:NAMED],
        "more_waiting": max(0, waiting.count() - NAMED) if len(names) > NAMED else 0,
        "twins": [notice for notice in notices if notice.code == Notice.Code.DUPLICATE],
        "other_notices": [notice for notice in notices if notice.code != Notice.Code.DUPLICATE],
        **decision_context(this),
        "products": live_products(this.account_id, this.connection_id) if _left_all_alone(this) else 0,
        "can_undo": can_be_undone(this) and bool(undoable_counts(this)),
        "undone_by": this.undone_by.order_by("-number").first(),
        "to_decide": count_undecided(this.account, this) if this.held else 0,
    }


def _list(request: AccountRequest, this: SyncRun) -> dict[str, Any]:
    """The changes the address asks for, a page of them."""
    words = request.GET.get("q", "").strip()
    found = matching(this, words)
    counts = dict(found.values_list("kind").annotate(count=Count("pk")))
    kind = request.GET.get("kind", "")
    if kind in Change.Kind.values:
        found = found.filter(kind=kind)
    reason = request.GET.get("reason", "") if kind == Change.Kind.HOLD else ""
    if reason:
        found = found.filter(reason=reason)
    wanted = None if reason else counts.get(kind, 0) if kind in Change.Kind.values else sum(counts.values())
    rows = found.select_related("product").only(*SHOWN).order_by(WORTH_READING, "pk")
    page = paged(rows, request.GET.get("page"), PAGE, count=wanted)
    return {
        "page": page,
        "lines": _lines(this, list(page)),
        "q": words,
        "kind": kind,
        "reason": reason,
        "reason_words": hold_reason(reason) if reason else "",
        "all_count": sum(counts.values()),
        "chips": [
            {"value": kind.value, "label": LABELS[kind], "icon": KINDS[kind][1], "count": counts.get(kind, 0)}
            for kind in Change.Kind
            if kind in ALWAYS or counts.get(kind)
        ],
    }


def _lines(this: SyncRun, changes: list[Change]) -> list[Line]:
    """The changes of a page as lines, each with whether it may be taken back."""
    undone = undone_products(this, [change.product_id for change in changes])
    can_undo = can_be_undone(this)
    lines = []
    for change in changes:
        possible = can_undo and change.kind in UNDOABLE and change.product is not None
        undo = "done" if change.product_id in undone else "possible" if possible else ""
        lines.append(Line(change, change.product.currency if change.product else this.connection.currency, undo))
    return lines


def matching(this: SyncRun, words: str) -> QuerySet[Change]:
    """The changes whose title, or a SKU of whose product, contains every word."""
    changes = this.changes.all()
    for word in words.split():
        skus = Variant.objects.filter(account=this.account_id, sku__icontains=word).values("product")
        changes = changes.filter(Q(title__icontains=word) | Q(product__in=skus))
    return changes
