"""Most of a shop is deleted at once: nothing is archived until a person says so, and then exactly what is gone."""

from __future__ import annotations

import pytest

from shopsim.sim import Simulator
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.confirming import approve_plan
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.runner import run_sync
from tests_shops import simulator, transport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("gone", "kept"),
    [(40, 20), pytest.param(10_000, 2_000, marks=pytest.mark.slow)],
    ids=["forty of sixty", "ten thousand of twelve thousand"],
)
def test_products_deleted_at_once_wait_for_a_person_and_then_exactly_those_are_archived(gone: int, kept: int) -> None:
    sim, connection = connected_shop(gone + kept)
    assert (synced := sync(sim, connection)).created == gone + kept
    deleted = list(sim.default.shop.products)[:gone]
    for shop_id in deleted:
        sim.default.shop.delete(shop_id)

    stopped = sync(sim, connection)

    assert (stopped.status, stopped.archived, stopped.found) == ("needs_confirmation", 0, kept)
    assert set(stopped.planned.values_list("part", "shopify_product_id")) == {("archives", id) for id in deleted}
    assert Product.objects.live().count() == gone + kept

    confirming = run_sync(approve_plan(stopped).pk, retries=0, transport=transport(sim))

    assert confirming is not None
    assert (confirming.status, confirming.archived) == ("succeeded", gone)
    live = set(Product.objects.live().values_list("shopify_product_id", flat=True))
    assert live == set(sim.default.shop.products)
    assert synced.number < stopped.number < confirming.number


def test_what_came_back_before_the_approval_makes_the_plan_stale_and_is_not_archived() -> None:
    sim, connection = connected_shop(60)
    sync(sim, connection)
    shop = sim.default.shop
    deleted = [shop.products[shop_id] for shop_id in list(shop.products)[:40]]
    for product in deleted:
        shop.delete(product.id)
    stopped = sync(sim, connection)
    shop.bring_back(deleted[7])

    confirming = run_sync(approve_plan(stopped).pk, retries=0, transport=transport(sim))

    assert confirming is not None
    assert (confirming.status, confirming.archived) == ("failed", 0)
    assert Product.objects.live().count() == 60


def connected_shop(products: int) -> tuple[Simulator, Connection]:
    """A shop with so many products, connected to an account on Plus."""
    sim = simulator("vast")
    for number in range(products):
        sim.default.shop.add_product(f"Candle {number}")
    account = Account.objects.open("Vast", owner=User.objects.create_user("alice@example.com", "pw"), plan="plus")
    connection = Connection.objects.create(
        account=account, shop_domain="vast.myshopify.com", access_token=sim.default.token(), grant="pasted"
    )
    return sim, connection


def sync(sim: Simulator, connection: Connection) -> SyncRun:
    """The connection's next run, from its request to its end."""
    run, _created = SyncRun.objects.request(connection, Trigger.COMMAND)
    ended = run_sync(run.pk, retries=0, transport=transport(sim))
    assert ended is not None
    return ended
