"""A preview decides as the sync that follows it does, also where a run would ask for what it wrote itself."""

from __future__ import annotations

from typing import Any

import pytest

from one_shop import MemoryShop, connected, previewed, product, synced, variant
from stockcraft.accounts.plans import Plan
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Decision, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connected()


def own(connection: Connection, sku: str) -> Product:
    mine = Product.objects.create(account=connection.account, title="Mine")
    Variant.objects.create(account=connection.account, product=mine, title="Mine", sku=sku)
    return mine


def decide(connection: Connection, shop_id: int, mine: Product | None = None) -> None:
    Decision.objects.create(connection=connection, shopify_product_id=shop_id, product=mine)


def said(run: SyncRun) -> list[tuple[Any, ...]]:
    return list(run.changes.order_by("shopify_product_id").values_list("shopify_product_id", "kind", "reason"))


def both(connection: Connection, shop: MemoryShop) -> list[tuple[Any, ...]]:
    """What the preview says, which is what the sync then does."""
    before = list(Product.objects.order_by("pk").values())
    preview = previewed(connection, shop)
    assert list(Product.objects.order_by("pk").values()) == before
    run = synced(connection, shop)
    assert said(preview) == said(run)
    assert (preview.found, preview.held, preview.unchanged) == (run.found, run.held, run.unchanged)
    return said(preview)


def test_a_product_that_would_come_in_is_a_rival_for_its_sku(connection: Connection) -> None:
    own(connection, "A")
    decide(connection, 1)
    shop = MemoryShop(product(1, variant(10, sku="A")), product(2, variant(20, sku="A")))
    assert both(connection, shop) == [(1, "create", ""), (2, "hold", "needs_decision")]


def test_a_product_that_would_be_linked_is_free_for_nobody_else(connection: Connection) -> None:
    mine = own(connection, "A")
    decide(connection, 1, mine)
    decide(connection, 2, mine)
    shop = MemoryShop(product(1, variant(10, sku="X")), product(2, variant(20, sku="A")), page=1)
    assert both(connection, shop) == [(1, "link", ""), (2, "create", "")]


def test_what_would_be_hidden_makes_room(connection: Connection) -> None:
    connection.account.plan = Plan.FREE
    connection.account.save()
    shop = MemoryShop(*(product(number) for number in range(1, 53)))
    synced(connection, shop)
    shop.remove(1)
    assert both(connection, shop) == [(1, "archive", ""), (51, "create", ""), (52, "hold", "plan_limit")]
