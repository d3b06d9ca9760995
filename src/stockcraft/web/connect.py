"""Connecting a shop, reconnecting and disconnecting it, and switching Auto-Sync."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shopsync.errors import SyncError
from shopsync.shopify import oauth
from stockcraft.catalog.counts import ProductCounts
from stockcraft.connections import install
from stockcraft.connections.connecting import connect
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.not_connected import why_not_connected
from stockcraft.web.integrations import render_integrations
from stockcraft.web.tenancy import AccountRequest, tenant
from stockcraft.workflows.cancel import cancel_live_run
from stockcraft.workflows.preview import request_preview


@require_POST
@tenant
def connect_shop(request: AccountRequest) -> HttpResponse:
    """Send the merchant to Shopify to approve reading the shop they named."""
    shop = request.POST.get("shop", "")
    return _trying(request, shop, lambda: redirect(install.begin(request.session, request.account, shop)))


@require_POST
@tenant
def reconnect_shop(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Ask Shopify for a new approval of a shop that is, or was, connected."""
    connection = get_object_or_404(request.account.connections, pk=connection_id)
    shop = connection.shop_domain
    return _trying(request, shop, lambda: redirect(install.begin(request.session, request.account, shop)))


@require_GET
@login_required
def shopify_callback(plain: HttpRequest) -> HttpResponse:
    """Shopify sends the merchant back here, with a code and its signature."""
    request = cast(AccountRequest, plain)
    account = install.expected_account(request.session)
    if account is None or not account.memberships.filter(user=request.user).exists():
        messages.error(request, _("This approval was not started here, or was used already. Connect the shop again."))
        return redirect("home")
    request.account, request.counts = account, ProductCounts(account)
    query = request.META.get("QUERY_STRING", "")

    def finish() -> HttpResponse:
        return _connected(request, install.finish(request.session, account, query))

    return _trying(request, request.GET.get("shop", ""), finish)


@require_POST
@tenant
def connect_own_app(request: AccountRequest) -> HttpResponse:
    """Connect with the merchant's own app: its client ID and secret buy a token for 24 hours at a time."""
    shop = request.POST.get("shop", "")
    client_id, client_secret = request.POST.get("client_id", "").strip(), request.POST.get("client_secret", "").strip()

    def buy_token() -> HttpResponse:
        domain = oauth.normalise_shop(shop)
        grant = oauth.client_credentials(
            oauth.App(client_id, client_secret), domain, base_url=settings.SHOPIFY_URL or None
        )
        method = Connection.Grant.CLIENT_CREDENTIALS
        connection = connect(request.account, domain, grant, method, client_id=client_id, client_secret=client_secret)
        return _connected(request, connection)

    return _trying(request, shop, buy_token)


@require_POST
@tenant
def connect_token(request: AccountRequest) -> HttpResponse:
    """Connect with a token pasted from an app that was made in the Shopify admin."""
    shop, token = request.POST.get("shop", ""), request.POST.get("token", "").strip()

    def use_token() -> HttpResponse:
        grant = oauth.TokenGrant(access_token=token)
        return _connected(request, connect(request.account, oauth.normalise_shop(shop), grant, Connection.Grant.PASTED))

    return _trying(request, shop, use_token)


@require_POST
@tenant
def auto_sync(request: AccountRequest, connection_id: int) -> HttpResponse:
    """Switch the daily sync on or off."""
    connection = get_object_or_404(request.account.connections, pk=connection_id)
    on = request.POST.get("on") == "1"
    if on and not connection.is_open:
        return render_integrations(request, shop_error=_("Connect a store to turn Auto-Sync on."), status=409)
    connection.switch_auto_sync(on)
    messages.success(
        request,
        _("Auto-Sync is on. Next run tonight at 02:00 UTC.")
        if on
        else _("Auto-Sync is off. You can still sync by hand."),
    )
    return redirect("integrations", request.account.slug)


@require_POST
@tenant
def disconnect_shop(request: AccountRequest, connection_id: int) -> HttpResponse:
    """End the tie to a shop; its products stay unless the merchant chose to remove them too."""
    connection = get_object_or_404(request.account.connections, pk=connection_id)
    cancel_live_run(connection)
    connection.disconnect(remove_products=request.POST.get("remove_products") == "1")
    messages.success(request, _("%(shop)s is disconnected.") % {"shop": connection.name})
    return redirect("integrations", request.account.slug)


def _connected(request: AccountRequest, connection: Connection) -> HttpResponse:
    """A shop that was never read opens with a look at what will arrive; one that comes back, where it was left."""
    messages.success(request, _("%(shop)s is connected.") % {"shop": connection.name})
    slug = request.account.slug
    if connection.whole_read_at or connection.runs(manager="objects").filter(status__in=SyncRun.LIVE).exists():
        return redirect("integrations", slug)
    return redirect("preview", slug, request_preview(connection, by=request.user).number)


def _trying(request: AccountRequest, shop: str, attempt: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it, or show the integrations page again with a sentence that says what is wrong and what to do."""
    try:
        return attempt()
    except oauth.NotAShop:
        problem = _(
            "We need the address ending in .myshopify.com. You will find it in Shopify under Settings, Domains."
        )
    except Refused as refusal:
        problem = str(refusal)
    except SyncError as error:
        problem = why_not_connected(error.code)
    return render_integrations(request, shop_error=problem, shop=shop, status=422)
