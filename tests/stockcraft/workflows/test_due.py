"""Every enabled connection gets one run a day at 02:00 UTC, whoever looks and however often."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries, Settings

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.connections.schedule import next_daily_sync
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


def test_a_fleet_starts_spread_over_its_window_each_shop_at_its_own_moment(settings: Settings) -> None:
    settings.SYNC_SPREAD_MINUTES = 60
    there = shops(40)

    start_due()

    moments = [connection.next_sync_at for connection in Connection.objects.order_by("pk")]
    assert moments == [next_daily_sync(timezone.now(), connection.pk) for connection in there]
    quarters = Counter(moment.minute // 15 for moment in moments if moment)
    assert {moment.hour for moment in moments if moment} == {2}
    assert len(quarters) == 4
    assert min(quarters.values()) >= 5


def test_a_batch_costs_a_few_statements_however_many_connections_it_has(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    shops(60)

    with django_assert_max_num_queries(18):
        start_due()

    assert SyncRun.objects.count() == 60


def test_runs_of_one_account_are_numbered_without_gaps() -> None:
    first, *_others = shops(3)
    SyncRun.objects.filter(pk=request_sync(first, "manual")[0].pk).update(status="succeeded")

    start_due()

    assert sorted(SyncRun.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_day_that_has_its_run_gets_no_second_one() -> None:
    (connection,) = shops(1)
    assert connection.next_sync_at
    start_due()
    SyncRun.objects.update(status="succeeded")
    Connection.objects.update(next_sync_at=connection.next_sync_at)

    start_due()

    assert SyncRun.objects.count() == 1


def test_large_shops_wait_in_a_queue_of_their_own_smaller_ones_first() -> None:
    for products, connection in zip((100, 100_000, 7_000), shops(3), strict=True):
        Connection.objects.filter(pk=connection.pk).update(products_total=products)

    start_due()

    jobs = ProcrastinateJob.objects.order_by("-priority").values_list("queue_name", "priority")
    assert list(jobs) == [("syncs", -1), ("large-syncs", -7), ("large-syncs", -100)]


def test_looking_again_starts_nothing_more() -> None:
    shops(3)

    assert [start_due(), start_due()] == [3, 0]
    assert SyncRun.objects.count() == 3


def test_a_worker_whose_clock_runs_a_day_ahead_starts_nothing_early(monkeypatch: pytest.MonkeyPatch) -> None:
    (connection,) = shops(1, next_sync_at=timezone.now() + timedelta(hours=2))
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=1))

    assert start_due() == 0

    connection.refresh_from_db()
    assert connection.next_sync_at is not None
    assert connection.next_sync_at < real() + timedelta(hours=3)


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


def test_the_days_run_comes_after_a_plan_that_is_being_carried_out() -> None:
    (connection,) = shops(1)
    stopped = SyncRun.objects.create(account=connection.account, connection=connection, number=1, status="failed")
    plan, _created = SyncRun.objects.request(connection, "manual", confirms=stopped)

    assert start_due() == 0

    SyncRun.objects.filter(pk=plan.pk).update(status="succeeded")
    assert start_due() == 1
