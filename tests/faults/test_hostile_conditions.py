"""A full disk, no connections left, a deploy: the run waits, nothing is half written, and the next worker finishes."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection as database

from catalogues import catalogue, shown
from killable_fleet import crash_postgresql
from real_processes import TOKEN, ShopProcess, WorkerProcess, shop
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.lib import embedded
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.runner import run_sync
from stockcraft.workflows.start import request_sync

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60.0


def connected(there: ShopProcess) -> Connection:
    account = Account.objects.open("Hostile", owner=User.objects.create_user("alice@example.com", "pw"), plan="plus")
    return Connection.objects.create(
        account=account, shop_domain="hostile.myshopify.com", access_token=TOKEN, grant="pasted", base_url=there.url
    )


def until(run: SyncRun, *, phrase: str, seen: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if seen(run):  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail(f"{run} {phrase}: {run.status} {run.phase} attempt {run.attempt}")


@pytest.fixture
def small_disk() -> Iterator[str]:
    """A tablespace on a disk of a megabyte."""
    folder = Path(tempfile.mkdtemp(prefix="sc-disk-", dir="/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], stderr=subprocess.DEVNULL)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may make a disk that is full")
    owner = os.stat(embedded.folder())
    os.chown(folder, owner.st_uid, owner.st_gid)
    try:
        with database.cursor() as cursor:
            cursor.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        yield "small"
    finally:
        keep_variants_in("pg_default")
        with database.cursor() as cursor:
            cursor.execute("DROP TABLESPACE small")
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def keep_variants_in(tablespace: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"ALTER TABLE catalog_variant SET TABLESPACE {tablespace}")


@pytest.mark.slow
def test_a_full_disk_puts_the_run_off_and_leaves_nothing_half_written(small_disk: str) -> None:
    with shop("--products", "900", "--variants", "8", "--no-throttle") as there:
        connection = connected(there)
        keep_variants_in(small_disk)
        run, _created = request_sync(connection, Trigger.MANUAL)

        run_sync(run.pk)

        run.refresh_from_db()
        assert (run.status, run.retries) == (SyncRun.Status.QUEUED, 1)
        written = catalogue(connection)
        assert len(written) == run.products_read < 900
        assert written.items() <= shown(there).items()

        keep_variants_in("pg_default")
        run_sync(run.pk)

        run.refresh_from_db()
        assert run.status == SyncRun.Status.SUCCEEDED
        assert catalogue(connection) == shown(there)


@pytest.mark.slow
def test_a_worker_without_a_connection_to_spare_finishes_once_there_is_one() -> None:
    with shop("--products", "60", "--variants", "2", "--no-throttle") as there, ExitStack() as greedy:
        connection = connected(there)
        there.fault(slow=1.5)
        worker = WorkerProcess(STOCKCRAFT_STALLED_AFTER="2", STOCKCRAFT_LOG_LEVEL="CRITICAL")
        try:
            run, _created = request_sync(connection, Trigger.MANUAL)
            until(run, phrase="was not taken", seen=lambda run: run.attempt)
            take_every_connection(greedy)
            time.sleep(3)
            there.fault(slow=0.0)
            greedy.close()
            until(run, phrase="did not end", seen=lambda run: not run.is_live)
        finally:
            assert worker.stop() == 0
        assert run.status == SyncRun.Status.SUCCEEDED
        assert catalogue(connection) == shown(there)


def take_every_connection(held: ExitStack) -> None:
    parameters = database.get_connection_params()
    for _ in range(1_000):
        try:
            held.enter_context(psycopg.connect(**connecting(parameters)))
        except psycopg.OperationalError:
            return
    pytest.fail("the database takes any number of connections")


@pytest.mark.slow
def test_postgresql_stopped_in_the_middle_of_a_step_keeps_whole_pages_and_the_run_goes_on() -> None:
    with shop("--products", "900", "--variants", "2", "--no-throttle") as there:
        connection = connected(there)
        there.fault(slow=0.5)
        worker = WorkerProcess(STOCKCRAFT_STALLED_AFTER="2", STOCKCRAFT_LOG_LEVEL="CRITICAL")
        try:
            run, _created = request_sync(connection, Trigger.MANUAL)
            until(run, phrase="was not begun", seen=lambda run: run.products_read)
            with a_step_held_up_before_its_variants():
                crash_postgresql()

            run.refresh_from_db()
            written = catalogue(connection)
            assert len(written) == run.products_read < 900
            assert written.items() <= shown(there).items()
            there.fault(slow=0.0)
            until(run, phrase="did not end", seen=lambda run: not run.is_live)
        finally:
            assert worker.stop() == 0
        assert run.status == SyncRun.Status.SUCCEEDED
        assert catalogue(connection) == shown(there)


@contextmanager
def a_step_held_up_before_its_variants() -> Iterator[None]:
    """Until the block ends, a step that has written its products cannot write their variants."""
    parameters = database.get_connection_params()
    with suppress(psycopg.OperationalError), psycopg.connect(**connecting(parameters)) as holder:
        holder.execute("LOCK TABLE catalog_variant IN SHARE MODE")
        deadline = time.monotonic() + PATIENCE
        while not holder.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()[0]:
            assert time.monotonic() < deadline, "no step came so far"
            time.sleep(0.02)
        yield


def connecting(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in ("host", "user", "dbname")}


def test_a_deploy_hands_a_run_under_way_to_the_next_worker_at_once() -> None:
    with shop("--products", "900", "--variants", "2", "--no-throttle") as there:
        connection = connected(there)
        # Slow enough that the pages left over take longer than a worker has for stopping.
        there.fault(slow=1.5)
        run, _created = request_sync(connection, Trigger.MANUAL)
        old = WorkerProcess()
        until(run, phrase="was not begun", seen=lambda run: run.products_read)
        began = time.monotonic()

        assert old.stop() == 0

        run.refresh_from_db()
        assert (run.status, run.attempt, run.retries) == (SyncRun.Status.QUEUED, 1, 0)
        assert 0 < run.products_read < 900
        assert time.monotonic() - began < 10
        there.fault(slow=0.0)
        new = WorkerProcess()
        try:
            until(run, phrase="did not end", seen=lambda run: not run.is_live)
        finally:
            assert new.stop() == 0
        assert (run.status, run.attempt) == (SyncRun.Status.SUCCEEDED, 2)
        assert catalogue(connection) == shown(there)
