"""Operators see syncs with their changes and notices. They are history: nobody writes them but the sync."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stockcraft.syncs.models import Change, Notice, SyncRun
from stockcraft.web.formats import duration
from stockcraft.web.operators.lists import ReadOnlyAdmin, shown
from stockcraft.web.operators.site import site


@admin.display(description=gettext_lazy("Duration"))
def took(run: SyncRun) -> str:
    """How long the run took."""
    return "" if run.seconds is None else duration(run.seconds)


@admin.display(description=gettext_lazy("What it did"))
def lists_of(run: SyncRun) -> SafeString:
    """Where its changes and notices are listed."""
    changes, notices = (reverse(f"operators:syncs_{name}_changelist") for name in ("change", "notice"))
    address = '<a href="{}?run__id__exact={}">{}</a>'
    return format_html(f"{address} · {address}", changes, run.pk, _("Changes"), notices, run.pk, _("Notices"))


@admin.register(SyncRun, site=site)
class SyncRunAdmin(ReadOnlyAdmin):
    """Every sync of every shop, latest first."""

    columns = (
        "__str__",
        shown("account", gettext_lazy("Account"), "account__name"),
        shown("connection", gettext_lazy("Store address"), "connection__shop_domain"),
        shown("status", gettext_lazy("Status")),
        shown("trigger", gettext_lazy("Trigger")),
        shown("requested_at", gettext_lazy("Asked for")),
        took,
        shown("failure_code", gettext_lazy("Failure code")),
    )
    details = (
        shown("failure_detail", gettext_lazy("Detail")),
        shown("requested_by", gettext_lazy("By")),
        shown("started_at", gettext_lazy("Started")),
        shown("finished_at", gettext_lazy("Ended")),
        shown("mode", gettext_lazy("Mode")),
        shown("route", gettext_lazy("Route")),
        shown("phase", gettext_lazy("Phase")),
        shown("attempt", gettext_lazy("Attempt")),
        shown("heartbeat_at", gettext_lazy("Last sign of life")),
        shown("requests", gettext_lazy("Requests")),
        shown("api_points", gettext_lazy("API points")),
        shown("found", gettext_lazy("Found")),
        shown("created", gettext_lazy("Added")),
        shown("updated", gettext_lazy("Updated")),
        shown("unchanged", gettext_lazy("Unchanged")),
        shown("restored", gettext_lazy("Restored")),
        shown("archived", gettext_lazy("Removed")),
        shown("held", gettext_lazy("Skipped")),
        shown("failed", gettext_lazy("Failed")),
        shown("duplicates", gettext_lazy("Duplicates")),
        lists_of,
    )
    list_filter = ("status", "trigger")
    list_select_related = ("account", "connection", "requested_by")
    search_fields = ("account__name", "account__slug", "connection__shop_domain", "failure_code")


@admin.register(Change, site=site)
class ChangeAdmin(ReadOnlyAdmin):
    """What syncs did, product by product; reached from a sync."""

    columns = (
        shown("title", gettext_lazy("Product")),
        shown("kind", gettext_lazy("What was done")),
        shown("reason", gettext_lazy("Reason")),
        shown("detail", gettext_lazy("Detail")),
        shown("run", gettext_lazy("Sync"), "run"),
        shown("account", gettext_lazy("Account"), "account__name"),
        shown("created_at", gettext_lazy("When")),
    )
    details = (
        shown("shopify_product_id", gettext_lazy("Shopify ID")),
        shown("fields", gettext_lazy("Fields")),
    )
    list_filter = ("kind",)
    list_select_related = ("run", "account")
    search_fields = ("=shopify_product_id",)
    search_help_text = gettext_lazy("Shopify ID of a product")


@admin.register(Notice, site=site)
class NoticeAdmin(ReadOnlyAdmin):
    """The warnings that syncs left; reached from a sync."""

    columns = (
        shown("code", gettext_lazy("Warning")),
        shown("run", gettext_lazy("Sync"), "run"),
        shown("run.account", gettext_lazy("Account"), "run__account__name"),
        shown("shopify_product_id", gettext_lazy("Shopify ID")),
        shown("created_at", gettext_lazy("When")),
    )
    details = (shown("data", gettext_lazy("Detail")),)
    list_filter = ("code",)
    list_select_related = ("run__account",)
    search_fields = ("=shopify_product_id",)
    search_help_text = gettext_lazy("Shopify ID of a product")
