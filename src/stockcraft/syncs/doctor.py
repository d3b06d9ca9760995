"""The doctor: what a connection needs, one finding each, and for every fault what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shopsync.shopify.client import API_VERSION, API_VERSION_ENDS
from stockcraft.connections.app import base_url_of
from stockcraft.connections.models import Connection
from stockcraft.connections.scopes import may_read
from stockcraft.connections.upkeep import wanted_topics
from stockcraft.syncs.deliveries import Delivery

# A version that ends within so many days should be left by then.
END_IS_NEAR = timedelta(days=90)
REFRESH_ENDS_SOON = timedelta(days=14)
# A daily sync may take its time; beyond this it is missed.
NO_SUCCESS = timedelta(hours=26)
UPKEEP_MISSED = timedelta(hours=50)
SKEW = timedelta(seconds=60)

Text = str | Promise


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``remedy`` is empty where all is well."""

    code: str
    subject: Text
    state: Text
    remedy: Text = ""
    at: datetime | None = None

    @property
    def is_fault(self) -> bool:
        """Whether someone should act."""
        return bool(self.remedy)


def examine(connection: Connection) -> list[Finding]:
    """What is known of a connection, without asking anybody."""
    looks = (_access, _token, _scopes, _version, _webhooks, _success, _next_run)
    return [finding for look in looks for finding in look(connection, timezone.now())]


def ask_around(connection: Connection, *, transport: httpx.BaseTransport | None = None) -> list[Finding]:
    """What can only be found by asking: whether our own address answers, and what time the shop has."""
    return [_address(), *_clock(connection, transport)]


def _access(connection: Connection, now: datetime) -> Iterator[Finding]:
    remedy: Text = ""
    if connection.status == Connection.Status.NEEDS_RECONNECTING:
        remedy = _("Reconnect the store.")
    elif connection.status == Connection.Status.DISCONNECTED:
        remedy = _("Connect the store.")
    yield Finding("access", _("Connection"), connection.get_status_display(), remedy)


def _token(connection: Connection, now: datetime) -> Iterator[Finding]:
    subject = _("Access")
    if not connection.access_token:
        yield Finding("token", subject, _("none"), _("Connect the store."))
        return
    ends = connection.token_expires_at
    kind = connection.get_grant_display()
    yield Finding("token", subject, _("%(kind)s, valid until") % {"kind": kind} if ends else kind, at=ends)
    if refresh_ends := connection.refresh_expires_at:
        late = refresh_ends - now < REFRESH_ENDS_SOON
        remedy = _("A worker must run: it renews this by itself. Otherwise reconnect the store.") if late else ""
        yield Finding("renewal", _("Renewable until"), "", remedy, at=refresh_ends)


def _scopes(connection: Connection, now: datetime) -> Iterator[Finding]:
    if connection.scopes:
        remedy = "" if may_read(connection.scopes) else _("Reconnect and leave “read products” allowed.")
        yield Finding("scopes", _("Permissions"), ", ".join(connection.scopes), remedy)


def _version(connection: Connection, now: datetime) -> Iterator[Finding]:
    remedy: Text = ""
    update = _("Ask whoever runs this installation to update StockCraft.")
    served = connection.api_version or API_VERSION
    if served != API_VERSION or API_VERSION_ENDS - now < END_IS_NEAR:
        remedy = update
    state = API_VERSION if served == API_VERSION else _("%(ours)s, served as %(theirs)s") % {
        "ours": API_VERSION, "theirs": served,
    }  # fmt: skip
    yield Finding(
        "version", _("Shopify’s interface"), _("%(version)s, until") % {"version": state}, remedy, API_VERSION_ENDS
    )


def _webhooks(connection: Connection, now: datetime) -> Iterator[Finding]:
    subject, wanted = _("Webhooks"), wanted_topics(connection)
    if not wanted:
        yield Finding("webhooks", subject, _("none with a pasted token; the daily sync finds every change"))
        return
    tended = connection.tended_at
    missing = sorted(set(wanted) - set(connection.webhook_topics))
    remedy: Text = ""
    if connection.webhook_problem:
        remedy = _("Shopify refused: %(problem)s. Set STOCKCRAFT_BASE_URL to a public https address.") % {
            "problem": connection.webhook_problem.rstrip(".")
        }
    elif missing and tended:
        remedy = _("Missing: %(topics)s. They are made again within a day.") % {"topics": ", ".join(missing)}
    elif tended and now - tended > UPKEEP_MISSED:
        remedy = _("A worker must run: nobody has looked after this connection for two days.")
    state = _("%(count)d of %(wanted)d topics") % {"count": len(wanted) - len(missing), "wanted": len(wanted)}
    yield Finding("webhooks", subject, state, remedy)
    last = Delivery.objects.filter(shop_domain=connection.shop_domain).order_by("-received_at").first()
    if last:
        yield Finding("last_webhook", _("Last webhook"), last.topic, at=last.received_at)


def _success(connection: Connection, now: datetime) -> Iterator[Finding]:
    subject, last = _("Last success"), connection.last_success_at
    expected = connection.auto_sync and connection.status == Connection.Status.CONNECTED
    since = max(filter(None, (last, connection.connected_at)), default=None)
    late = expected and since is not None and now - since > NO_SUCCESS
    remedy = _("Look at the last sync in Sync History: it says why and what to do.") if late else ""
    yield Finding("success", subject, "" if last else _("none yet"), remedy, at=last)


def _next_run(connection: Connection, now: datetime) -> Iterator[Finding]:
    subject = _("Next automatic sync")
    if not connection.auto_sync or not connection.next_sync_at:
        yield Finding("next", subject, _("Off"))
        return
    if connection.status != Connection.Status.CONNECTED:
        yield Finding("next", subject, _("Paused"))
        return
    late = now - connection.next_sync_at > timedelta(minutes=15)
    remedy = _("It is overdue: start a worker with `stockcraft worker`.") if late else ""
    yield Finding("next", subject, "", remedy, at=connection.next_sync_at)


def _address() -> Finding:
    """Whether the address that people and Shopify use leads here."""
    subject, url = _("Address"), settings.BASE_URL
    try:
        answer = httpx.get(f"{url}/healthz", timeout=5)
        reached = answer.status_code == 200
    except httpx.HTTPError:
        reached = False
    remedy: Text = ""
    if not reached:
        remedy = _(
            "It does not answer. Check STOCKCRAFT_BASE_URL, the proxy in front, and that `stockcraft serve` runs."
        )
    elif not url.startswith("https://"):
        remedy = _("Shopify delivers webhooks over https only. Put a proxy with HTTPS in front.")
    return Finding("address", subject, url, remedy)


def _clock(connection: Connection, transport: httpx.BaseTransport | None) -> Iterator[Finding]:
    """How far our clock is from the shop's: signatures and tokens depend on it."""
    subject = _("Clock")
    url = base_url_of(connection) or f"https://{connection.shop_domain}"
    try:
        with httpx.Client(transport=transport, timeout=5) as http:
            answer = http.get(f"{url}/", follow_redirects=False)
    except httpx.HTTPError:
        yield Finding("clock", subject, _("unknown"), _("The shop does not answer. Check this machine’s network."))
        return
    if "Date" not in answer.headers:
        return
    skew = datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])
    remedy = _("Set this machine’s clock, best by NTP.") if abs(skew) > SKEW else ""
    yield Finding(
        "clock", subject, _("%(seconds)d s from Shopify’s") % {"seconds": round(skew.total_seconds())}, remedy
    )
