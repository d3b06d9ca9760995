"""Workers begin no further run while the database is short of connections or slow; what waits loses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows import pressure, runner
from stockcraft.workflows.due import start_due
from stockcraft.workflows.start import request_sync
from tests_shops import simulator, transport

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def connections_left(count: int) -> Iterator[None]:
    """All but so many connections are taken, for the length of a block."""
    parameters = database.get_connection_params()
    wanted = {name: parameters[name] for name in ("host", "user", "dbname")}
    taken, over = threading.Event(), threading.Event()

    def take(held: ExitStack) -> None:
        # Sessions of what went before, and of tests beside this one, end when they like: theirs are taken too.
        rounds = 0
        while not over.wait(0.02):
            while pressure.connections_left() > count:
                held.enter_context(psycopg.connect(**wanted))
            rounds += 1
            if rounds == 10:
                taken.set()
        database.close()

    with ExitStack() as held:
        taking = threading.Thread(target=take, args=[held])
        taking.start()
        try:
            assert taken.wait(timeout=10)
            yield
        finally:
            over.set()
            taking.join()


def shops(*names: str) -> list[Connection]:
    account = Account.objects.open("Pressed", owner=User.objects.create_user("alice@example.com", "pw"))
    return [Connection.objects.create(account=account, shop_domain=f"{name}.myshopify.com") for name in names]


def test_a_run_waits_while_the_database_has_hardly_a_connection_left_and_begins_once_it_has() -> None:
    rooms: list[bool] = []

    def wait() -> None:
        rooms.append(pressure.wait_for_room(lambda: False))
        database.close()

    with connections_left(pressure.KEPT_FREE - 1):
        assert "connections left" in pressure.why_busy()
        assert "connections left" in Client().get("/readyz").json()["no_sync_begins"]
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.5)
        assert not rooms
    waiting.join(timeout=10)

    assert rooms == [True]
    assert pressure.why_busy() == ""
    assert Client().get("/readyz").json() == {"status": "ok"}


def test_a_worker_that_is_to_stop_does_not_wait_for_room() -> None:
    with connections_left(pressure.KEPT_FREE - 1):
        assert not pressure.wait_for_room(lambda: True)


def test_a_server_that_is_just_small_keeps_no_run_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "PATIENCE", 0.0)

    with connections_left(pressure.KEPT_FREE - 1):
        assert pressure.wait_for_room(lambda: False)


def test_a_slow_answer_is_a_busy_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "CONNECTIONS_LEFT", f"SELECT 50 FROM pg_sleep({pressure.SLOW + 0.1})")

    assert "s to answer" in pressure.why_busy()


def test_what_a_person_asks_for_is_ahead_of_the_daily_syncs_that_wait() -> None:
    daily, pressed = shops("daily", "pressed")
    Connection.objects.filter(pk=pressed.pk).update(products_total=4_000)
    Connection.objects.filter(pk=daily.pk).update(auto_sync=True, next_sync_at=timezone.now())
    start_due()

    run, _created = request_sync(pressed, Trigger.MANUAL)

    first = ProcrastinateJob.objects.order_by("-priority").first()
    assert first is not None
    assert first.args == {"run_id": run.pk}


@pytest.mark.parametrize(("others", "age", "makes_room"), [(True, 0, True), (False, 0, False), (True, 2, False)])
def test_a_run_that_shopify_makes_wait_makes_room_when_others_wait(
    monkeypatch: pytest.MonkeyPatch, others: bool, age: int, makes_room: bool
) -> None:
    monkeypatch.setattr(runner, "LONG_WAIT", 1.0)
    sim = simulator("asked")
    sim.default.shop.add_product("Candle")
    asked, waiting = shops("asked", "waiting")
    asked.access_token, asked.grant = sim.default.token(), "pasted"
    asked.save(update_fields=["access_token", "grant"])
    run, _created = request_sync(asked, Trigger.MANUAL)
    SyncRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=age))
    ProcrastinateJob.objects.all().delete()
    if others:
        request_sync(waiting, Trigger.MANUAL)
    sim.default.faults.set(throttle=1)

    runner.run_sync(run.pk, transport=transport(sim))

    run.refresh_from_db()
    assert (run.status, run.retries) == ("queued" if makes_room else "succeeded", 0)
    assert bool(run.waiting_until) == makes_room
