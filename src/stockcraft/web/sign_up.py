"""Signing up: a person and their first account come into being together."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm


class AccountAdapter(DefaultAccountAdapter):
    """Where people land after signing in."""


class SignUpForm(SignupForm):
    """E-mail, password and the name of the workspace."""
