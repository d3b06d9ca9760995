"""Whose pages these are: an address names an account, and only its members get further."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from stockcraft.accounts.models import Account, Membership, User
from stockcraft.catalog.counts import ProductCounts

View = Callable[..., HttpResponseBase]


class AccountRequest(HttpRequest):
    """A request of a member: what `tenant` has made sure of, for the type checker."""

    account: Account
    membership: Membership
    counts: ProductCounts
    user: User
    htmx: Any


def tenant(view: View) -> View:
    """Resolve the address's account through the reader's membership and pass the other parts of the address on.

    A signed-out reader is sent to sign in; a stranger gets 404, so that nobody learns which accounts exist.
    """

    @wraps(view)
    def inside(request: HttpRequest, account_slug: str, **parts: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        membership = _membership(request.user, account_slug)
        if membership is None:
            raise Http404("no such account")
        inner = cast(AccountRequest, request)
        inner.membership, inner.account = membership, membership.account
        inner.counts = ProductCounts(membership.account)
        return view(inner, **parts)

    return inside


def owners_only(view: View) -> View:
    """Let only owners through; a member is told so (403). Stands inside `tenant`."""

    @wraps(view)
    def inside(request: AccountRequest, **parts: Any) -> HttpResponseBase:
        if request.membership.role != Membership.Role.OWNER:
            from stockcraft.web.errors import forbidden

            return forbidden(request)
        return view(request, **parts)

    return inside


def first_account(user: User) -> Account | None:
    """The account a person lands on: the one they joined first."""
    membership = user.memberships.select_related("account").order_by("created_at", "pk").first()
    return membership.account if membership else None


class SeeOther(HttpResponseRedirect):
    """303: look there now, with GET."""

    status_code = 303


def see_other(address: str) -> HttpResponse:
    """Answer a form: go and look there."""
    return SeeOther(address)


def _membership(user: Any, slug: str) -> Membership | None:
    return Membership.objects.select_related("account").filter(user=user, account__slug=slug).first()
