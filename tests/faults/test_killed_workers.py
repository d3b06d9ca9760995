"""Workers are killed in the middle of syncs; whatever the moment, the next finishes the work and nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from catalogues import catalogue, shown
from real_processes import TOKEN, ShopProcess, WorkerProcess, shop
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Variant
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, Notice, SyncRun, Trigger
from stockcraft.workflows.start import request_sync

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
PATIENCE = 90.0


@pytest.mark.parametrize(
    "kills", [pytest.param(3, id="3 kills"), pytest.param(20, marks=pytest.mark.slow, id="20 kills")]
)
def test_a_killed_worker_loses_nothing(kills: int) -> None:
    chance = random.Random(kills)
    with shop("--products", "900", "--variants", "3", "--no-throttle") as there:
        connection = connected(there)
        kept: dict[int, tuple[str, Decimal]] = {}
        run, _created = request_sync(connection, Trigger.MANUAL)
        there.fault(slow=0.08)
        interrupted = 0
        for _ in range(kills):
            interrupted += kill_within(run, chance)
            run = run if run.is_live else request_sync(connection, Trigger.MANUAL)[0]
            kept |= merchants_own_work(chance)
            disturb(there, chance)
        assert interrupted >= kills / 2, "the kills came too late to prove anything"
        there.fault(slow=0.0)
        worker = WorkerProcess(STOCKCRAFT_STALLED_AFTER="2")
        try:
            finished(run)
            last, _created = request_sync(connection, Trigger.MANUAL)
            finished(last)
        finally:
            assert worker.stop() == 0
        assert last.status == SyncRun.Status.SUCCEEDED, last.failure_detail
        assert catalogue(connection) == shown(there)
        assert merchants_work_of(kept) == kept
        assert not SyncRun.objects.live().exists()
        assert not SyncRun.objects.exclude(status__in=SyncRun.SUCCESSES).exists()
        # The shop changes where a sync is interrupted: it has another count then than was read, and the sync says so.
        warned = SyncRun.objects.filter(status=SyncRun.Status.WARNINGS)
        assert set(Notice.objects.values_list("code", flat=True)) <= {Notice.Code.COUNT}
        assert not warned.filter(attempt=1).exists()
        assert not Change.objects.filter(kind=Change.Kind.FAIL).exists()


@pytest.mark.slow
def test_a_dead_workers_run_is_another_workers_within_a_minute() -> None:
    with shop("--products", "900", "--variants", "3", "--no-throttle") as there:
        run, _created = request_sync(connected(there), Trigger.MANUAL)
        there.fault(slow=0.5)
        first, second = WorkerProcess(), None
        try:
            wait_until(run, lambda: run.attempt == 1 and run.pages >= 1)
            second = WorkerProcess()
            first.kill()
            died = time.monotonic()
            there.fault(slow=0.0)
            wait_until(run, lambda: run.attempt == 2)
            adopted = time.monotonic() - died
            finished(run)
        finally:
            if second:
                assert second.stop() == 0
        print(f"adopted {adopted:.0f} s after the death")
        assert adopted < 60
        assert run.status == SyncRun.Status.SUCCEEDED


def connected(there: ShopProcess) -> Connection:
    account = Account.objects.open("Killed", owner=User.objects.create_user("alice@example.com", "pw"), plan="plus")
    return Connection.objects.create(
        account=account, shop_domain="killed.myshopify.com", access_token=TOKEN, grant="pasted", base_url=there.url
    )


def kill_within(run: SyncRun, chance: random.Random) -> bool:
    """Let a worker take the run and kill it at a random moment; True when that was before the run's end."""
    worker = WorkerProcess(STOCKCRAFT_STALLED_AFTER="2")
    attempt = run.attempt
    wait_until(run, lambda: run.attempt > attempt)
    time.sleep(chance.uniform(0.0, 1.2))
    worker.kill()
    run.refresh_from_db()
    return run.is_live


def finished(run: SyncRun) -> None:
    wait_until(run, lambda: not run.is_live)


def wait_until(run: SyncRun, reached: Callable[[], bool]) -> None:
    """Read the run's row again and again until it says so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if reached():
            return
        time.sleep(0.02)
    pytest.fail(f"{run} did not come so far: {run.status} {run.phase} attempt {run.attempt}")


def merchants_own_work(chance: random.Random) -> dict[int, tuple[str, Decimal]]:
    """The merchant writes a note and a cost of their own, between two crashes."""
    variant = Variant.objects.order_by("?").first()
    if variant is None:
        return {}
    note, cost = f"note {chance.random()}", Decimal(chance.randint(1, 999))
    Variant.objects.filter(pk=variant.pk).update(notes=note, own_cost=cost)
    return {variant.pk: (note, cost)}


def merchants_work_of(kept: dict[int, tuple[str, Decimal]]) -> dict[int, tuple[str, Decimal]]:
    found = Variant.objects.filter(pk__in=kept).values_list("pk", "notes", "own_cost")
    return {pk: (notes, own_cost) for pk, notes, own_cost in found}


def disturb(there: ShopProcess, chance: random.Random) -> None:
    """What a shop does meanwhile: a new title, a new price, a product more, a product less."""
    products = there.products()
    there.edit(chance.choice(products)["id"], title=f"Renamed {chance.random()}")
    there.price(chance.choice(chance.choice(products)["variants"])["id"], f"{chance.randint(1, 999)}.50")
    there.add(f"New {chance.random()}")
    there.delete(chance.choice(products)["id"])
