"""A page, or the part of it that script asked for: both from the same view and the same context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from stockcraft.web.tenancy import AccountRequest


def show(
    request: AccountRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    parts: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or the one of ``parts`` (element id → template) that script wants to replace."""
    target = request.htmx.target if request.htmx else None
    chosen = (parts or {}).get(target or "", template)
    response = render(request, chosen, {**context, "is_part": chosen != template}, status=status)
    if request.htmx and chosen == template:
        # Script asked for a part that this page no longer has: let it read the page as a whole.
        response.headers["HX-Refresh"] = "true"
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def paged(rows: QuerySet[Any] | Sequence[Any], number: str | None, size: int, *, count: int | None = None) -> Page[Any]:
    """One page of rows; the last one for a number beyond it, the first for nonsense. ``count`` if it is known."""
    paginator = FromTheNearerEnd(rows, size) if isinstance(rows, QuerySet) else Paginator(rows, size)
    if count is not None:
        paginator.count = count
    return paginator.get_page(number)


class FromTheNearerEnd(Paginator):
    """Leafs through an ordered query from its end where that is nearer: rows that are passed over are read too."""

    object_list: QuerySet[Any]

    def page(self, number: int | str) -> Page[Any]:
        """The page with this number; raises what `Paginator` does."""
        number = self.validate_number(number)
        first, last = (number - 1) * self.per_page, min(number * self.per_page, self.count)
        if first <= self.count // 2:
            return super().page(number)
        backwards = self.object_list.reverse()[self.count - last : self.count - first]
        return Page(list(backwards)[::-1], number, self)
