"""Operators see accounts and users, and put an account on another plan."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stockcraft.accounts.models import Account, Membership, User
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection, Selection
from stockcraft.syncs.models import Trigger
from stockcraft.web.operators.lists import ReadOnlyAdmin, shown
from stockcraft.web.operators.site import site
from stockcraft.workflows.start import sync_connected_shops


def counted(rows: QuerySet[Any], owner: str) -> Coalesce:
    """How many of these rows each account or user has, as a column: counted for the rows of the page only."""
    counts = rows.order_by().filter(**{owner: OuterRef("pk")}).values(owner).annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counts), 0, output_field=IntegerField())


@admin.register(Account, site=site)
class AccountAdmin(ReadOnlyAdmin):
    """Every account with its plan and its size."""

    columns = (
        "name",
        shown("slug", gettext_lazy("Address")),
        shown("plan", gettext_lazy("Plan")),
        shown("live", gettext_lazy("Live products")),
        shown("shops", gettext_lazy("Shops")),
        shown("people", gettext_lazy("Members")),
        shown("created_at", gettext_lazy("Opened")),
    )
    list_filter = ("plan",)
    search_fields = ("name", "slug", "memberships__user__email", "connections__shop_domain")
    search_help_text = gettext_lazy("Name, address, e-mail of a member or store address")
    actions = ("put_on_free", "put_on_plus")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With what each has, in the statement that lists them."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                live=counted(Product.objects.live(), "account"),
                shops=counted(Connection.objects.exclude(status=Connection.Status.DISCONNECTED), "account"),
                people=counted(Membership.objects.all(), "account"),
            )
        )

    @admin.action(description=gettext_lazy("Put on Free"))
    def put_on_free(self, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        """Nothing is removed; new products wait."""
        self._put_on(Plan.FREE, request, accounts)

    @admin.action(description=gettext_lazy("Put on Plus"))
    def put_on_plus(self, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        """A sync of each shop brings in at once what waited for room."""
        self._put_on(Plan.PLUS, request, accounts)

    def _put_on(self, plan: Plan, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        changed = 0
        for account in Account.objects.filter(pk__in=accounts.values("pk")).exclude(plan=plan).order_by("pk"):
            with transaction.atomic():
                account.plan = plan
                account.save(update_fields=["plan"])
                if plan == Plan.PLUS:
                    Selection.objects.release_waiting(account)
                    sync_connected_shops(account, Trigger.MANUAL, by=request.user)  # type: ignore[arg-type]
                self.note(request, account, f"Put on {plan.label}.")
            changed += 1
        words = ngettext("%(n)s account is on %(plan)s now.", "%(n)s accounts are on %(plan)s now.", changed)
        told = words % {"n": changed, "plan": plan.label} if changed else _("They were on %(plan)s already.") % {
            "plan": plan.label
        }  # fmt: skip
        self.message_user(request, told, messages.SUCCESS if changed else messages.INFO)


@admin.register(User, site=site)
class UserAdmin(ReadOnlyAdmin):
    """Every person. Their password and their settings are theirs; who is an operator is said on the command line."""

    columns = (
        shown("email", gettext_lazy("E-mail")),
        shown("name", gettext_lazy("Name")),
        shown("of_accounts", gettext_lazy("Accounts")),
        shown("is_superuser", gettext_lazy("Operator"), boolean=True),
        shown("is_active", gettext_lazy("May sign in"), boolean=True),
        shown("date_joined", gettext_lazy("Joined")),
        shown("last_login", gettext_lazy("Signed in last")),
    )
    list_filter = ("is_superuser", "is_active")
    search_fields = ("email", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With how many accounts each belongs to, and without what nobody is to see."""
        users = super().get_queryset(request).defer("password")
        return users.annotate(of_accounts=counted(Membership.objects.all(), "user"))
