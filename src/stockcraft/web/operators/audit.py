"""What operators did, for whoever has to know: written with each action, and never changed."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy

from stockcraft.web.operators.lists import ReadOnlyAdmin, shown
from stockcraft.web.operators.site import site


@admin.register(LogEntry, site=site)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who did what to what, latest first."""

    columns = (
        shown("action_time", gettext_lazy("When")),
        shown("user", gettext_lazy("Operator"), "user__email"),
        shown("content_type", gettext_lazy("Kind")),
        shown("object_repr", gettext_lazy("About")),
        shown("get_change_message", gettext_lazy("What was done"), "change_message"),
    )
    list_select_related = ("user", "content_type")
    search_fields = ("user__email", "object_repr", "change_message")
