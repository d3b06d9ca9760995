"""What a connection's runs remember for each other: since when to ask for changes, and what the shop should hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from shopsync.changes import Duplicate
from shopsync.errors import BulkFailed
from shopsync.ports import Standing
from shopsync.route import Past, Route, next_since
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.reading import rows

# Whether the first of those that carry a change's Shopify ID is live. No LIMIT: it would tempt the planner to walk all
# products in their order while there are no statistics of new rows.
IS_HERE = """
    (SELECT (array_agg(product.archived_at IS NULL ORDER BY product.id))[1] FROM catalog_product AS product
      WHERE product.account_id = %(account)s AND product.connection_id = %(connection)s
        AND product.shopify_product_id = change.shopify_product_id)
"""
# Shop products that runs since the last complete read, which may be this run's, left out and that are not here, each
# with the latest word on it.
LEFT_OUT = f"""
    WITH latest AS (
        SELECT id FROM syncs_syncrun
         WHERE account_id = %(account)s AND connection_id = %(connection)s AND route IN ('pages', 'bulk')
           AND trigger <> 'preview' AND (status IN ('succeeded', 'succeeded_with_warnings') OR id = %(run)s)
         ORDER BY id DESC LIMIT 1
    ), left_out AS (
        SELECT DISTINCT ON (change.shopify_product_id) change.shopify_product_id, change.reason
          FROM syncs_change AS change JOIN syncs_syncrun AS run ON run.id = change.run_id
         WHERE run.account_id = %(account)s AND run.connection_id = %(connection)s
           AND run.trigger NOT IN ('preview', 'undo') AND run.id >= (SELECT id FROM latest)
           AND change.kind IN ('hold', 'fail')
           AND {IS_HERE} IS NOT TRUE
         ORDER BY change.shopify_product_id, run.id DESC
    )
"""  # noqa: S608 - own text
# How many are live, without the merchant's own and the copies beyond a live first match, and who is copied. Mostly
# nobody is, which is counted in one walk through the index.
STANDING = f"""{LEFT_OUT}, linked AS MATERIALIZED (
        SELECT count(*) FILTER (WHERE archived_at IS NULL) AS live,
               count(*) > count(DISTINCT shopify_product_id) AS some_are_copied
          FROM catalog_product
         WHERE account_id = %(account)s AND connection_id = %(connection)s AND shopify_product_id IS NOT NULL
    ), copied AS MATERIALIZED (
        SELECT shopify_product_id FROM catalog_product
         WHERE account_id = %(account)s AND connection_id = %(connection)s AND shopify_product_id IS NOT NULL
           AND (SELECT some_are_copied FROM linked)
         GROUP BY shopify_product_id HAVING count(*) > 1
    ), carriers AS (
        SELECT shopify_product_id, (array_agg(title ORDER BY id))[1] AS title, array_agg(id ORDER BY id) AS ids,
               (array_agg(archived_at IS NULL ORDER BY id))[1] AS here,
               count(*) FILTER (WHERE archived_at IS NULL) AS live
          FROM catalog_product
         WHERE account_id = %(account)s AND connection_id = %(connection)s
           AND shopify_product_id IN (SELECT shopify_product_id FROM copied)
         GROUP BY shopify_product_id
    )
    SELECT (SELECT live FROM linked)
         - (SELECT coalesce(sum(live - here::int), 0) FROM carriers)
         + (SELECT count(*) FROM left_out),
           (SELECT json_agg(json_build_array(shopify_product_id, title, ids) ORDER BY shopify_product_id)::text
              FROM carriers WHERE here OR shopify_product_id IN (SELECT shopify_product_id FROM left_out))
"""  # noqa: S608 - own text
# What the connection remembers, whether some products wait for room, and whether some were left out by a person who has
# changed their mind, or wait for a decision that may have come, or a live first match holds what no sync wrote, such as
# a copy that a person linked.
PAST = f"""{LEFT_OUT},
    still AS (
        SELECT reason, EXISTS (
                   SELECT FROM connections_ignoredproduct AS ignored
                    WHERE ignored.connection_id = %(connection)s
                      AND ignored.shopify_product_id = left_out.shopify_product_id
               ) OR EXISTS (
                   SELECT FROM catalog_product AS product
                    WHERE product.account_id = %(account)s AND product.connection_id = %(connection)s
                      AND product.shopify_product_id = left_out.shopify_product_id
                      AND product.archive_reason = 'by_hand'
               ) AS ignored
          FROM left_out
    )
    SELECT changes_since, whole_read_at, whole_read_wanted_at,
           coalesce((SELECT bool_or(reason = 'plan_limit' AND NOT ignored) FROM still), false),
           coalesce((SELECT bool_or(reason = 'ignored' AND NOT ignored OR reason = 'needs_decision') FROM still), false)
               OR EXISTS (
                   SELECT FROM catalog_product AS product
                    WHERE account_id = %(account)s AND connection_id = %(connection)s
                      AND shopify_product_id IS NOT NULL AND archived_at IS NULL AND digest IS NULL
                      AND NOT EXISTS (
                          SELECT FROM syncs_decision AS decision
                           WHERE decision.connection_id = %(connection)s AND decision.undone
                             AND decision.shopify_product_id = product.shopify_product_id)
                      AND NOT EXISTS (
                          SELECT FROM catalog_product AS earlier
                           WHERE earlier.account_id = %(account)s AND earlier.connection_id = %(connection)s
                             AND earlier.shopify_product_id = product.shopify_product_id AND earlier.id < product.id)),
           (SELECT failure_code FROM syncs_syncrun
             WHERE account_id = %(account)s AND connection_id = %(connection)s AND finished_at IS NOT NULL
               AND route <> '' AND trigger <> 'preview'
             ORDER BY id DESC LIMIT 1)
      FROM connections_connection WHERE id = %(connection)s
"""  # noqa: S608 - own text
_copies_from = msgspec.json.Decoder(list[tuple[int, str, tuple[int, ...]]]).decode


def past(run: SyncRun, room: int | None) -> Past:
    """What earlier runs of the connection left behind. ``room`` is how many more products the plan holds."""
    since, begun, wanted, waiting, wanted_again, last_code = rows(PAST, _asked(run))[0]
    return Past(
        now=timezone.now(),
        since=since,
        whole_read=begun,
        wanted=wanted_again or bool(wanted and begun and wanted > begun),
        room=waiting and (room is None or room > 0),
        bulk_failed=last_code == BulkFailed.code,
    )


def standing(run: SyncRun) -> Standing:
    """What the shop should hold by what is known here: live first matches, and what was left out since the last
    complete read and is still not here."""
    believed, copies = rows(STANDING, _asked(run))[0]
    found = _copies_from(copies) if copies else []
    return Standing(
        int(believed), tuple(Duplicate(shop_id, title, first, tuple(left)) for shop_id, title, (first, *left) in found)
    )


def remembered(run: SyncRun) -> dict[str, datetime]:
    """What the connection keeps of a run that came to a good end, by column: the next one goes on from what it saw.
    Nothing of one that chose no route."""
    if not run.route or run.started_at is None:
        return {}
    fields: dict[str, datetime] = {}
    if run.newest_seen:
        since = next_since(run.newest_seen, run.started_at)
        # A product whose cost alone was touched was itself touched long ago.
        fields["changes_since"] = max(since, run.connection.changes_since or since)
    if run.route != Route.CHANGES:
        fields["whole_read_at"] = run.started_at
    return fields


def _asked(run: SyncRun) -> dict[str, Any]:
    return {"run": run.pk, "account": run.account_id, "connection": run.connection_id}
