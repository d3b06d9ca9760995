"""The demo's first visitor: signs in, connects the shop and syncs it over real HTTP, as a browser would."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx

from stockcraft.cli import words

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun

PATIENCE = 120.0


class Visit:
    """One browser session with StockCraft."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self._email, self._password = email, password
        self._browser = httpx.Client(base_url=address, follow_redirects=True, timeout=60)

    def first_sync(self, shop: str) -> SyncRun:
        """Make the account, connect the shop through OAuth and sync it, each unless it was done before.

        Returns the latest run.
        """
        import django
        from django.utils import translation

        django.setup()
        translation.activate(words.language())
        account = self._account()
        self._sign_in()
        connection = account.connections.filter(shop_domain=f"{shop}.myshopify.com").first()
        if connection is None or connection.status != "connected":
            self._connect(account.slug, shop)
        connection = account.connections.get(shop_domain=f"{shop}.myshopify.com")
        if not connection.runs.exists():
            # Connecting began a look at what will arrive, which a sync would cut short.
            self._until_ended(connection)
            self._press(
                f"/a/{account.slug}/connections/{connection.pk}/runs/", f"/a/{account.slug}/settings/integrations/"
            )
        return self._outcome(connection)

    def _account(self) -> Any:
        from stockcraft.accounts.models import Account, User

        user = User.objects.filter(email=self._email).first()
        if user is None:
            user = User.objects.create_user(self._email, self._password, name="Amélie Roy")
        return user.accounts.first() or Account.objects.open("Maple & Thread", owner=user)

    def _sign_in(self) -> None:
        form = {"login": self._email, "password": self._password}
        self._press("/accounts/login/", "/accounts/login/", form)

    def _connect(self, slug: str, shop: str) -> None:
        """Name the shop, approve on the shop's own consent page, and come back with its signed answer."""
        integrations = f"/a/{slug}/settings/integrations/"
        consent = self._press(f"{integrations}shopify/", integrations, {"shop": shop})
        action, fields = _form(consent.text, "authorize")
        self._browser.post(urljoin(str(consent.url), action), data={**fields, "decision": "approve"}).raise_for_status()

    def _press(self, action: str, page: str, form: dict[str, str] | None = None) -> httpx.Response:
        """Submit a form of ``page``, with the token that guards it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._browser.get(page).text)
        if token is None:
            raise RuntimeError(f"{page} has no form to submit.")
        data = {"csrfmiddlewaretoken": token[1], **(form or {})}
        answer = self._browser.post(action, data=data, headers={"Referer": str(self._browser.base_url)})
        return answer.raise_for_status()

    def _outcome(self, connection: Any) -> SyncRun:
        self._until_ended(connection)
        run: SyncRun = connection.runs.select_related("connection").order_by("-number").first()
        return run

    def _until_ended(self, connection: Any) -> None:
        """Wait for what is under way, previews too."""
        deadline = time.monotonic() + PATIENCE
        while connection.runs(manager="objects").live().exists():
            if time.monotonic() > deadline:
                raise RuntimeError("The first sync did not finish; see Sync History for its state.")
            time.sleep(0.2)


def _form(page: str, purpose: str) -> tuple[str, dict[str, str]]:
    """The action and hidden fields of the form that has ``purpose`` in its action."""
    form = re.search(rf'<form[^>]*action="([^"]*{purpose}[^"]*)"[^>]*>(.*?)</form>', page, re.S)
    if form is None:
        raise RuntimeError("The shop shows no consent page.")
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2])
    return unescape(form[1]), {unescape(name): unescape(value) for name, value in hidden}
