"""Choose products: which of the shop's products have a place here, and which wait or are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from stockcraft.accounts.models import Account
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection, Selection
from stockcraft.syncs.models import Change
from stockcraft.syncs.selecting import give_up, leave_out, pending, take_in
from stockcraft.web.pages import paged, show
from stockcraft.web.tenancy import AccountRequest, see_other, tenant
from stockcraft.web.waiting import room, waiting_holds

PAGE = 50
State = Selection.State
COLUMNS = ("connection_id", "shopify_product_id", "title", "shop_status", "state")
Key = tuple[int, int]


@dataclass(frozen=True)
class Outside:
    """A shop product that is not here: it waits for room, was left out, or comes with the next sync."""

    connection_id: int
    shopify_product_id: int
    title: str
    shop_status: str
    state: str

    @property
    def key(self) -> str:
        """What its tick says in the form."""
        return f"{self.connection_id}:{self.shopify_product_id}"

    @property
    def comes(self) -> bool:
        """Whether it was taken in and the next sync brings it."""
        return self.state == State.CHOSEN

    @property
    def word(self) -> str:
        """What the list says of it."""
        words = {State.CHOSEN: _("Comes with the next sync"), State.LEFT_OUT: _("Left out")}
        return words.get(State(self.state), _("Waits for room"))

    @property
    def status_word(self) -> str:
        """Its status in the shop, where it was seen."""
        return str(Product.Status(self.shop_status).label) if self.shop_status in Product.Status.values else ""


@dataclass
class Ticks:
    """What a form says: which products were shown, and which of them are ticked."""

    here: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    outside: set[Key] = field(default_factory=set)
    taken: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, request: AccountRequest) -> Ticks:
        """Those of a posted form; nonsense counts for nothing."""
        posted = request.POST
        return cls(
            set(_numbers(posted.getlist("here"))),
            set(_numbers(posted.getlist("keep"))),
            set(_keys(posted.getlist("outside"))),
            set(_keys(posted.getlist("take"))),
        )

    @property
    def given_up(self) -> set[int]:
        """Products whose place is given up."""
        return self.here - self.kept


@require_http_methods(["GET", "POST"])
@tenant
def choose_products(request: AccountRequest) -> HttpResponse:
    """Show both lists, a page of each; POST takes the ticks of what it showed."""
    if request.method == "POST":
        return _take(request)
    return _show(request)


def _show(request: AccountRequest, *, ticks: Ticks | None = None, problem: str = "") -> HttpResponse:
    account = request.account
    words = request.GET.get("q", "").replace("\0", "").strip()
    here = paged(_named(_here(account), words).order_by("title", "pk"), request.GET.get("page"), PAGE)
    outside = paged(_outside(account, words), request.GET.get("more"), PAGE)
    lines = [Outside(*row) for row in outside]
    context = {
        "section": "products",
        "q": words,
        "here": here,
        "here_lines": [(product, ticks is None or product.pk not in ticks.given_up) for product in here],
        "outside": outside,
        "outside_lines": [(line, _is_ticked(line, ticks)) for line in lines],
        "room": room(account, request.counts.live),
        "problem": problem,
        "coming": pending(account).count(),
        "connections": list(account.connections.filter(status=Connection.Status.CONNECTED).order_by("pk")),
        "query": request.GET.urlencode(),
    }
    return show(request, "choose_products.html", context, status=422 if problem else 200)


def _is_ticked(line: Outside, ticks: Ticks | None) -> bool:
    if ticks is None:
        return line.comes
    return (line.connection_id, line.shopify_product_id) in ticks.taken


def _take(request: AccountRequest) -> HttpResponse:
    """Give up and take in, all of it or nothing: only what has a place can be taken in."""
    account, ticks = request.account, Ticks.of(request)
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        coming = {(said.connection_id, said.shopify_product_id): said for said in pending(account)}
        wanted = _selections(account, ticks.taken - set(coming))
        back = [said for key, said in coming.items() if key in ticks.outside - ticks.taken]
        leaving = _here(account).filter(pk__in=ticks.given_up)
        if account.holds is not None:
            free = account.holds - account.products.live().count() + leaving.count() - len(coming) + len(back)
            if len(wanted) > max(free, 0):
                return _show(request, ticks=ticks, problem=_no_room(account.holds, len(wanted) - free))
        left = leave_out(account, leaving.values_list("pk", flat=True))
        give_up(account, back)
        if wanted:
            take_in(account, wanted, waiting_holds(account))
    _say_what_was_done(request, left + len(back), len(wanted))
    return see_other(f"{reverse('choose_products', args=[account.slug])}?{request.GET.urlencode()}")


def _say_what_was_done(request: AccountRequest, left: int, taken: int) -> None:
    if left:
        words = ngettext(
            "%(n)s product gave up its place. It stays here, archived, with all your notes and costs.",
            "%(n)s products gave up their places. They stay here, archived, with all your notes and costs.",
            left,
        )
        messages.success(request, words % {"n": left})
    if taken:
        words = ngettext("The next sync brings in %(n)s product.", "The next sync brings in %(n)s products.", taken)
        messages.success(request, words % {"n": taken})
    if not left and not taken:
        messages.info(request, _("Nothing was changed."))


def _no_room(holds: int, missing: int) -> str:
    words = ngettext(
        "Your plan holds %(holds)s products. Untick %(n)s more that is here, or upgrade to Plus.",
        "Your plan holds %(holds)s products. Untick %(n)s more that are here, or upgrade to Plus.",
        missing,
    )
    return words % {"holds": holds, "n": missing}


def _here(account: Account) -> QuerySet[Product]:
    """Live products that syncs keep up to date: of several with one Shopify ID only the first is."""
    earlier = Product.objects.filter(
        account=account,
        connection=OuterRef("connection"),
        shopify_product_id=OuterRef("shopify_product_id"),
        pk__lt=OuterRef("pk"),
    )
    linked = Product.objects.live().filter(account=account, shopify_product_id__isnull=False, connection__isnull=False)
    return linked.exclude(connection__status=Connection.Status.DISCONNECTED).exclude(Exists(earlier))


def _outside(account: Account, words: str) -> QuerySet[Any, Any]:
    """What is not here: all that was selected so, and what waits for room in its turn."""
    comes = Q(pk__in=pending(account).values("pk"))
    selected = Selection.objects.of(account).filter(Q(state__in=Selection.KEPT_OUT) | comes)
    open_ones = selected.exclude(connection__status=Connection.Status.DISCONNECTED)
    waiting = waiting_holds(account).annotate(state=Value(State.WAITS.value, CharField(max_length=8)))
    rows = _named(open_ones, words).order_by().values_list(*COLUMNS)
    holds = _named(waiting, words).order_by().values_list("run__connection_id", *COLUMNS[1:])
    return rows.union(holds, all=True).order_by("title", "shopify_product_id")


def _selections(account: Account, keys: Iterable[Key]) -> list[Selection]:
    """Of these shop products those that are outside, to be said something about."""
    asked = Q(pk__in=[])
    held = Q(pk__in=[])
    for connection_id, shop_id in keys:
        asked |= Q(connection=connection_id, shopify_product_id=shop_id)
        held |= Q(run__connection=connection_id, shopify_product_id=shop_id)
    said = list(Selection.objects.of(account).filter(asked, state__in=Selection.KEPT_OUT))
    return said + [_from_hold(hold) for hold in waiting_holds(account).filter(held).select_related("run")]


def _from_hold(hold: Change) -> Selection:
    return Selection(connection_id=hold.run.connection_id, shopify_product_id=hold.shopify_product_id, title=hold.title)


def _named(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    return rows


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isdigit() and len(text) < 19]


def _keys(texts: Iterable[str]) -> list[Key]:
    pairs = [_numbers(text.split(":")) for text in texts]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
