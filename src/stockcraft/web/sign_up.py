"""Signing up: a person and their first account come into being together."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account, User


class AccountAdapter(DefaultAccountAdapter):
    """Where people land after signing in, and what a wrong password is told."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("Email and password do not match. Try again or reset your password."),
    }

    def add_message(self, *args: object, **options: object) -> None:
        """Signing in and out shows by itself; it needs no message."""


class SignUpForm(SignupForm):
    """Name, e-mail, password and the name of the workspace."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    workspace = forms.CharField(
        label=_("Workspace name"),
        max_length=100,
        help_text=_("Usually the name of your shop. You can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    field_order = ["name", "workspace", "email", "password1"]

    def save(self, request: HttpRequest) -> User:
        """Make the user and open their account, both or neither."""
        with transaction.atomic():
            user: User = super().save(request)
            user.name = self.cleaned_data["name"]
            user.language = get_language() or ""
            user.save(update_fields=["name", "language"])
            Account.objects.open(self.cleaned_data["workspace"], owner=user)
        return user
