"""The plan page tells the truth about both plans, and changes between them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def full(cast: Cast) -> Connection:
    """A shop of 63 products of which 50 are here."""
    connection = connect(cast.account)
    for number in range(50):
        add_product(connection, cast.account, f"Mug {number}")
    run = add_run(connection)
    for number in range(13):
        add_change(run, Change.Kind.HOLD, f"Tote {number}", reason="plan_limit")
    return connection


def test_the_meter_and_what_waits(page: Client, full: Connection) -> None:
    text = text_of(page.get("/a/maple-thread/plan/"))
    assert "50 of 50" in text
    assert 'max="50" value="50"' in text
    assert "13 more products are waiting in Shopify." in text
    assert "$5" in text


def test_the_plans_name_all_that_differs(page: Client, cast: Cast) -> None:
    free, plus = text_of(page.get("/a/maple-thread/plan/")).split('id="plus-heading"')
    assert "Sync History of 30 days" in free
    assert "Sync History of 12 months" in plus
    assert "Changes in Shopify arrive within seconds" in plus
    assert "Syncs older than 30 days leave Sync History." in plus


def test_upgrading_brings_the_waiting_products_in_at_once(cast: Cast, page: Client, full: Connection) -> None:
    response = page.post("/a/maple-thread/plan/", {"plan": "plus"})
    cast.account.refresh_from_db()
    assert cast.account.plan == "plus"
    assert full.runs.filter(status="queued").count() == 1
    assert "A sync is bringing in the 13 waiting products." in text_of(page.get(response.headers["Location"]))


def test_upgrading_with_nothing_waiting_starts_no_run(cast: Cast, page: Client) -> None:
    connection = connect(cast.account)
    page.post("/a/maple-thread/plan/", {"plan": "plus"})
    assert not connection.runs.exists()


def test_going_back_removes_nothing(cast: Cast, page: Client, full: Connection) -> None:
    cast.account.plan = "plus"
    cast.account.save()
    page.post("/a/maple-thread/plan/", {"plan": "free"})
    cast.account.refresh_from_db()
    assert (cast.account.plan, cast.account.products.count()) == ("free", 50)


def test_an_unknown_plan_changes_nothing(cast: Cast, page: Client) -> None:
    page.post(reverse("plan", args=["maple-thread"]), {"plan": "gold"})
    cast.account.refresh_from_db()
    assert cast.account.plan == "free"


def test_french_prices_are_written_the_french_way(cast: Cast, page: Client) -> None:
    cast.alice.language = "fr"
    cast.alice.save()
    assert "5\u00a0$" in text_of(page.get("/a/maple-thread/plan/"))
