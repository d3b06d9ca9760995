"""Operators see connections, start a sync of one, and have webhook subscriptions that are missing made anew."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Trigger
from stockcraft.web.operators.lists import ReadOnlyAdmin, shown
from stockcraft.web.operators.site import site
from stockcraft.workflows.start import request_sync
from stockcraft.workflows.upkeep import look_after_soon

SECRETS = ("access_token", "refresh_token", "client_secret")


@admin.register(Connection, site=site)
class ConnectionAdmin(ReadOnlyAdmin):
    """Every connection. Its secrets are not even read from the database."""

    columns = (
        shown("shop_domain", gettext_lazy("Store address")),
        shown("account", gettext_lazy("Account"), "account__name"),
        shown("status", gettext_lazy("Status")),
        shown("auto_sync", gettext_lazy("Auto-Sync"), boolean=True),
        shown("next_sync_at", gettext_lazy("Next sync")),
        shown("last_success_at", gettext_lazy("Last success")),
        shown("webhook_problem", gettext_lazy("Webhook problem")),
    )
    details = (
        shown("failure_code", gettext_lazy("Failure code")),
        shown("shop_name", gettext_lazy("Name of the shop")),
        shown("currency", gettext_lazy("Currency")),
        shown("products_total", gettext_lazy("Products in the shop")),
        shown("grant", gettext_lazy("How it was connected")),
        shown("token_expires_at", gettext_lazy("Token valid until")),
        shown("refresh_expires_at", gettext_lazy("Renewable until")),
        shown("scopes", gettext_lazy("Granted scopes")),
        shown("webhook_topics", gettext_lazy("Webhook subscriptions")),
        shown("api_version", gettext_lazy("API version")),
        shown("connected_at", gettext_lazy("Connected")),
        shown("disconnected_at", gettext_lazy("Disconnected")),
        shown("tended_at", gettext_lazy("Looked after")),
        shown("whole_read_at", gettext_lazy("Last whole read")),
    )
    list_filter = ("status", "grant", "auto_sync")
    list_select_related = ("account",)
    search_fields = ("shop_domain", "account__name", "account__slug", "webhook_problem")
    actions = ("sync_now", "mend_webhooks")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """Without the secrets."""
        return super().get_queryset(request).defer(*SECRETS)

    @admin.action(description=gettext_lazy("Sync Products Now"))
    def sync_now(self, request: HttpRequest, connections: QuerySet[Connection]) -> None:
        """Start a sync of each shop, or join the one under way."""
        done = self._for_each(request, connections, self._sync)
        words = ngettext("A sync of %(n)s shop is on its way.", "Syncs of %(n)s shops are on their way.", done)
        self.message_user(request, words % {"n": done}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Mend webhook subscriptions"))
    def mend_webhooks(self, request: HttpRequest, connections: QuerySet[Connection]) -> None:
        """Ask Shopify what it delivers to us, and subscribe anew to what is missing."""
        done = self._for_each(request, connections, self._mend)
        words = ngettext(
            "The webhooks of %(n)s shop are looked after in some seconds.",
            "The webhooks of %(n)s shops are looked after in some seconds.",
            done,
        )
        self.message_user(request, words % {"n": done}, messages.SUCCESS)

    def _for_each(
        self,
        request: HttpRequest,
        connections: QuerySet[Connection],
        act: Callable[[HttpRequest, Connection], str],
    ) -> int:
        """Do it for each that a sync could read, and name how many could not."""
        done = left = 0
        for connection in connections.order_by("pk").iterator(chunk_size=500):
            if connection.can_sync:
                self.note(request, connection, act(request, connection))
                done += 1
            else:
                left += 1
        if left:
            words = ngettext(
                "%(n)s shop was left alone: it has to be connected again first.",
                "%(n)s shops were left alone: they have to be connected again first.",
                left,
            )
            self.message_user(request, words % {"n": left}, messages.WARNING)
        return done

    def _sync(self, request: HttpRequest, connection: Connection) -> str:
        run, created = request_sync(connection, Trigger.MANUAL, by=request.user)  # type: ignore[arg-type]
        return f"Asked for {run}." if created else f"Asked for a sync; {run} was under way."

    def _mend(self, request: HttpRequest, connection: Connection) -> str:
        look_after_soon(connection)
        return "Asked for its webhook subscriptions to be mended."
