"""The app's address in Shopify: whoever opens it there comes here with a signed link, and is sent on to approve."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from stockcraft.accounts.models import User
from stockcraft.connections import install
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.web.tenancy import first_account


@require_GET
@never_cache
def shopify_install(request: HttpRequest) -> HttpResponse:
    """Take up Shopify's install link. Someone who is not signed in does that, or signs up, and goes on from there."""
    try:
        install.open_link(request.session, request.META.get("QUERY_STRING", ""))
    except Refused as refusal:
        status = 401 if isinstance(refusal, install.LinkRefused) else 400
        return render(request, "install_refused.html", {"problem": str(refusal)}, status=status)
    onward = reverse("shopify_install_onward")
    if request.user.is_authenticated:
        return redirect(onward)
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': onward})}")


@require_GET
@never_cache
@login_required
def shopify_install_onward(request: HttpRequest) -> HttpResponse:
    """Send whoever has signed in to Shopify, or to the shop's page where it is connected already."""
    user, session = cast(User, request.user), cast(Any, request.session)
    shop = install.linked_shop(session)
    account = first_account(user)
    if not shop or account is None:
        return redirect("home")
    mine = Connection.objects.filter(account__memberships__user=user, shop_domain=shop).select_related("account")
    if known := mine.first():
        account = known.account
    if known and known.can_sync:
        return redirect("integrations", account.slug)
    return redirect(install.begin(session, account, shop))
