"""The Shopify section says what is, what will happen and what to do, in every state of a connection."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from stockcraft.catalog.counts import ProductCounts
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.web.integrations import render_integrations
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def address(cast: Cast) -> str:
    return reverse("integrations", args=[cast.account.slug])


def test_without_a_shop_the_switch_is_disabled_and_says_why(page: Client, address: str) -> None:
    text = text_of(page.get(address))
    assert "Not connected" in text
    assert 'role="switch" disabled' in text
    assert "Connect a store to turn on Auto-Sync." in text
    assert 'name="shop"' in text
    assert "StockCraft cannot change your store." in text


def test_a_connected_shop_shows_its_next_run_in_utc_and_local_time(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    text = text_of(page.get(address))
    assert "maple-and-thread.myshopify.com" in text
    assert "02:00 UTC" in text
    assert f'datetime="{connection.next_sync_at:%Y-%m-%dT02:00:00Z}" data-until' in text
    assert "in Paris" in text
    assert 'name="on" value="1" checked' in text


def test_without_a_zone_yet_the_local_time_is_left_to_script(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account)
    cast.alice.timezone = ""
    cast.alice.save()
    text = text_of(page.get(address))
    assert "data-local=" in text
    assert "data-zone-to=" in text
    assert "in Paris" not in text


def test_with_auto_sync_off_no_run_is_promised(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account, auto_sync=False, next_sync_at=None)
    text = text_of(page.get(address))
    assert "No automatic sync planned" in text
    assert 'name="on" value="1" checked' not in text


def test_the_last_three_runs_are_listed(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    for number in range(5):
        add_run(connection, ago=timedelta(days=5 - number))
    text = text_of(page.get(address))
    assert [f"Sync #{number}" in text for number in (1, 2, 3, 4, 5)] == [False, False, True, True, True]


def test_a_running_sync_replaces_the_countdown_by_its_progress(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    run = add_run(
        connection, ago=timedelta(seconds=14), status=SyncRun.Status.RUNNING, trigger=Trigger.MANUAL,
        requested_by=cast.alice, products_total=48, products_read=26,
    )  # fmt: skip
    add_change(run, "create", "Mug")
    text = text_of(page.get(address))
    assert "26 of 48 products" in text
    assert 'max="48" value="26"' in text
    assert 'hx-trigger="every 2s"' in text
    assert "Next automatic sync" not in text
    assert "Syncing…" in text
    assert reverse("stop_sync", args=[cast.account.slug, run.number]) in text
    assert "Syncing 54%" in text


def test_script_gets_the_card_alone_while_a_run_is_live(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    add_run(connection, status=SyncRun.Status.RUNNING, products_total=48, products_read=12)
    response = page.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET=f"connection-{connection.pk}")
    text = text_of(response)
    assert "<html" not in text
    assert f'id="connection-{connection.pk}"' in text
    assert "data-announce=" in text
    assert "HX-Request" in response.headers["Vary"]


def test_who_followed_a_run_is_told_how_it_ended(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    run = add_run(connection, created=3, updated=12)
    script = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": f"connection-{connection.pk}"}
    told = text_of(page.get(address, {"followed": run.number}, **script))
    assert "Sync finished: 3 added, 12 updated." in told
    assert "Sync finished" not in text_of(page.get(address, {"followed": "'"}, **script))


def test_script_reads_the_whole_page_when_its_part_is_gone(cast: Cast, page: Client, address: str) -> None:
    response = page.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="connection-99")
    assert response.headers["HX-Refresh"] == "true"


def test_lost_access_shows_its_recipe_and_pauses_the_countdown(cast: Cast, page: Client, address: str) -> None:
    status = Connection.Status.NEEDS_RECONNECTING
    connection = connect(cast.account, status=status, failure_code="shopify.unauthorized")
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unauthorized")
    add_product(connection, cast.account, "Mug")
    text = text_of(page.get(address))
    assert "Shopify no longer accepts our access to your store" in text
    assert "Paused" in text
    assert "Resumes at the next 02:00 UTC once you reconnect." in text
    assert "Reconnect your store first." in text
    assert reverse("reconnect_shop", args=[cast.account.slug, connection.pk]) in text
    assert "<code>shopify.unauthorized</code>" in text
    assert "Your 1 product is unchanged." in text
    assert "1 store needs attention" in text


def test_a_failure_that_passes_offers_to_try_again(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    add_run(connection, status=SyncRun.Status.FAILED, failure_code="shopify.unavailable", created=3)
    text = text_of(page.get(address))
    assert "Shopify did not answer in time" in text
    assert "Try again" in text
    assert "unchanged." not in text  # three products came in before it failed
    assert "Next automatic sync" in text


def test_a_disconnected_shop_is_not_shown(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account, status=Connection.Status.DISCONNECTED)
    assert "Not connected" in text_of(page.get(address))


def test_several_shops_have_a_card_each(cast: Cast, page: Client, address: str) -> None:
    first, second = connect(cast.account), connect(cast.account, "second-shop")
    text = text_of(page.get(address))
    assert f'id="connection-{first.pk}"' in text
    assert f'id="connection-{second.pk}"' in text


def test_the_disconnect_dialog_is_there_without_script(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    text = text_of(page.get(address, {"disconnect": connection.pk}))
    assert "Disconnect maple-and-thread?" in text
    assert f'aria-labelledby="disconnect-heading-{connection.pk}" open' in text


def test_a_failure_is_over_once_the_shop_is_connected_again(cast: Cast, page: Client, address: str) -> None:
    connection = connect(cast.account)
    add_run(connection, ago=timedelta(minutes=5), status=SyncRun.Status.FAILED, failure_code="shopify.missing_scope")
    assert "Shopify did not give us permission to read products" in text_of(page.get(address))

    connection.connected_at = timezone.now()
    connection.save()

    text = text_of(page.get(address))
    assert "Shopify did not give us permission to read products" not in text
    assert "Reconnect store" not in text


@pytest.mark.parametrize(("form", "field"), [("own-app", "own"), ("token", "token")])
def test_what_is_wrong_stands_beside_the_form_that_was_sent(
    form: str, field: str, cast: Cast, page: Client, address: str
) -> None:
    sent = {"shop": "my shop", "client_id": "a", "client_secret": "b", "token": "c"}
    text = text_of(page.post(f"{address}shopify/{form}/", sent))
    assert text.count('value="my shop"') == 1
    assert f'id="{field}-shop"' in text.split('value="my shop"')[0].rsplit("<input", 1)[1]
    assert f'aria-describedby="{field}-problem" aria-invalid="true"' in text
    assert text.count("We need the address ending in .myshopify.com.") == 1


def test_a_token_that_cannot_be_sent_is_refused_in_words(cast: Cast, page: Client, address: str) -> None:
    response = page.post(f"{address}shopify/token/", {"shop": "my-shop", "token": "shpat_é"})
    assert response.status_code == 422
    assert "This is no access token" in text_of(response)


def test_no_page_shows_a_token(cast: Cast, page: Client, address: str) -> None:
    connect(cast.account, refresh_token="another-secret", client_secret="a-third-secret")
    text = text_of(page.get(address))
    assert not [secret for secret in ("never-shown", "another-secret", "third-secret") if secret in text]


def test_a_bad_address_is_explained_beside_the_field(cast: Cast, rf: RequestFactory) -> None:
    response = render_integrations(request_of(cast, rf), shop_error="We need the address.", shop="my shop", status=422)
    text = text_of(response)
    assert response.status_code == 422
    assert 'value="my shop"' in text
    assert 'aria-describedby="shop-hint shop-problem" aria-invalid="true"' in text
    assert "We need the address." in text


def test_the_policy_allows_shopify_for_the_connect_form_and_nothing_inline(page: Client, address: str) -> None:
    policy = page.get(address).headers["Content-Security-Policy"]
    forms = next(part for part in policy.split(";") if "form-action" in part)
    assert "https://*.myshopify.com" in forms
    assert "unsafe" not in policy


def test_a_queued_run_says_that_it_waits(cast: Cast, page: Client, address: str) -> None:
    add_run(connect(cast.account), status=SyncRun.Status.QUEUED, ago=timedelta(seconds=1))
    text = text_of(page.get(address))
    assert "Waiting to start…" in text
    assert "<progress" in text


def test_a_run_that_was_put_back_says_what_it_waits_for(cast: Cast, page: Client, address: str) -> None:
    run = add_run(connect(cast.account), status=SyncRun.Status.QUEUED, ago=timedelta(seconds=9))
    run.started_at = run.requested_at
    run.save()
    text = text_of(page.get(address))
    assert "Waiting for Shopify…" in text
    assert "Waiting to start…" not in text


def test_a_run_that_shopify_slows_down_says_so(cast: Cast, page: Client, address: str) -> None:
    later = timezone.now() + timedelta(seconds=20)
    add_run(connect(cast.account), status=SyncRun.Status.RUNNING, waiting_until=later)
    assert "Shopify asked us to slow down." in text_of(page.get(address))


def request_of(cast: Cast, rf: RequestFactory):  # type: ignore[no-untyped-def]
    """A request as `tenant` hands it on."""
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django_htmx.middleware import HtmxDetails

    request = rf.get("/")
    request.user, request.account, request.counts = cast.alice, cast.account, ProductCounts(cast.account)
    request.membership = cast.account.memberships.get(user=cast.alice)
    request.session = {}
    request._messages = FallbackStorage(request)
    request.htmx = HtmxDetails(request)
    return request
