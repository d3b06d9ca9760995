"""Settings → Integrations: each shop's connection in whatever state it is, or the way to connect one."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from stockcraft.catalog.counts import live_products
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.reasons import Reason, reason_for
from stockcraft.web.live import Live
from stockcraft.web.pages import show
from stockcraft.web.strip import DAYS, Strip, strip
from stockcraft.web.templatetags.runs import run_outcome
from stockcraft.web.tenancy import AccountRequest, tenant

LATEST = 3


class Card:
    """One connection with its runs, as the integration card shows it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def element(self) -> str:
        """The id of the card in the page."""
        return f"connection-{self.connection.pk}"

    @cached_property
    def runs(self) -> list[SyncRun]:
        """Those of the strip's days, and the latest few whatever their age; newest first."""
        runs = self.connection.runs.select_related("requested_by").order_by("-number")
        recent = list(runs.filter(requested_at__gte=timezone.now() - timedelta(days=DAYS)))
        return recent if len(recent) > LATEST else list(runs[: LATEST + 1])

    @property
    def latest(self) -> list[SyncRun]:
        """The last three runs, and the live one above them."""
        return self.runs[: LATEST + 1 if self.live else LATEST]

    @cached_property
    def live(self) -> Live | None:
        """The run under way."""
        run = next((run for run in self.runs if run.is_live), None)
        return Live(run) if run else None

    @cached_property
    def strip(self) -> Strip:
        """Fourteen days at a glance."""
        return strip(self.runs, timezone.now())

    @property
    def needs_reconnecting(self) -> bool:
        """Whether only a person can make it work again."""
        return self.connection.status == Connection.Status.NEEDS_RECONNECTING

    @cached_property
    def failed_run(self) -> SyncRun | None:
        """The last run, when it failed, nothing is under way, and the shop was not connected again since."""
        run = next(iter(self.runs), None)
        return run if run and run.status == SyncRun.Status.FAILED and not self._connected_since(run) else None

    def _connected_since(self, run: SyncRun) -> bool:
        """Connecting tries the access first, so what had failed before is mended."""
        ended, connected = run.finished_at or run.requested_at, self.connection.connected_at
        return not self.needs_reconnecting and connected is not None and connected > ended

    @property
    def reason(self) -> Reason | None:
        """Why it needs someone, if it does."""
        if self.needs_reconnecting:
            return reason_for(self.connection.failure_code or "shopify.unauthorized")
        return reason_for(self.failed_run.failure_code) if self.failed_run else None

    @cached_property
    def products(self) -> int:
        """How many live products of this shop are here."""
        return live_products(self.connection.account_id, self.connection.pk)


def render_integrations(
    request: HttpRequest, *, shop_error: str = "", shop: str = "", status: int = 200
) -> HttpResponse:
    """The integrations page of ``request.account``; ``shop_error`` says what was wrong with the address ``shop``.

    It stands beside the form that was sent, which the request's address tells.
    """
    inside: Any = request
    cards = [Card(connection) for connection in _open_connections(inside)]
    asked = request.htmx.target  # type: ignore[attr-defined]  # put there by django-htmx
    context = {
        "section": "settings",
        "tab": "integrations",
        "cards": cards,
        "card": next((card for card in cards if card.element == asked), None),
        "shop_error": shop_error,
        "shop": shop.removesuffix(".myshopify.com"),
        "outcome": _outcome(inside, cards),
        "opened": request.GET.get("disconnect", ""),
        "sent_form": _sent_form(request) if shop_error else "",
    }
    parts = {card.element: "_integration_part.html" for card in cards}
    return show(inside, "integrations.html", context, parts=parts, status=status)


@require_GET
@tenant
def integrations(request: AccountRequest) -> HttpResponse:
    """Show the page, or one card of it to script."""
    return render_integrations(request)


def _sent_form(request: HttpRequest) -> str:
    """Which way of connecting was tried: own-app, token, or the plain address."""
    last = request.path.rstrip("/").rsplit("/", 1)[-1]
    return last if last in ("own-app", "token") else "shop"


def _outcome(request: AccountRequest, cards: list[Card]) -> str:
    """How the run that script followed ended, if it did and well; a failure shows its recipe instead."""
    number = request.GET.get("followed", "")
    runs = [run for card in cards for run in card.runs if number == str(run.number)]
    return run_outcome(runs[0]) if runs and runs[0].status in SyncRun.SUCCESSES else ""


def _open_connections(request: AccountRequest) -> list[Connection]:
    return list(request.account.connections.exclude(status=Connection.Status.DISCONNECTED).order_by("pk"))
