"""The holds that still stand: shop products that no later run has brought in since the last read of the whole shop."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from stockcraft.accounts.models import Account
from stockcraft.syncs.models import Change, SyncRun

NEEDS_DECISION = "needs_decision"

# Written once, in SQL: every page's frame counts them, and putting these statements together anew took longer than
# everything else about the frame. ``since`` is the number of the last run that read the whole shop.
RUNS_SINCE = """
    WITH shop AS (
        SELECT connection.id, connection.account_id, coalesce((
                   SELECT whole.number FROM syncs_syncrun AS whole
                    WHERE whole.account_id = connection.account_id AND whole.connection_id = connection.id
                      AND whole.mode = 'full' AND whole.confirms_id IS NULL
                      AND whole.trigger NOT IN ('webhook', 'undo', 'preview')
                      AND whole.status NOT IN ('queued', 'running', 'failed', 'cancelled')
                    ORDER BY whole.number DESC LIMIT 1
               ), 0) AS since
          FROM connections_connection AS connection
         WHERE connection.account_id = %s AND connection.status <> 'disconnected'
    ), run AS MATERIALIZED (
        -- OFFSET 0: the few runs since are read by their numbers, not all that the shop ever had.
        SELECT latest.*, shop.since FROM shop, LATERAL (
            SELECT run.id, run.connection_id, run.number, run.requested_at FROM syncs_syncrun AS run
             WHERE run.account_id = shop.account_id AND run.number >= shop.since
               AND run.connection_id = shop.id AND run.trigger <> 'preview'
            OFFSET 0
        ) AS latest
    ), later AS MATERIALIZED (
        SELECT run.connection_id, run.number, change.shopify_product_id
          FROM run JOIN syncs_change AS change ON change.run_id = run.id WHERE run.number > run.since
    )
"""
HOLDS = """
      FROM run JOIN syncs_change AS hold ON hold.run_id = run.id
     WHERE hold.account_id = %s AND hold.kind = 'hold' AND hold.reason = %s
       AND NOT EXISTS (
           SELECT FROM later
            WHERE later.connection_id = run.connection_id AND later.number > run.number
              AND later.shopify_product_id = hold.shopify_product_id
       )
"""
IGNORED = """
       EXISTS (
           SELECT FROM connections_ignoredproduct AS ignored
            WHERE ignored.connection_id = run.connection_id AND ignored.shopify_product_id = hold.shopify_product_id
       )
"""
# A decision from before the run did not settle it: the product that was chosen is gone, for instance.
DECIDED = f"""
       (EXISTS (
           SELECT FROM syncs_decision AS said
            WHERE said.connection_id = run.connection_id AND said.shopify_product_id = hold.shopify_product_id
              AND NOT said.undone AND said.created_at >= run.requested_at
       ) OR {IGNORED})
"""
STANDING = f"{RUNS_SINCE} SELECT hold.id {HOLDS}"
UNDECIDED = f"{STANDING} AND NOT {DECIDED}"
COUNT_UNDECIDED = f"SELECT count(*) FROM ({UNDECIDED}) AS undecided"  # noqa: S608 - nothing in it comes from outside
COUNT_UNDECIDED_OF_RUN = f"SELECT count(*) FROM ({UNDECIDED} AND hold.run_id = %s) AS undecided"  # noqa: S608
QUESTIONS = f"""
    {RUNS_SINCE} SELECT hold.id, run.connection_id, {DECIDED} AS is_decided, {IGNORED} AS is_ignored {HOLDS}
     ORDER BY is_decided, run.connection_id, hold.id
"""


class Question(NamedTuple):
    """A standing hold that a person is asked about, by its ids, and what was said so far."""

    hold_id: int
    connection_id: int
    is_decided: bool
    is_ignored: bool


def standing_holds(account: Account, reason: str) -> QuerySet[Change]:
    """The holds for this reason, of the last whole read of each shop or of a run since, that nothing came after."""
    return Change.objects.filter(pk__in=_ids(STANDING, account, reason))


def count_undecided(account: Account, run: SyncRun | None = None) -> int:
    """How many shop products a person has to say something about, in all or of those that ``run`` held."""
    asked: list[int | str] = [account.pk, account.pk, NEEDS_DECISION]
    with database.cursor() as cursor:
        if run is None:
            cursor.execute(COUNT_UNDECIDED, asked)
        else:
            cursor.execute(COUNT_UNDECIDED_OF_RUN, [*asked, run.pk])
        count: int = cursor.fetchone()[0]
    return count


def undecided(account: Account) -> QuerySet[Change]:
    """The shop products that a person has to say something about."""
    return Change.objects.filter(pk__in=_ids(UNDECIDED, account, NEEDS_DECISION))


def questions(account: Account) -> list[Question]:
    """What a person is asked about, also where the next sync takes care of the answer; what waits for one comes first.

    Finding them is the work, so it is done once for everything that a page says of them.
    """
    with database.cursor() as cursor:
        cursor.execute(QUESTIONS, [account.pk, account.pk, NEEDS_DECISION])
        return [Question(*row) for row in cursor.fetchall()]


def _ids(statement: str, account: Account, reason: str) -> Any:
    return RawSQL(statement, [account.pk, account.pk, reason])  # noqa: S611 - the statements above
