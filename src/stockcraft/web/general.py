"""Settings → General: the workspace's name, and the reader's own profile. Settings → Members: who is in it."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from stockcraft.accounts.models import Account, Membership, User
from stockcraft.web.pages import show
from stockcraft.web.tenancy import AccountRequest, owners_only, see_other, tenant


def _zones() -> list[tuple[str, str]]:
    """Every zone people live in, by name."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", _("The browser’s")), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def _languages() -> list[tuple[str, str]]:
    own = [(code, translation.get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]
    return [("", _("The browser’s")), *own]


class AccountForm(forms.ModelForm):
    """The workspace's name."""

    class Meta:
        model = Account
        fields = ("name",)
        labels = {"name": gettext_lazy("Workspace name")}


class ProfileForm(forms.ModelForm):
    """What is the reader's own, whatever the workspace."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=lazy(_languages, list), required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=lazy(_zones, list), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=User.Theme.choices)

    class Meta:
        model = User
        fields = ("name", "language", "timezone", "theme")
        labels = {"name": gettext_lazy("Your name")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


@require_http_methods(["GET", "POST"])
@tenant
def general(request: AccountRequest) -> HttpResponseBase:
    """Show both forms; POST saves the one that was sent."""
    if request.method == "POST":
        return _save_account(request) if "workspace" in request.POST else _save_profile(request)
    return _show(request)


@require_GET
@tenant
def members(request: AccountRequest) -> HttpResponse:
    """List who may see this workspace."""
    people = request.account.memberships.select_related("user").order_by("role", "created_at", "pk")
    return show(request, "members.html", {"section": "settings", "tab": "members", "people": people})


@owners_only
def _save_account(request: AccountRequest) -> HttpResponse:
    form = AccountForm(request.POST, instance=request.account)
    if not form.is_valid():
        return _show(request, account_form=form)
    request.account.save(update_fields=["name"])
    return _saved(request)


def _save_profile(request: AccountRequest) -> HttpResponse:
    form = ProfileForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _show(request, profile_form=form)
    request.user.save(update_fields=["name", "language", "timezone", "theme"])
    with translation.override(request.user.language or translation.get_language()):
        response = _saved(request)
    if request.user.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, request.user.language, samesite="Lax")
    return response


def _saved(request: AccountRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(reverse("general", args=[request.account.slug]))


def _show(request: AccountRequest, **forms_with_problems: Any) -> HttpResponse:
    context = {
        "section": "settings",
        "tab": "general",
        "account_form": AccountForm(instance=request.account),
        "profile_form": ProfileForm(instance=request.user),
        "is_owner": request.membership.role == Membership.Role.OWNER,
        **forms_with_problems,
    }
    return show(request, "general.html", context, status=422 if forms_with_problems else 200)
