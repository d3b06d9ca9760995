"""A simulated shop that delivers its webhooks to the web application, and the worker's part in what follows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.test import Client
from django.utils import timezone

from shopsim.sim import Simulator
from stockcraft.accounts.models import Account, User
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Delivery, SyncRun, Trigger
from stockcraft.workflows.deliveries import settle, take_deliveries
from stockcraft.workflows.runner import run_sync
from stockcraft.workflows.upkeep import carry_out_upkeep
from tests_shops import CLIENT_ID, CLIENT_SECRET, transport

ADDRESS = "https://stockcraft.example/shopify/webhooks"
# What a test overrides so that the shop's webhooks reach the application.
SETTINGS = {
    "SHOPIFY_CLIENT_ID": CLIENT_ID,
    "SHOPIFY_CLIENT_SECRET": CLIENT_SECRET,
    "SHOPIFY_URL": "",
    "BASE_URL": "https://stockcraft.example",
    "ALLOWED_HOSTS": ["stockcraft.example", "testserver"],
}


class ToTheApplication(httpx.BaseTransport):
    """Carries a request to the web application, in the test's own transaction."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = Client().post(
            request.url.path, request.content, content_type="application/json", headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, content=answer.content)


class Scene:
    """Maple & Thread on Plus, connected through this installation's app, with three products synced."""

    def __init__(self, plan: str = Plan.PLUS) -> None:
        self.sim = Simulator(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, throttled=False, webhooks_in_background=False
        )
        self.tenant = self.sim.add_shop("maple-and-thread")
        self.sim.courier.transport = ToTheApplication()
        self.shop = self.tenant.shop
        for title in ("Candle", "Bowl", "Tote"):
            self.shop.add_product(title)
        owner = User.objects.create_user("alice@example.com")
        self.account = Account.objects.open("Maple", owner, plan)
        self.connection = self.connect()
        self.tend()
        self.sync()

    def connect(self, **columns: Any) -> Connection:
        """The shop as connected (again) just now, with Auto-Sync on."""
        token = self.tenant.office.issue(["read_products"], seconds=3600, refreshable=True)
        values = {
            "status": Connection.Status.CONNECTED,
            "grant": Connection.Grant.OAUTH,
            "access_token": token.access,
            "refresh_token": token.refresh,
            "token_expires_at": timezone.now() + timedelta(hours=1),
            "refresh_expires_at": timezone.now() + timedelta(days=90),
            "connected_at": timezone.now(),
            "disconnected_at": None,
            "auto_sync": True,
            "failure_code": "",
        }
        found, _new = Connection.objects.update_or_create(
            account=self.account, shop_domain=self.shop.domain, defaults=values | columns
        )
        return found

    def tend(self) -> None:
        """The upkeep of a day."""
        carry_out_upkeep(self.connection.pk, transport=transport(self.sim))

    def sync(self, trigger: str = Trigger.MANUAL) -> SyncRun:
        """A whole sync."""
        run, _new = SyncRun.objects.request(self.connection, trigger)
        return self.carry_out(run)

    def carry_out(self, run: SyncRun) -> SyncRun:
        """What a worker does with a run's job."""
        done = run_sync(run.pk, transport=transport(self.sim))
        assert done is not None
        settle(done)
        return done

    def deliver(self) -> None:
        """Let every webhook that is on its way arrive."""
        self.sim.courier.run_due()

    def work(self) -> list[SyncRun]:
        """Deliver, and do all that follows, until nothing waits; the runs it took, as they ended."""
        self.deliver()
        runs = []
        while True:
            take_deliveries()
            run = SyncRun.objects.live().filter(connection__account=self.account).first()
            if run is None:
                return runs
            runs.append(self.carry_out(run))

    def titles(self) -> dict[int, str]:
        """The live products here, by Shopify id."""
        return dict(self.account.products.live().values_list("shopify_product_id", "title"))

    def shop_titles(self) -> dict[int, str]:
        """The products there."""
        return {product.id: product.title for product in self.shop.products.values()}


def post(
    topic: str,
    body: Any,
    *,
    shop: str = "maple-and-thread.myshopify.com",
    secret: str = CLIENT_SECRET,
    webhook_id: str = "",
    at: datetime | None = None,
    client: Client | None = None,
    **headers: str,
) -> int:
    """Deliver a webhook by hand; returns the HTTP status."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Hmac-Sha256": signature(raw, secret),
        "X-Shopify-Webhook-Id": webhook_id or hashlib.sha256(raw + topic.encode() + str(at).encode()).hexdigest()[:36],
        "X-Shopify-Triggered-At": (at or timezone.now()).isoformat(),
        **headers,
    }
    answer = (client or Client()).post("/shopify/webhooks", raw, content_type="application/json", headers=given)
    return answer.status_code


def signature(body: bytes, secret: str) -> str:
    """As Shopify signs a body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def outcomes() -> list[str]:
    """What became of the deliveries, in the order they came."""
    return list(Delivery.objects.order_by("pk").values_list("outcome", flat=True))
