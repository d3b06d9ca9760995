"""The operators' part of Django's admin: signed in by the application's own pages, and not there for anybody else."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

# Signing in, with its limits on guessing, and passwords belong to django-allauth's pages.
NOT_HERE = {"login", "logout", "password_change", "password_change_done"}


class OperatorSite(admin.AdminSite):
    """Django's admin for superusers. A member, an owner and a stranger get 404, as on any page that is not theirs."""

    site_title = "StockCraft"
    site_header = _("StockCraft for operators")
    index_title = _("All accounts of this installation")
    site_url = "/"
    empty_value_display = "—"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the reader is an operator."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """The view for operators only."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404("no operator")
            return inner(request, *args, **kwargs)

        return inside

    def get_urls(self) -> list[Any]:
        """Django's addresses without those for signing in."""
        return [found for found in super().get_urls() if getattr(found, "name", None) not in NOT_HERE]


site = OperatorSite(name="operators")
