"""The mass-change guard over several runs: what empties a shop a little at a time waits for a person too."""

from __future__ import annotations

import pytest

from one_shop import MemoryShop, connected, followed, product, synced
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun

pytestmark = pytest.mark.django_db

NEEDS_CONFIRMATION, SUCCEEDED = SyncRun.Status.NEEDS_CONFIRMATION, SyncRun.Status.SUCCEEDED


@pytest.fixture
def connection() -> Connection:
    return connected()


@pytest.fixture
def shop(connection: Connection) -> MemoryShop:
    shop = MemoryShop(*(product(number) for number in range(1, 101)))
    synced(connection, shop)
    return shop


def emptied(connection: Connection, shop: MemoryShop) -> list[str]:
    """The shop loses everything, and its webhooks come nine at a time; how each run that follows them ends."""
    ids = sorted(shop.products)
    shop.remove(*ids)
    return [followed(connection, shop, *ids[first : first + 9]).status for first in range(0, len(ids), 9)]


def test_many_webhooks_together_archive_no_more_than_one_run_may(connection: Connection, shop: MemoryShop) -> None:
    assert emptied(connection, shop) == [SUCCEEDED, SUCCEEDED] + [NEEDS_CONFIRMATION] * 9 + [SUCCEEDED]
    assert Product.objects.live().count() == 81


def test_a_whole_read_makes_one_plan_of_all_that_waited(connection: Connection, shop: MemoryShop) -> None:
    emptied(connection, shop)
    run = synced(connection, shop)
    assert (run.status, run.planned.count()) == (NEEDS_CONFIRMATION, 81)
    assert list(SyncRun.objects.filter(status=NEEDS_CONFIRMATION, decision="")) == [run]


def test_what_another_day_archived_no_longer_counts(connection: Connection, shop: MemoryShop) -> None:
    ids = sorted(shop.products)
    shop.remove(*ids[:27])
    assert followed(connection, shop, *ids[:9]).status == followed(connection, shop, *ids[9:18]).status == SUCCEEDED
    for run in SyncRun.objects.filter(trigger="webhook"):
        run.finished_at = run.finished_at and run.finished_at.replace(year=2020)
        run.save(update_fields=["finished_at"])
    assert followed(connection, shop, *ids[18:27]).status == SUCCEEDED
