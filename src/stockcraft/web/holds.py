"""The holds that still stand: shop products that no later run has brought in since the last read of the whole shop."""

from __future__ import annotations

from typing import Any

from django.db import connection as database
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from stockcraft.accounts.models import Account
from stockcraft.connections.models import IgnoredProduct
from stockcraft.syncs.models import Change, SyncRun

NEEDS_DECISION = "needs_decision"

# Written once, in SQL: every page's frame counts them, and putting these statements together anew took longer than
# everything else about the frame. ``since`` is the number of the last run that read the whole shop.
STANDING = """
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
    SELECT hold.id FROM run JOIN syncs_change AS hold ON hold.run_id = run.id
     WHERE hold.account_id = %s AND hold.kind = 'hold' AND hold.reason = %s
       AND NOT EXISTS (
           SELECT FROM later
            WHERE later.connection_id = run.connection_id AND later.number > run.number
              AND later.shopify_product_id = hold.shopify_product_id
       )
"""
# A decision from before the run did not settle it: the product that was chosen is gone, for instance.
DECIDED = """
       (EXISTS (
           SELECT FROM syncs_decision AS said
            WHERE said.connection_id = run.connection_id AND said.shopify_product_id = hold.shopify_product_id
              AND NOT said.undone AND said.created_at >= run.requested_at
       ) OR EXISTS (
           SELECT FROM connections_ignoredproduct AS ignored
            WHERE ignored.connection_id = run.connection_id AND ignored.shopify_product_id = hold.shopify_product_id
       ))
"""
STANDING_DECIDED = f"{STANDING} AND {DECIDED}"
UNDECIDED = f"{STANDING} AND NOT {DECIDED}"
COUNT_UNDECIDED = f"SELECT count(*) FROM ({UNDECIDED}) AS undecided"  # noqa: S608 - nothing in it comes from outside
COUNT_UNDECIDED_OF_RUN = f"SELECT count(*) FROM ({UNDECIDED} AND hold.run_id = %s) AS undecided"  # noqa: S608


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


def decided(account: Account) -> QuerySet[Change]:
    """Those that a person has said something about, which the next sync takes care of."""
    return Change.objects.filter(_is_decided(account))


def with_decisions(account: Account) -> QuerySet[Change]:
    """Both, with ``is_decided`` and ``is_ignored``; those that wait for an answer first."""
    either = ExpressionWrapper(_is_decided(account), output_field=BooleanField())
    holds = standing_holds(account, NEEDS_DECISION).annotate(is_decided=either, is_ignored=_is_ignored())
    return holds.order_by(F("is_decided").asc(), "run__connection", "pk")


def _is_decided(account: Account) -> Q:
    return Q(pk__in=_ids(STANDING_DECIDED, account, NEEDS_DECISION))


def _is_ignored() -> Exists:
    return Exists(
        IgnoredProduct.objects.filter(
            connection=OuterRef("run__connection"), shopify_product_id=OuterRef("shopify_product_id")
        )
    )


def _ids(statement: str, account: Account, reason: str) -> Any:
    return RawSQL(statement, [account.pk, account.pk, reason])  # noqa: S611 - the statements above
