"""A preview: what a sync would do, and ticks for what is to come in; nothing is written until it is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from stockcraft.catalog.models import Product
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.syncs.selecting import is_overtaken, selectable
from stockcraft.web.live import Live
from stockcraft.web.pages import paged, show
from stockcraft.web.run import KINDS, Line, matching
from stockcraft.web.tenancy import AccountRequest, see_other, tenant
from stockcraft.workflows.preview import import_ticked, request_preview

PAGE = 50
# What an address may ask for: words, a kind of change, a status in the shop, a page.
ASKED = ("q", "kind", "status", "page")
# What the sync would do: a preview has written nothing.
WOULD = {
    Change.Kind.CREATE: gettext_lazy("Would be added"),
    Change.Kind.UPDATE: gettext_lazy("Would be updated"),
    Change.Kind.LINK: gettext_lazy("Would be linked"),
    Change.Kind.RESTORE: gettext_lazy("Would be restored"),
    Change.Kind.ARCHIVE: gettext_lazy("Would be hidden"),
    Change.Kind.HOLD: gettext_lazy("Would be skipped"),
    Change.Kind.FAIL: gettext_lazy("Cannot be read"),
}
BADGES = {
    Change.Kind.CREATE: pgettext_lazy("one product", "Would be added"),
    Change.Kind.UPDATE: pgettext_lazy("one product", "Would be updated"),
    Change.Kind.LINK: pgettext_lazy("one product", "Would be linked"),
    Change.Kind.RESTORE: pgettext_lazy("one product", "Would be restored"),
    Change.Kind.ARCHIVE: pgettext_lazy("one product", "Would be hidden"),
    Change.Kind.HOLD: pgettext_lazy("one product", "Would be skipped"),
    Change.Kind.FAIL: pgettext_lazy("one product", "Cannot be read"),
}
COLUMNS = {"kind": ("kind", Change.Kind.values), "status": ("shop_status", Product.Status.values)}

Asked = dict[str, str]


class WouldBeLine(Line):
    """A line of what the sync would do."""

    @property
    def word(self) -> str:
        """The badge's word."""
        return str(BADGES[Change.Kind(self.change.kind)])

    @property
    def summary(self) -> str:
        """What would happen, in one line."""
        if self.change.kind == Change.Kind.ARCHIVE and not self.change.fields:
            return _("No longer in Shopify: would be hidden here, nothing is deleted")
        return super().summary


@dataclass(frozen=True)
class Ticked:
    """How many products are ticked, and how many of them the plan has room for; None for any number."""

    count: int
    of: int
    room: int | None

    @property
    def waiting(self) -> int:
        """How many would wait for room."""
        return 0 if self.room is None else max(0, self.count - self.room)

    @property
    def coming(self) -> int:
        """How many would come in."""
        return self.count - self.waiting


