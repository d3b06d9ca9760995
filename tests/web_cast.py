"""The people and things that page tests know: alice owns Maple & Thread, bob is a member, charlie a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.schedule import next_daily_sync
from stockcraft.syncs.models import Change, SyncRun, Trigger

PASSWORD = "a long enough password"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class Cast:
    """Who and what is there."""

    alice: User
    bob: User
    charlie: User
    account: Account


def make_cast() -> Cast:
    """Three people and one account; charlie has another of his own."""
    alice, bob, charlie = (
        User.objects.create_user(f"{name.lower()}@example.com", name=name, timezone="Europe/Paris")
        for name in ("Alice", "Bob", "Charlie")
    )
    account = Account.objects.open("Maple & Thread", owner=alice)
    account.memberships.create(user=bob)
    Account.objects.open("Elsewhere", owner=charlie)
    return Cast(alice, bob, charlie, account)


def client_of(user: User | None, **settings: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client(**settings)
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def connect(account: Account, name: str = "maple-and-thread", **columns: Any) -> Connection:
    """A connected shop with Auto-Sync on."""
    now = timezone.now()
    values = {
        "shop_domain": f"{name}.myshopify.com",
        "currency": "USD",
        "auto_sync": True,
        "next_sync_at": next_daily_sync(now),
        "connected_at": now - timedelta(days=12),
        "access_token": "a-token-that-is-never-shown",
    }
    return Connection.objects.create(account=account, **(values | columns))


def add_run(
    connection: Connection, *, ago: timedelta = timedelta(hours=1), seconds: int = 12, **columns: Any
) -> SyncRun:
    """A run that was asked for so long ago; finished unless its status says otherwise."""
    number = SyncRun.objects.filter(account=connection.account).count() + 1
    values = {"status": SyncRun.Status.SUCCEEDED, "trigger": Trigger.SCHEDULED}
    run = SyncRun.objects.create(account=connection.account, connection=connection, number=number, **(values | columns))
    run.requested_at = timezone.now() - ago
    run.started_at = None if run.status == SyncRun.Status.QUEUED else run.requested_at
    run.finished_at = None if run.is_live else run.requested_at + timedelta(seconds=seconds)
    run.save(update_fields=["requested_at", "started_at", "finished_at"])
    return run


def add_product(connection: Connection | None, account: Account, title: str, **columns: Any) -> Product:
    """A product with one variant; ``sku`` and ``price`` go to the variant."""
    return add_products(connection, account, [{"title": title, **columns}])[0]


def add_products(connection: Connection | None, account: Account, rows: list[dict[str, Any]]) -> list[Product]:
    """Several at once, each with its columns as ``add_product`` takes them."""
    products, variants = [], []
    first = 8_000_000 + Product.objects.count()
    for number, row in enumerate(rows):
        columns = dict(row)
        sku, price = columns.pop("sku", f"SKU-{columns['title'][:8]}"), Decimal(columns.pop("price", "19.50"))
        if connection:
            columns.setdefault("shopify_product_id", first + number)
        product = Product(account=account, connection=connection, currency="USD", **columns)
        variant = {"title": "200 g", "option_values": ["200 g"], "sku": sku, "price": price, "barcode": "0628451"}
        products.append(product)
        variants.append(Variant(account=account, product=product, **variant))
    Product.objects.bulk_create(products)
    Variant.objects.bulk_create(variants)
    return products


def add_change(run: SyncRun, kind: str, title: str, **columns: Any) -> Change:
    """A change of this run."""
    return add_changes(run, [(kind, title, columns)])[0]


def add_changes(run: SyncRun, rows: list[tuple[str, str, dict[str, Any]]]) -> list[Change]:
    """Several at once, each with its kind, title and columns."""
    first = 9_000_000 + run.changes.count()
    return Change.objects.bulk_create(
        Change(
            account=run.account, run=run, kind=kind, title=title, **{"shopify_product_id": first + number, **columns}
        )
        for number, (kind, title, columns) in enumerate(rows)
    )


def at(text: str) -> datetime:
    """A UTC time written as in the pages: 2026-11-24 02:00."""
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, bob, charlie and the account."""
    return make_cast()


@pytest.fixture
def page(cast: Cast) -> Client:
    """Alice's browser."""
    return client_of(cast.alice)


def text_of(response: Any) -> str:
    """The page as text, with its markup."""
    return response.content.decode()
