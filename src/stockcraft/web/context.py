"""What every page's frame shows: the account, its plan's use, the navigation and the words script needs."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from stockcraft.accounts.models import Account, User
from stockcraft.catalog.counts import ProductCounts
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.web.holds import count_undecided


class Frame:
    """The frame around an account's page. Nothing is asked of the database before a template shows it."""

    def __init__(self, account: Account, user: User, counts: ProductCounts) -> None:
        self._account = account
        self._user = user
        self._counts = counts

    @property
    def live_products(self) -> int:
        """How many products the plan counts."""
        return self._counts.live

    @property
    def holds(self) -> int | None:
        """How many the plan holds; None for any number."""
        return self._account.holds

    @property
    def is_full(self) -> bool:
        """Whether a new product has no room."""
        return self.holds is not None and self.live_products >= self.holds

    @property
    def duplicates(self) -> int:
        """How many products share a Shopify product with another."""
        return self._counts.duplicates

    @cached_property
    def to_decide(self) -> int:
        """How many shop products a person has to say something about."""
        return count_undecided(self._account)

    @cached_property
    def faults(self) -> int:
        """How many shops a person has to connect again."""
        return self._account.connections.filter(status=Connection.Status.NEEDS_RECONNECTING).count()

    @cached_property
    def awaiting(self) -> list[SyncRun]:
        """The runs whose planned changes wait for a decision, newest first."""
        stopped = self._account.runs.filter(status=SyncRun.Status.NEEDS_CONFIRMATION, decision="")
        return list(stopped.select_related("connection").order_by("-number"))

    @cached_property
    def accounts(self) -> list[Account]:
        """Every account the reader may switch to."""
        return list(self._user.accounts.order_by("name", "pk"))


def frame(request: HttpRequest) -> dict[str, Any]:
    """The template context of the frame around each page."""
    user = getattr(request, "user", None)
    account, counts = getattr(request, "account", None), getattr(request, "counts", None)
    known = isinstance(user, User) or bool(user and user.is_authenticated)
    return {
        "theme": user.theme if known and user and user.theme != User.Theme.SYSTEM else "",
        "account": account,
        "membership": getattr(request, "membership", None),
        "frame": Frame(account, user, counts) if account and counts and known and user else None,
        "script_words": json.dumps(_words()),
        "server_now": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "wants_zone": known and not getattr(user, "timezone", ""),
    }


def _words() -> dict[str, str]:
    """Sentences that script fills in: the same ones the server uses, so both languages live in one catalogue."""
    return {
        "now": _("just now"),
        "minutes": _("%(n)s min ago"),
        "hours": _("%(n)s h ago"),
        "yesterday": _("yesterday"),
        "days": _("%(n)s days ago"),
        "inMinutes": _("in %(m)s min"),
        "inHours": _("in %(h)s h %(m)s min"),
        "starting": _("Starting…"),
        "there": _("%(time)s in %(city)s"),
        "dayThere": _("%(day)s, %(time)s in %(city)s"),
        "lost": _("Connection lost. Progress will catch up when you are back online."),
        "notSaved": _("That change was not saved. Check your connection and try again."),
        "dismiss": _("Dismiss"),
    }