@require_POST
@tenant
def start_preview(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Look at what a sync of this shop would do, or show the look that is under way."""
    connection = get_object_or_404(request.account.connections, pk=connection_id)
    try:
        if not connection.can_sync:
            raise Refused(_("Reconnect your store first."))
        run = request_preview(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("integrations", args=[request.account.slug]))
    return see_other(reverse("preview", args=[request.account.slug, run.number]))


@require_http_methods(["GET", "POST"])
@tenant
def preview(request: AccountRequest, number: int) -> HttpResponse:
    """Show the preview; POST keeps the ticks of the page it came from, and goes where its button says."""
    previews = request.account.runs(manager="objects").filter(trigger=Trigger.PREVIEW)
    this = get_object_or_404(previews.select_related("connection"), number=number)
    if request.method == "POST":
        return _take(request, this)
    context: dict[str, Any] = {"section": "history", "run": this, "connection": this.connection}
    if this.is_live:
        context["live"] = Live(this)
    elif this.status in SyncRun.SUCCESSES:
        context |= _ended(request, this)
    return show(request, "preview.html", context, parts={"preview": "_preview_part.html"})


def ticked(this: SyncRun) -> Ticked:
    """What is ticked in a preview, against the room that the plan would have."""
    on = Q(left_out=False)
    # What would be linked is here already, and takes no place.
    counts = selectable(this).aggregate(
        of=Count("pk"), on=Count("pk", filter=on), linked=Count("pk", filter=on & Q(kind=Change.Kind.LINK))
    )
    holds = this.account.holds
    if holds is None:
        return Ticked(counts["on"], counts["of"], None)
    free = max(0, holds - this.account.products.live().count() + this.archived)
    return Ticked(counts["on"], counts["of"], free + counts["linked"])


def _ended(request: AccountRequest, this: SyncRun) -> dict[str, Any]:
    return {
        "overtaken": is_overtaken(this),
        "ticked": ticked(this),
        "planned": this.planned.count(),
        "first": this.connection.whole_read_at is None,
        **_list(this, _asked(request)),
    }


def _list(this: SyncRun, asked: Asked) -> dict[str, Any]:
    """The products that the address asks for, a page of them."""
    named = matching(this, asked["q"])
    of_kind = _narrowed(named, asked, "kind")
    page = paged(_narrowed(of_kind, asked, "status").select_related("product").order_by("pk"), asked["page"], PAGE)
    may_tick = set(selectable(this).filter(pk__in=[change.pk for change in page]).values_list("pk", flat=True))
    currency = this.connection.currency
    kinds, statuses = _counts(named, "kind"), _counts(of_kind, "shop_status")
    return {
        "page": page,
        "lines": [
            (WouldBeLine(change, change.product.currency if change.product else currency), change.pk in may_tick)
            for change in page
        ],
        "asked": asked,
        "all_count": sum(kinds.values()),
        "kinds": [
            _chip(asked, "kind", kind.value, WOULD[kind], kinds[kind], KINDS[kind][1])
            for kind in Change.Kind
            if kind in kinds
        ],
        "statuses": [
            _chip(asked, "status", status.value, status.label, statuses[status])
            for status in Product.Status
            if status in statuses
        ],
        "everything": _query(asked, kind="", status="", page=""),
        "here": _query(asked),
        "previous": _query(asked, page=str(page.number - 1)),
        "next": _query(asked, page=str(page.number + 1)),
    }


def _asked(request: AccountRequest) -> Asked:
    return {name: request.GET.get(name, "").replace("\0", "").strip() for name in ASKED}


def _narrowed(changes: QuerySet[Change], asked: Asked, name: str) -> QuerySet[Change]:
    """By kind or by status in the shop, if the address asks for one that there is."""
    column, known = COLUMNS[name]
    return changes.filter(**{column: asked[name]}) if asked[name] in known else changes


def _counts(changes: QuerySet[Change], column: str) -> dict[str, int]:
    return dict(changes.order_by().values_list(column).annotate(count=Count("pk")))


def _chip(asked: Asked, name: str, value: str, label: Any, count: int, icon: str = "") -> dict[str, Any]:
    chosen = asked[name] == value
    query = _query(asked, **{name: "" if chosen else value}, page="")
    return {"label": label, "count": count, "icon": icon, "query": query, "chosen": chosen}


def _query(asked: Asked, **other: str) -> str:
    return "?" + urlencode({name: value for name, value in (asked | other).items() if value})


def _take(request: AccountRequest, this: SyncRun) -> HttpResponse:
    """Keep the page's ticks, then do what the button says: tick many, import, or leaf on."""
    asked = _asked(request)
    address = reverse("preview", args=[request.account.slug, this.number])
    if this.status not in SyncRun.SUCCESSES or is_overtaken(this):
        messages.error(request, _("A sync came after this preview, so its list is out of date. Look again first."))
        return see_other(address)
    _keep_page(request, this)
    if "import" in request.POST:
        return _import(request, this)
    if "all" in request.POST or "none" in request.POST:
        found = _narrowed(_narrowed(matching(this, asked["q"]), asked, "kind"), asked, "status")
        selectable(this).filter(pk__in=found.order_by().values("pk")).update(left_out="none" in request.POST)
    if request.htmx:
        return show(request, "_preview_ticked.html", {"ticked": ticked(this)})
    wanted = request.POST.get("go", "")
    if wanted == "search":
        wanted = _query(asked, q=request.POST.get("q", "").strip(), page="")
    return see_other(address + (wanted if wanted.startswith("?") else _query(asked)))


def _keep_page(request: AccountRequest, this: SyncRun) -> None:
    """The ticks of the products that the page showed, in two statements."""
    shown, on = _numbers(request, "shown"), _numbers(request, "tick")
    changes = selectable(this)
    changes.filter(pk__in=shown & on, left_out=True).update(left_out=False)
    changes.filter(pk__in=shown - on, left_out=False).update(left_out=True)


def _numbers(request: AccountRequest, name: str) -> set[int]:
    return {int(text) for text in request.POST.getlist(name) if text.isdigit() and len(text) < 19}


def _import(request: AccountRequest, this: SyncRun) -> HttpResponse:
    try:
        if not this.connection.can_sync:
            raise Refused(_("Reconnect your store first."))
        run = import_ticked(this, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("preview", args=[request.account.slug, this.number]))
    return see_other(reverse("run", args=[request.account.slug, run.number]))
