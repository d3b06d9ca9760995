"""Old history goes when the plan's time is over, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, Resolution, SyncRun
from stockcraft.workflows.retention import forget_old_history

pytestmark = pytest.mark.django_db(transaction=True)


def shop(plan: str, *ages: int) -> Connection:
    """A shop with a run of each age, in days, oldest first, each with a change."""
    account = Account.objects.open(plan, owner=User.objects.create_user(f"{plan}@example.com", "pw"), plan=plan)
    connection = Connection.objects.create(account=account, shop_domain=f"{plan}.myshopify.com")
    for number, age in enumerate(ages, 1):
        ended = timezone.now() - timedelta(days=age)
        run = SyncRun.objects.create(
            account=account, connection=connection, number=number, trigger="manual", status="failed", finished_at=ended
        )
        Change.objects.create(account=account, run=run, shopify_product_id=1, kind="update")
    return connection


def left(connection: Connection) -> list[int]:
    return sorted(connection.runs.values_list("number", flat=True))


def test_free_keeps_thirty_days_and_plus_a_year() -> None:
    free, plus = shop("free", 400, 40, 31, 29, 0), shop("plus", 400, 366, 40, 0)

    assert forget_old_history() == 5

    assert (left(free), left(plus)) == ([4, 5], [3, 4])
    assert Change.objects.count() == 4


def test_what_could_undo_a_resolution_goes_with_the_history() -> None:
    for plan in ("free", "plus"):
        account = shop(plan).account
        for age in (400, 40, 1):
            made = Resolution.objects.create(account=account, kind="remove", title=f"{plan} {age}", live=1)
            Resolution.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=age))

    forget_old_history()

    assert set(Resolution.objects.values_list("title", flat=True)) == {"free 1", "plus 40", "plus 1"}


def test_the_latest_run_of_a_shop_stays_however_old() -> None:
    connection = shop("free", 900, 800)

    forget_old_history()

    assert left(connection) == [2]


def test_a_run_under_way_stays() -> None:
    connection = shop("free", 900, 0)
    connection.runs.filter(number=1).update(status="running", finished_at=None)

    assert forget_old_history() == 0
