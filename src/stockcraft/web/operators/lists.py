"""What all lists of operators have in common: they only show, cost the same whatever their length, and note actions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from stockcraft.web.formats import clock_utc, day_and_year

log = logging.getLogger("stockcraft.operators")

# Nobody leafs further; counting a hundred million rows to say so would take a minute.
MOST = 10_000

Column = str | Callable[[Any], Any]


class BoundedPaginator(Paginator):
    """Counts and leafs through the first rows only; the search finds the others."""

    @cached_property
    def count(self) -> int:
        """How many rows can be leafed through."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin gives no other
        return rows[:MOST].count()


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list of ``columns`` and a page per row with ``details`` too, to read; what may be done is list actions."""

    columns: tuple[Column, ...]
    details: tuple[Column, ...] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    view_on_site = False

    def get_list_display(self, request: HttpRequest) -> Any:
        """What a line of the list shows."""
        return self.columns

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a row's own page shows."""
        return (*self.columns, *self.details)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Rows come from the product's own pages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is edited here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: work would be lost."""
        return False

    def note(self, request: HttpRequest, row: Model, what: str) -> None:
        """Keep in the log of actions, and in the application's log, who did what."""
        self.log_change(request, row, what)
        log.info("operator %s: %s: %s", request.user.pk, row, what)


def shown(name: str, label: Any, order: str | None = None, *, boolean: bool = False) -> Callable[[Any], Any]:
    """A column that shows an attribute, reached by dots, under a label of ours; a choice in its own words."""
    *way, last = name.split(".")

    def column(row: Any) -> Any:
        for step in way:
            row = getattr(row, step)
        value = getattr(row, f"get_{last}_display", None) or getattr(row, last)
        value = value() if callable(value) else value
        return value if boolean else _readable(value)

    # Not the field's own name: Django would add the field's note for developers.
    column.__name__ = f"shown_{name.replace('.', '_')}"
    return admin.display(column, description=label, ordering=order or name.replace(".", "__"), boolean=boolean or None)


def _readable(value: Any) -> Any:
    """A value as people read it; operators and their logs agree on one time zone."""
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, datetime):
        return f"{day_and_year(value)}, {clock_utc(value)}"
    return ", ".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value
