"""Sync History lists every run, and before the first one says when it comes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stockcraft.syncs.models import Change, SyncRun, Trigger
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def address(cast: Cast) -> str:
    return reverse("history", args=[cast.account.slug])


def test_before_the_first_run_its_exact_time_is_told(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account)
    text = text_of(page.get(address))
    assert "No syncs yet" in text
    assert "The first sync comes within 24 hours of switching Auto-Sync on" in text
    assert "02:00 UTC" in text
    assert "in Paris" in text
    assert "Sync Products Now" in text


def test_with_auto_sync_off_the_empty_page_promises_nothing(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account, auto_sync=False, next_sync_at=None)
    assert "It is off now." in text_of(page.get(address))


def test_without_a_shop_the_empty_page_leads_to_connecting_one(page: Client, address: str) -> None:
    text = text_of(page.get(address))
    assert "Connect your store first." in text
    assert "Sync Products Now" not in text


def test_rows_say_what_started_the_run_and_what_it_did(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    add_run(connection, trigger=Trigger.MANUAL, requested_by=cast.bob, created=3, updated=9, held=6, duplicates=1)
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    text = text_of(page.get(address))
    for words in ("Manual, by Bob", "3 added", "9 updated", "6 skipped", "1 duplicate", "12 s"):
        assert words in text
    assert "Shopify did not answer in time" in text


def test_filters_narrow_the_rows_and_count(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    add_run(connection)
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    add_run(connection, trigger=Trigger.MANUAL)
    assert "#2</strong>" in text_of(page.get(address, {"status": "failed"}))
    assert "#1</strong>" not in text_of(page.get(address, {"status": "failed"}))
    assert "#3</strong>" in text_of(page.get(address, {"trigger": "manual"}))
    nothing = text_of(page.get(address, {"status": "failed", "trigger": "manual"}))
    assert "No runs match these filters." in nothing


def test_nonsense_in_the_address_shows_all_rows(cast: Cast, page: Client, address: str) -> None:
    add_run(connect(cast.account))
    for query in ({"status": "x"}, {"trigger": "'"}, {"page": "abc"}, {"page": "99"}):
        assert "#1</strong>" in text_of(page.get(address, query))


def test_times_are_shown_in_the_readers_zone_on_request(cast: Cast, page: Client, address: str) -> None:
    run = add_run(connect(cast.account))
    assert f"{run.requested_at:%H:%M} UTC" in text_of(page.get(address))
    page.post(reverse("times"), {"times": "local", "next": address})
    assert f"{run.requested_at:%H:%M} UTC</time></div>" not in text_of(page.get(address))


def test_a_failed_day_is_a_stub_in_the_chart_not_a_gap(cast: Cast, page: Client, address: str) -> None:
    add_run(connect(cast.account), status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    assert '<rect class="failed"' in text_of(page.get(address)).split('class="chart"')[1]


def test_a_live_run_keeps_the_rows_current(cast: Cast, page: Client, address: str) -> None:
    add_run(connect(cast.account), status=SyncRun.Status.RUNNING)
    assert 'id="runs"' in text_of(page.get(address))
    part = page.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="runs")
    assert text_of(part).lstrip().startswith("<section")


def test_the_csv_holds_what_the_filters_show(cast: Cast, page: Client) -> None:
    connection = connect(cast.account)
    add_run(connection, created=3)
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    response = page.get(reverse("history_csv", args=[cast.account.slug]), {"status": "failed"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,status,trigger,requested_at")
    assert len(lines) == 2
    assert lines[1].endswith("shopify.unavailable")


@pytest.mark.parametrize(
    ("query", "most"),
    [({}, 17), ({"status": "failed"}, 17), ({"trigger": "manual", "from": "2026-01-01"}, 17), ({"product": "mug"}, 23)],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    cast: Cast, page: Client, address: str, query: dict[str, str], most: int
) -> None:
    connection = connect(cast.account)
    mug = add_product(connection, cast.account, "Mug")
    asked = []
    page.get(address)  # counts the products, which do not change any more
    for rows in (2, 20):
        for hour in range(rows):
            run = add_run(connection, ago=timedelta(hours=hour), trigger=Trigger.MANUAL, requested_by=cast.bob)
            add_change(run, Change.Kind.UPDATE, "Mug", product=mug)
        with CaptureQueriesContext(database) as queries:
            page.get(address, query)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= most


def test_days_and_products_narrow_the_rows(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    old = add_run(connection, ago=timedelta(days=5))
    add_change(old, Change.Kind.UPDATE, "Lavender Soy Candle")
    new = add_run(connection, ago=timedelta(days=1))
    add_change(new, Change.Kind.HOLD, "Linen Tote")

    def shown(**query: str) -> set[int]:
        text = text_of(page.get(address, query))
        return {run.number for run in (old, new) if f"#{run.number}</strong>" in text}

    day = f"{old.requested_at:%Y-%m-%d}"
    assert shown(product="soy candle") == shown(to=day) == shown(**{"from": day, "to": day}) == {old.number}
    assert shown(product="tote") == shown(**{"from": f"{new.requested_at:%Y-%m-%d}"}) == {new.number}
    assert shown(**{"from": "yesterday", "to": "99-99-99"}) == {old.number, new.number}
    assert shown(product="candle", status="failed") == set()


def test_a_product_that_is_here_is_named_by_any_of_its_words(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    candle = add_product(connection, cast.account, "Lavender Candle", sku="LAV-200", name_override="Evening")
    run = add_run(connection)
    add_change(run, Change.Kind.UPDATE, candle.title, product=candle)
    for words in ("lavender", "lav-200", "even", "candle lav"):
        assert f"#{run.number}</strong>" in text_of(page.get(address, {"product": words}))
    assert "No runs match" in text_of(page.get(address, {"product": "andle"}))


def test_of_very_many_products_some_are_looked_at_and_the_page_says_so(
    cast: Cast, page: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stockcraft.catalog.search.MOST", 1)
    connection = connect(cast.account)
    for title in ("Big mug", "Small mug"):
        product = add_product(connection, cast.account, title)
        add_change(add_run(connection), Change.Kind.UPDATE, title, product=product)
    assert "products match, and the syncs of these are shown" in text_of(page.get(address, {"product": "mug"}))
    assert "products match" not in text_of(page.get(address, {"product": "small"}))
    exported = page.get(reverse("history_csv", args=[cast.account.slug]), {"product": "mug"})
    assert len(b"".join(exported.streaming_content).splitlines()) == 3


def test_a_link_clears_the_filters_that_are_on(cast: Cast, page: Client, address: str) -> None:
    add_run(connect(cast.account))
    assert "Clear filters" not in text_of(page.get(address))
    assert "Clear filters" in text_of(page.get(address, {"from": "2026-01-01"}))


def test_the_json_holds_what_the_filters_show(cast: Cast, page: Client) -> None:
    connection = connect(cast.account)
    add_run(connection, created=3)
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable")
    address = reverse("history_json", args=[cast.account.slug])

    def rows(**query: str) -> list[dict[str, object]]:
        return json.loads(b"".join(page.get(address, query).streaming_content))

    assert [row["number"] for row in rows()] == [2, 1]
    assert [row["failure_code"] for row in rows(status="failed")] == ["shopify.unavailable"]
    assert rows(trigger="webhook") == []
