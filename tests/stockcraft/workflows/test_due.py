"""Every enabled connection gets one run a day at 02:00 UTC, whoever looks and however often."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.due import start_due
from stockcraft.workflows.start import request_sync

pytestmark = pytest.mark.django_db(transaction=True)


def shops(count: int, **fields: object) -> list[Connection]:
    """Connections whose time has come."""
    account = Account.objects.open("Daily", owner=User.objects.create_user("alice@example.com", "pw"))
    values = {"auto_sync": True, "next_sync_at": timezone.now() - timedelta(minutes=1), **fields}
    return [
        Connection.objects.create(account=account, shop_domain=f"shop-{number}.myshopify.com", **values)
        for number in range(count)
    ]


def test_a_connection_whose_time_has_come_gets_a_run_and_its_job() -> None:
    (connection,) = shops(1)

    assert start_due() == 1

    run = SyncRun.objects.get()
    assert (run.connection, run.trigger, run.status) == (connection, "scheduled", "queued")
    assert ProcrastinateJob.objects.get().args == {"run_id": run.pk}


def test_the_next_time_is_the_next_two_o_clock_utc() -> None:
    (connection,) = shops(1)

    start_due()

    connection.refresh_from_db()
    assert connection.next_sync_at is not None
    assert connection.next_sync_at > timezone.now()
    assert connection.next_sync_at.astimezone(UTC).strftime("%H:%M:%S") == "02:00:00"


def test_looking_again_starts_nothing_more() -> None:
    shops(3)

    assert [start_due(), start_due()] == [3, 0]
    assert SyncRun.objects.count() == 3


def test_ticks_missed_while_nothing_ran_are_made_up_for_once() -> None:
    shops(1, next_sync_at=datetime.now(UTC) - timedelta(days=3))

    start_due()
    start_due()

    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"auto_sync": False},
        {"status": "needs_reconnecting"},
        {"status": "paused"},
        {"status": "disconnected"},
        {"next_sync_at": None},
        {"next_sync_at": datetime(2999, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_connection_that_is_not_to_be_synced_is_left_alone(fields: dict[str, object]) -> None:
    shops(1, **fields)

    assert start_due() == 0


def test_a_live_run_is_joined_rather_than_doubled() -> None:
    (connection,) = shops(1)
    request_sync(connection, "manual")

    start_due()

    assert SyncRun.objects.get().trigger == "manual"


def test_schedulers_that_race_start_each_run_once() -> None:
    shops(20)
    barrier = threading.Barrier(4)

    def look() -> None:
        barrier.wait()
        start_due()
        database.close()

    schedulers = [threading.Thread(target=look) for _ in range(4)]
    for scheduler in schedulers:
        scheduler.start()
    for scheduler in schedulers:
        scheduler.join()

    assert SyncRun.objects.count() == 20
    assert ProcrastinateJob.objects.count() == 20
