"""A run is carried out by whoever claims it, and every failure becomes its stored reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from shopsim.shop import Shop
from shopsim.sim import Simulator
from shopsync.shopify import lines
from shopsync.values import Page
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.cancel import cancel
from stockcraft.workflows.runner import run_sync
from tests_shops import simulator, transport

pytestmark = pytest.mark.django_db(transaction=True)


class Bench:
    """A shop of three products, connected."""

    def __init__(self) -> None:
        self.sim: Simulator = simulator("bench")
        self.shop: Shop = self.sim.default.shop
        self.faults = self.sim.default.faults
        for title in ("Candle", "Bowl", "Tote"):
            self.shop.add_product(title)
        owner = User.objects.create_user("alice@example.com", "pw")
        self.account = Account.objects.open("Bench", owner=owner)
        self.connection = Connection.objects.create(
            account=self.account,
            shop_domain="bench.myshopify.com",
            access_token=self.sim.default.token(),
            grant="pasted",
        )

    def requested(self) -> SyncRun:
        return SyncRun.objects.request(self.connection, Trigger.MANUAL)[0]

    def carried_out(self, run: SyncRun | None = None, **options: object) -> SyncRun:
        run = run or self.requested()
        found = run_sync(run.pk, transport=transport(self.sim), **options)  # type: ignore[arg-type]
        assert found is not None
        return found


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_run_brings_the_shop_in_and_says_what_it_asked(bench: Bench) -> None:
    run = bench.carried_out()

    assert (run.status, run.created, run.found) == (SyncRun.Status.SUCCEEDED, 3, 3)
    assert run.requests >= 2
    assert run.api_points > 0
    bench.connection.refresh_from_db()
    assert bench.connection.api_version == "2026-10"
    assert bench.connection.last_success_at == run.finished_at


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ({"refuse_token": True}, "shopify.unauthorized", "needs_reconnecting"),
        ({"missing_scope": True}, "shopify.missing_scope", "needs_reconnecting"),
        ({"closed": True}, "shopify.store_not_found", "connected"),
        ({"frozen": True}, "shopify.store_paused", "connected"),
        ({"locked": True}, "shopify.store_locked", "connected"),
    ],
)
def test_what_trying_again_cannot_mend_fails_the_run_with_its_reason(
    bench: Bench, fault: dict[str, bool], code: str, status: str
) -> None:
    bench.faults.set(**fault)

    run = bench.carried_out()

    assert (run.status, run.failure_code) == (SyncRun.Status.FAILED, code)
    bench.connection.refresh_from_db()
    assert bench.connection.status == status


def test_nothing_is_lost_when_a_run_fails(bench: Bench) -> None:
    bench.carried_out()
    bench.faults.set(refuse_token=True)

    bench.carried_out()

    assert bench.account.products.live().count() == 3


def test_a_shop_that_does_not_answer_is_tried_again_later(bench: Bench, settings: object) -> None:
    bench.faults.answer(502)

    run = bench.carried_out()

    assert (run.status, run.retries) == (SyncRun.Status.QUEUED, 1)
    assert run.waiting_until is not None
    assert run.waiting_until > timezone.now() + timedelta(seconds=20)
    bench.faults.clear()
    assert bench.carried_out(run).status == SyncRun.Status.SUCCEEDED


def test_a_shop_that_never_answers_fails_the_run_in_the_end(bench: Bench) -> None:
    bench.faults.answer(502)
    run = bench.requested()
    SyncRun.objects.filter(pk=run.pk).update(retries=5)

    run = bench.carried_out(run)

    assert (run.status, run.failure_code) == (SyncRun.Status.FAILED, "shopify.unavailable")


def test_something_nobody_expected_fails_the_run_and_is_logged_whole(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def stop() -> bool:
        raise ZeroDivisionError("a bug")

    run = bench.carried_out(should_stop=stop)

    assert (run.status, run.failure_code) == (SyncRun.Status.FAILED, "sync.unexpected")
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_run_that_loses_its_database_goes_on_later(bench: Bench) -> None:
    def restarted_meanwhile() -> bool:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return False

    run = bench.carried_out(should_stop=restarted_meanwhile)

    assert (run.status, run.retries) == (SyncRun.Status.QUEUED, 1)
    assert bench.carried_out(run).status == SyncRun.Status.SUCCEEDED


def test_a_run_that_loses_its_database_again_and_again_fails_with_that_reason(bench: Bench) -> None:
    def full() -> bool:
        raise OperationalError("could not extend file: No space left on device")

    run = bench.carried_out(should_stop=full, retries=0)

    assert (run.status, run.failure_code) == (SyncRun.Status.FAILED, "sync.catalogue_unavailable")


def test_a_run_that_newer_code_has_had_is_left_to_newer_code(bench: Bench) -> None:
    run = bench.requested()
    SyncRun.objects.filter(pk=run.pk).update(phase="of_tomorrow")

    run = bench.carried_out(run)

    assert (run.status, run.retries, run.phase) == (SyncRun.Status.QUEUED, 0, "of_tomorrow")
    assert run.waiting_until is not None


def test_a_run_whose_worker_died_before_the_clock_was_set_back_is_taken_over(bench: Bench) -> None:
    run = bench.requested()
    tomorrow = timezone.now() + timedelta(days=1)
    SyncRun.objects.filter(pk=run.pk).update(status="running", attempt=1, heartbeat_at=tomorrow)

    assert bench.carried_out(run).status == SyncRun.Status.SUCCEEDED


@pytest.mark.parametrize("days", [-1, 1])
def test_a_worker_whose_clock_is_wrong_puts_a_run_off_by_everybodys(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
    bench.faults.answer(502)

    run = bench.carried_out()

    assert run.waiting_until is not None
    assert timedelta(0) < run.waiting_until - real() < timedelta(minutes=1)
    start = ProcrastinateJob.objects.get().scheduled_at
    assert start is not None
    assert timedelta(0) < start - real() < timedelta(minutes=1)


def test_a_worker_that_shuts_down_puts_its_run_back(bench: Bench) -> None:
    run = bench.carried_out(should_stop=lambda: True)

    assert (run.status, run.retries) == (SyncRun.Status.QUEUED, 0)
    assert bench.carried_out(run).status == SyncRun.Status.SUCCEEDED


def test_a_stopped_run_ends_before_its_next_page(bench: Bench) -> None:
    run = bench.requested()
    SyncRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    assert bench.carried_out(run).status == SyncRun.Status.CANCELLED


def test_a_waiting_run_is_stopped_at_once(bench: Bench) -> None:
    run = bench.requested()

    cancel(run)

    assert run.status == SyncRun.Status.CANCELLED
    assert run_sync(run.pk) is None


def test_a_run_that_another_worker_has_is_left_to_it(bench: Bench) -> None:
    run = bench.requested()
    SyncRun.objects.filter(pk=run.pk).update(status="running", attempt=1, heartbeat_at=timezone.now())

    assert run_sync(run.pk, transport=transport(bench.sim)) is None


def test_a_run_whose_worker_fell_silent_is_taken_over(bench: Bench) -> None:
    run = bench.requested()
    long_ago = timezone.now() - timedelta(minutes=5)
    SyncRun.objects.filter(pk=run.pk).update(status="running", attempt=1, heartbeat_at=long_ago)

    run = bench.carried_out(run)

    assert (run.status, run.attempt) == (SyncRun.Status.SUCCEEDED, 2)


def test_a_paused_worker_that_wakes_late_writes_nothing(bench: Bench) -> None:
    run = bench.requested()

    def taken_over_meanwhile() -> bool:
        SyncRun.objects.filter(pk=run.pk, attempt=1).update(attempt=2)
        return False

    bench.carried_out(run, should_stop=taken_over_meanwhile)

    run.refresh_from_db()
    assert (run.status, run.attempt) == (SyncRun.Status.RUNNING, 2)
    assert not bench.account.products.exists()


def test_a_broken_product_does_not_stop_the_rest(bench: Bench) -> None:
    broken = bench.shop.by_title("Bowl")
    bench.shop.edit_variant(broken.variants[0].id, price="a lot")

    run = bench.carried_out()

    assert (run.status, run.created, run.failed) == (SyncRun.Status.WARNINGS, 2, 1)
    assert run.changes.get(kind="fail").title == "Bowl"


def test_a_description_full_of_scripts_is_made_safe(bench: Bench) -> None:
    bench.shop.describe(bench.shop.by_title("Bowl").id, '<p onclick="steal()">Nice<script>steal()</script></p>')

    bench.carried_out()

    assert bench.account.products.get(title="Bowl").description_html == "<p>Nice</p>"


def test_a_product_that_is_written_as_at_the_last_whole_read_is_not_decoded_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopsync.route.PAGES_AT_MOST", 0)
    monkeypatch.setattr("time.sleep", bench.sim.clock.move)
    bench.carried_out(retries=0)
    bench.shop.rename(bench.shop.by_title("Bowl").id, "Dish")
    decoded: list[str] = []
    decode = lines.page

    def page(text: bytes, currency: str, cursor: str | None) -> Page:
        found = decode(text, currency, cursor)
        decoded.extend(product.title for product in found.products)
        return found

    monkeypatch.setattr(lines, "page", page)
    bench.connection.want_whole_read()

    run = bench.carried_out(retries=0)

    assert (run.route, run.updated, run.unchanged, decoded) == ("bulk", 1, 2, ["Dish"])


def test_a_run_that_waits_for_shopify_leaves_its_worker_to_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopsync.route.PAGES_AT_MOST", 0)
    run = bench.carried_out()
    assert (run.status, run.retries, run.phase, run.route) == (SyncRun.Status.QUEUED, 0, "read", "bulk")
    assert run.waiting_until is not None
    operations = len(bench.sim.default.bulk.operations)
    while run.is_live:
        bench.sim.clock.move(5)
        run = bench.carried_out(run)
    assert (run.status, run.created) == (SyncRun.Status.SUCCEEDED, 3)
    assert len(bench.sim.default.bulk.operations) == operations == 1
