"""The measures are for those who hold the token, and say what is in the rows."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.start import request_sync

pytestmark = pytest.mark.django_db(transaction=True)
MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"


@pytest.fixture
def connection(settings: Settings) -> Connection:
    settings.METRICS_TOKEN = "for-prometheus"
    account = Account.objects.open("Measured", owner=User.objects.create_user("alice@example.com", "pw"))
    return Connection.objects.create(
        account=account,
        shop_domain="measured.myshopify.com",
        auto_sync=True,
        last_success_at=timezone.now() - timedelta(hours=30),
        token_expires_at=timezone.now() + timedelta(minutes=50),
    )


def measured() -> dict[tuple[str, str], float]:
    answer = Client().get("/metrics", headers={"Authorization": "Bearer for-prometheus"})
    assert answer.status_code == 200
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_without_the_token_there_is_no_such_page(connection: Connection, settings: Settings) -> None:
    client = Client()

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a-guess"}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_runs_queues_and_connections_are_counted(connection: Connection) -> None:
    run, _created = request_sync(connection, "manual")
    SyncRun.objects.filter(pk=run.pk).update(requested_at=timezone.now() - timedelta(minutes=2))

    found = measured()

    assert found["stockcraft_runs", "queued"] == 1
    assert found["stockcraft_queue_jobs", "syncs"] == 1
    assert 100 < found["stockcraft_queue_age_seconds", "syncs"] < 200
    assert found["stockcraft_connections", "connected"] == 1


def test_speed_and_points_are_those_of_the_last_hour(connection: Connection) -> None:
    now = timezone.now()
    for hours in (0, 3):
        SyncRun.objects.create(
            account=connection.account, connection=connection, number=hours + 1, trigger="manual", status="succeeded",
            started_at=now - timedelta(hours=hours, seconds=10), finished_at=now - timedelta(hours=hours),
            products_read=500, requests=7, api_points=120,
        )  # fmt: skip

    found = measured()

    assert found["stockcraft_products_per_second", ""] == pytest.approx(50)
    assert found["stockcraft_api_points_last_hour", ""] == 120
    assert found["stockcraft_runs", "succeeded"] == 2


def test_ages_are_told_in_buckets_that_add_up(connection: Connection) -> None:
    found = measured()

    assert found["stockcraft_last_success_age_seconds_bucket", "93600.0"] == 0
    assert found["stockcraft_last_success_age_seconds_bucket", "180000.0"] == 1
    assert found["stockcraft_last_success_age_seconds_bucket", "+Inf"] == 1
    assert found["stockcraft_token_left_seconds_bucket", "900.0"] == 0
    assert found["stockcraft_token_left_seconds_bucket", "3600.0"] == 1


@pytest.mark.parametrize("name", ["alerts.yaml", "dashboard.json"])
def test_alerts_and_dashboard_speak_of_measures_that_exist(connection: Connection, name: str) -> None:
    request_sync(connection, "manual")
    there = {measure for measure, _label in measured()}

    used = set(re.findall(r"\bstockcraft_[a-z_]+", (MONITORING / name).read_text()))

    assert used
    assert used <= there


def test_the_dashboard_shows_every_measure(connection: Connection) -> None:
    request_sync(connection, "manual")
    families = {re.sub("_(bucket|sum|count)$", "", measure) for measure, _label in measured()}
    shown = (MONITORING / "dashboard.json").read_text()
    assert [family for family in sorted(families) if family.startswith("stockcraft_") and family not in shown] == []
