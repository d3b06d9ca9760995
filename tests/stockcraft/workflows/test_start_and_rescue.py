"""A run is promised with its job, once, and a run that lost its worker or its job goes on."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.confirm import approve
from stockcraft.workflows.rescue import rescue
from stockcraft.workflows.start import request_sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection() -> Connection:
    account = Account.objects.open("Promised", owner=User.objects.create_user("alice@example.com", "pw"))
    return Connection.objects.create(account=account, shop_domain="promised.myshopify.com")


def long_ago() -> object:
    return timezone.now() - timedelta(minutes=10)


def test_a_second_request_joins_the_first(connection: Connection) -> None:
    first, created = request_sync(connection, "manual")
    second, created_again = request_sync(connection, "manual")

    assert (created, created_again) == (True, False)
    assert first == second
    assert ProcrastinateJob.objects.count() == 1


def test_a_sync_that_ends_a_preview_takes_the_locks_in_the_order_of_its_steps(connection: Connection) -> None:
    preview, _created = request_sync(connection, "preview")

    with CaptureQueriesContext(database) as asked:
        request_sync(connection, "manual")

    statements = [query["sql"] for query in asked]
    account = next(n for n, sql in enumerate(statements) if "accounts_account" in sql and "FOR NO KEY UPDATE" in sql)
    run = next(n for n, sql in enumerate(statements) if sql.startswith('UPDATE "syncs_syncrun"'))
    assert account < run
    preview.refresh_from_db()
    assert preview.status == SyncRun.Status.CANCELLED


def test_a_promise_that_is_rolled_back_leaves_no_job(connection: Connection) -> None:
    with transaction.atomic():
        request_sync(connection, "manual")
        transaction.set_rollback(True)

    assert not SyncRun.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_many_who_press_at_once_share_one_run(connection: Connection) -> None:
    barrier = threading.Barrier(8)
    outcomes: list[tuple[int, bool]] = []

    def press() -> None:
        barrier.wait()
        run, created = request_sync(connection, "manual")
        outcomes.append((run.pk, created))
        database.close()

    people = [threading.Thread(target=press) for _ in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert len({run_id for run_id, _created in outcomes}) == 1
    assert sum(created for _run_id, created in outcomes) == 1
    assert ProcrastinateJob.objects.count() == 1


def test_runs_are_numbered_within_their_account(connection: Connection) -> None:
    other = Account.objects.open("Other", owner=User.objects.create_user("charlie@example.com", "pw"))
    there = Connection.objects.create(account=other, shop_domain="other.myshopify.com")
    numbers = []
    for each in (connection, connection, there):
        run, _created = request_sync(each, "manual")
        SyncRun.objects.filter(pk=run.pk).update(status="succeeded")
        numbers.append(run.number)

    assert numbers == [1, 2, 1]


def test_a_run_whose_worker_fell_silent_is_put_back_with_a_job(connection: Connection) -> None:
    run, _created = SyncRun.objects.request(connection, "manual")
    SyncRun.objects.filter(pk=run.pk).update(status="running", heartbeat_at=long_ago())

    assert rescue() == 1

    run.refresh_from_db()
    assert run.status == "queued"
    assert ProcrastinateJob.objects.get().args == {"run_id": run.pk}


def test_a_waiting_run_without_a_job_gets_one(connection: Connection) -> None:
    run, _created = SyncRun.objects.request(connection, "manual")
    SyncRun.objects.filter(pk=run.pk).update(requested_at=long_ago())

    assert rescue() == 1
    assert rescue() == 0


def test_a_run_that_is_carried_out_is_left_alone(connection: Connection) -> None:
    run, _created = request_sync(connection, "manual")
    SyncRun.objects.filter(pk=run.pk).update(status="running", requested_at=long_ago(), heartbeat_at=timezone.now())

    assert rescue() == 0


def test_a_run_put_off_until_later_is_left_alone(connection: Connection) -> None:
    run, _created = SyncRun.objects.request(connection, "manual")
    SyncRun.objects.filter(pk=run.pk).update(
        requested_at=long_ago(), waiting_until=timezone.now() + timedelta(minutes=5)
    )

    assert rescue() == 0


def test_an_approved_plan_is_promised_with_its_job(connection: Connection) -> None:
    stopped, _created = SyncRun.objects.request(connection, "manual")
    SyncRun.objects.update(status=SyncRun.Status.NEEDS_CONFIRMATION)
    confirming = approve(stopped)

    assert (confirming.confirms, confirming.phase) == (stopped, "confirmed")
    assert ProcrastinateJob.objects.get().args == {"run_id": confirming.pk}
