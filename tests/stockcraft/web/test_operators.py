"""Operators see every account and may do a few safe things, each on record; for anybody else there is no such page."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection as database
from django.db import models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stockcraft.accounts.models import Account, User
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, Notice, SyncRun, Trigger
from stockcraft.web.operators import site
from stockcraft.web.operators.lists import MOST, BoundedPaginator
from web_cast import Cast, add_change, add_product, add_run, client_of, connect, text_of

LISTED = (Account, User, Connection, SyncRun, Change, Notice, LogEntry)
TOKENS = ("a-token-that-is-never-shown", "a-refresh-token", "a-client-secret")


@pytest.fixture
def connection(cast: Cast) -> Connection:
    connection = connect(cast.account, refresh_token=TOKENS[1], client_secret=TOKENS[2], webhook_problem="no address")
    add_product(connection, cast.account, "Mug")
    run = add_run(connection, requested_by=cast.alice)
    add_change(run, Change.Kind.UPDATE, "Mug")
    run.notices.create(code=Notice.Code.DUPLICATE, shopify_product_id=7)
    return connection


@pytest.fixture
def operator(cast: Cast) -> Client:
    """The browser of somebody who hosts StockCraft and has no account of their own."""
    return client_of(User.objects.create_superuser("olivia@example.com", name="Olivia"))


def list_of(model: type[models.Model]) -> str:
    return reverse(f"operators:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: models.Model) -> str:
    return reverse(f"operators:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act(client: Client, action: str, *rows: models.Model) -> str:
    """Choose these rows of the list and carry out the action; the page that follows."""
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    return text_of(client.post(list_of(type(rows[0])), form, follow=True))


def test_every_list_and_every_row_can_be_read(operator: Client, connection: Connection) -> None:
    act(operator, "put_on_plus", connection.account)
    assert set(site._registry) == set(LISTED)
    for model in LISTED:
        found = operator.get(list_of(model), {"q": ""})
        assert found.status_code == 200
        for row in model.objects.all():  # type: ignore[attr-defined]
            assert operator.get(page_of(row)).status_code == 200, row


def test_what_is_looked_for_is_found(operator: Client, connection: Connection) -> None:
    for model, word in ((Account, "bob@example"), (Connection, "maple-and"), (User, "charlie@"), (SyncRun, "maple")):
        assert "1 result" in text_of(operator.get(list_of(model), {"q": word})), model
        assert "0 results" in text_of(operator.get(list_of(model), {"q": "nobody-at-all"})), model
    run = connection.runs.get()
    assert "Mug" in text_of(operator.get(list_of(Change), {"run__id__exact": run.pk}))
    assert "Mug" not in text_of(operator.get(list_of(Change), {"run__id__exact": run.pk + 1}))
    assert f"{list_of(Change)}?run__id__exact={run.pk}" in text_of(operator.get(page_of(run)))


def test_values_are_shown_as_people_read_them(operator: Client, connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        scopes=["read_products", "write_nothing"], connected_at=datetime(2026, 11, 13, 17, 9, tzinfo=UTC)
    )
    text = text_of(operator.get(page_of(connection)))
    assert "read_products, write_nothing" in text
    assert "13 Nov 2026, 17:09 UTC" in text
    assert ">None<" not in text
    assert ">[]<" not in text


def test_no_token_and_no_password_is_shown_or_even_read(
    operator: Client, cast: Cast, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    cast.alice.set_password("a long enough password")
    cast.alice.save()
    caplog.set_level(logging.DEBUG)
    with CaptureQueriesContext(database) as captured:
        pages = [list_of(Connection), page_of(connection), list_of(User), page_of(cast.alice), list_of(Account)]
        texts = [text_of(operator.get(page)) for page in pages]
        texts.append(act(operator, "mend_webhooks", connection))
    for secret in (*TOKENS, cast.alice.password):
        assert not [text for text in texts if secret in text]
        assert secret not in caplog.text
    asked = [query["sql"] for query in captured if "connections_connection" in query["sql"]]
    assert asked
    assert not [sql for sql in asked if "access_token" in sql or "client_secret" in sql or "refresh_token" in sql]


def test_an_account_is_put_on_another_plan_and_what_waits_comes_in(operator: Client, connection: Connection) -> None:
    assert "1 account is on Plus now." in act(operator, "put_on_plus", connection.account)
    assert Account.objects.get(pk=connection.account_id).plan == Plan.PLUS
    assert SyncRun.objects.live().get().trigger == Trigger.MANUAL
    assert "They were on Plus already." in act(operator, "put_on_plus", connection.account)
    assert "1 account is on Free now." in act(operator, "put_on_free", connection.account)
    assert SyncRun.objects.live().count() == 1


def test_a_sync_is_asked_for_once(operator: Client, connection: Connection) -> None:
    for _ in range(2):
        assert "A sync of 1 shop is on its way." in act(operator, "sync_now", connection)
    run = SyncRun.objects.live().get()
    assert str(run.requested_by) == "Olivia"


def test_webhooks_are_mended_by_the_upkeep(operator: Client, connection: Connection) -> None:
    assert "looked after in some seconds" in act(operator, "mend_webhooks", connection)
    assert Connection.objects.get(pk=connection.pk).tended_at
    with database.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name LIKE '%tend'")
        assert str(connection.pk) in str(cursor.fetchall())


def test_a_shop_that_is_not_connected_is_left_alone(operator: Client, connection: Connection) -> None:
    connection.disconnect()
    for action in ("sync_now", "mend_webhooks"):
        assert "1 shop was left alone" in act(operator, action, connection)
    assert not SyncRun.objects.live().exists()
    assert not LogEntry.objects.exists()


def test_each_action_is_on_record(operator: Client, connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stockcraft.operators")
    act(operator, "put_on_plus", connection.account)
    act(operator, "sync_now", connection)
    act(operator, "mend_webhooks", connection)
    entries = LogEntry.objects.order_by("pk")
    assert [(str(entry.user), entry.object_repr, entry.change_message) for entry in entries] == [
        ("Olivia", "Maple & Thread", "Put on Plus."),
        ("Olivia", "maple-and-thread.myshopify.com", "Asked for a sync; Sync #2 was under way."),
        ("Olivia", "maple-and-thread.myshopify.com", "Asked for its webhook subscriptions to be mended."),
    ]
    assert caplog.text.count("operator ") == 3
    assert "Put on Plus." in text_of(operator.get(list_of(LogEntry)))


def test_nothing_is_added_changed_or_deleted(operator: Client, connection: Connection) -> None:
    before = {model: list(model.objects.order_by("pk").values_list()) for model in LISTED}  # type: ignore[attr-defined]
    for model in LISTED:
        name = f"operators:{model._meta.app_label}_{model._meta.model_name}"
        assert operator.get(reverse(f"{name}_add")).status_code == 403
        assert operator.post(reverse(f"{name}_add"), {"name": "X"}).status_code == 403
        for row in model.objects.all():  # type: ignore[attr-defined]
            assert operator.post(page_of(row), {"name": "X", "plan": "plus"}).status_code == 403
            assert operator.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        rows = [row.pk for row in model.objects.all()]  # type: ignore[attr-defined]
        operator.post(list_of(model), {"action": "delete_selected", "_selected_action": rows, "post": "yes"})
    after = {model: list(model.objects.order_by("pk").values_list()) for model in LISTED}  # type: ignore[attr-defined]
    assert after == before


def test_a_member_of_staff_who_is_no_superuser_is_no_operator(cast: Cast, connection: Connection) -> None:
    User.objects.filter(pk=cast.bob.pk).update(is_staff=True)
    assert client_of(cast.bob).get(reverse("operators:index")).status_code == 404


def test_only_operators_are_shown_the_way(cast: Cast, page: Client) -> None:
    here = reverse("workspace", args=[cast.account.slug])
    assert reverse("operators:index") not in text_of(page.get(here))
    User.objects.filter(pk=cast.alice.pk).update(is_staff=True, is_superuser=True)
    assert reverse("operators:index") in text_of(page.get(here))


def test_lists_cost_the_same_whatever_their_length(cast: Cast, operator: Client, connection: Connection) -> None:
    def queries() -> dict[Any, int]:
        counts = {}
        for model in LISTED:
            with CaptureQueriesContext(database) as captured:
                operator.get(list_of(model))
            counts[model] = len(captured)
        return counts

    act(operator, "put_on_plus", cast.account)
    queries()
    few = queries()
    for number in range(12):
        owner = User.objects.create_user(f"{number}@example.com")
        other = connect(Account.objects.open(f"Shop {number}", owner=owner), f"shop-{number}")
        run = add_run(other, requested_by=owner)
        add_change(run, Change.Kind.UPDATE, "Mug")
        run.notices.create(code=Notice.Code.BOOKS)
        act(operator, "put_on_plus", other.account)
    assert queries() == few


def test_a_long_list_is_counted_no_further_than_anybody_leafs() -> None:
    class Rows:
        """Stands for a table of any length: remembers how far it was asked to count."""

        ordered = True

        def __getitem__(self, part: slice) -> Rows:
            self.asked = part
            return self

        def count(self) -> int:
            return int(self.asked.stop)

    assert BoundedPaginator(Rows(), 50).count == MOST  # type: ignore[arg-type]
