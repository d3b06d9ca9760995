"""What a step asks the catalogue before it decides: one statement a question, however big the page is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection as database

from shopsync.changes import Choice, FieldChange, HoldReason, Planned
from shopsync.guard import Part, Weight
from shopsync.policy import Rule
from shopsync.ports import Local, Stored
from stockcraft.accounts.plans import Plan
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_from, stored_variant_from

# These columns are the fields of `Local`, in their order, as in `UNSEEN`.
KNOWN = """
    SELECT id, shopify_product_id, digest, archived_at IS NOT NULL, title
      FROM catalog_product
     WHERE account_id = %s AND connection_id = %s AND shopify_product_id = ANY(%s::bigint[])
     ORDER BY id
"""

# A product that a person archived by hand stays so, whatever the shop shows: they chose to leave it out.
# Of several local products with one Shopify ID the first decides, as in every match.
CHOICES = """
    WITH asked AS MATERIALIZED (SELECT %(ids)s::bigint[])
    SELECT shopify_product_id, true, NULL::bigint, false, NULL::bytea, false FROM connections_ignoredproduct
     WHERE connection_id = %(connection)s AND shopify_product_id = ANY((TABLE asked)::bigint[])
    UNION ALL
    SELECT shopify_product_id, false, NULL, false, NULL, true FROM connections_selection
     WHERE connection_id = %(connection)s AND shopify_product_id = ANY((TABLE asked)::bigint[])
       AND (state = 'left_out'
            OR state = 'waits' AND (SELECT plan FROM accounts_account WHERE id = %(account)s) = ANY(%(limited)s))
    UNION ALL
    SELECT shopify_product_id, true, NULL, false, NULL, false
      FROM catalog_product AS product
     WHERE account_id = %(account)s AND connection_id = %(connection)s AND archive_reason = 'by_hand'
       AND shopify_product_id = ANY((TABLE asked)::bigint[])
       AND NOT EXISTS (
           SELECT FROM catalog_product AS earlier
            WHERE earlier.account_id = product.account_id AND earlier.connection_id = product.connection_id
              AND earlier.shopify_product_id = product.shopify_product_id AND earlier.id < product.id)
    UNION ALL
    SELECT decision.shopify_product_id, false, decision.product_id, decision.undone, decision.digest, false
      FROM syncs_decision AS decision
     WHERE decision.connection_id = %(connection)s AND decision.shopify_product_id = ANY((TABLE asked)::bigint[])
       AND (decision.product_id IS NULL OR EXISTS (
           SELECT FROM catalog_product AS product
            WHERE product.id = decision.product_id AND product.account_id = %(account)s
              AND product.shopify_product_id IS NULL AND product.archived_at IS NULL
              AND (product.connection_id IS NULL OR product.connection_id = %(connection)s)))
"""

# Where nothing is unlinked, which is the rule, the index says so at once.
CANDIDATES = """
    WITH own AS MATERIALIZED (
        SELECT variant.product_id, variant.sku, lower(btrim(variant.sku)) AS folded
          FROM catalog_product AS product JOIN catalog_variant AS variant ON variant.product_id = product.id
         WHERE product.account_id = %(account)s AND product.shopify_product_id IS NULL AND product.archived_at IS NULL
           AND (product.connection_id IS NULL OR product.connection_id = %(connection)s)
           AND variant.removed_at IS NULL AND btrim(variant.sku) <> ''
    )
    SELECT product_id, array_agg(sku) FROM own GROUP BY product_id
    HAVING bool_or(folded IN (SELECT lower(btrim(sku)) FROM unnest(%(skus)s::text[]) AS sku))
"""
# Holds count since the last whole read began, which may be this run.
BEARERS = """
    WITH asked AS MATERIALIZED (SELECT DISTINCT lower(btrim(sku)) AS folded FROM unnest(%(skus)s::text[]) AS sku),
         borne AS (
        SELECT product.shopify_product_id, variant.sku
          FROM catalog_product AS product JOIN catalog_variant AS variant ON variant.product_id = product.id
         WHERE product.account_id = %(account)s AND product.connection_id = %(connection)s
           AND product.shopify_product_id IS NOT NULL AND product.archived_at IS NULL AND variant.removed_at IS NULL
           AND NOT EXISTS (
               SELECT FROM catalog_product AS earlier
                WHERE earlier.account_id = product.account_id AND earlier.connection_id = product.connection_id
                  AND earlier.shopify_product_id = product.shopify_product_id AND earlier.id < product.id
           )
        UNION ALL
        SELECT shopify_product_id, unnest(skus) FROM syncs_change
         WHERE kind = 'hold' AND run_id IN (
             SELECT id FROM syncs_syncrun
              WHERE connection_id = %(connection)s AND (trigger <> 'preview' OR id = %(run)s) AND number >= (
                 SELECT max(number) FROM syncs_syncrun
                  WHERE connection_id = %(connection)s AND route IN ('pages', 'bulk')
                    AND (id = %(run)s OR trigger <> 'preview' AND status NOT IN ('failed', 'cancelled'))))
    )
    SELECT shopify_product_id, array_agg(sku) FROM borne JOIN asked ON asked.folded = lower(btrim(borne.sku))
     GROUP BY shopify_product_id
"""

POLICIES = """
    SELECT product_id, field, rule FROM catalog_fieldrule
     WHERE account_id = %s AND (product_id IS NULL OR product_id = ANY(%s))
"""

LIMITED_PLAN = "SELECT plan FROM accounts_account WHERE id = %s AND plan = ANY(%s) FOR NO KEY UPDATE"
LIMITED = [plan.value for plan in Plan if plan.holds is not None]
LIVE_COUNT = "SELECT count(*) FROM catalog_product WHERE account_id = %s AND archived_at IS NULL"

# No index reaches into the pages' arrays. `NOT IN` is answered from a hash of them, made once per question, whatever
# the planner guesses; `NOT EXISTS` is a loop in a loop while there are no statistics of new rows.
UNSEEN = """
    SELECT id, shopify_product_id, digest, false, title
      FROM catalog_product AS product
     WHERE account_id = %(account)s AND connection_id = %(connection)s AND id > %(after)s
       AND archived_at IS NULL AND shopify_product_id IS NOT NULL
       AND shopify_product_id NOT IN (SELECT unnest(read) FROM syncs_runpage WHERE run_id = %(run)s)
       AND NOT EXISTS (
           SELECT FROM catalog_product AS earlier
            WHERE earlier.account_id = product.account_id AND earlier.connection_id = product.connection_id
              AND earlier.shopify_product_id = product.shopify_product_id AND earlier.id < product.id
       )
     ORDER BY id LIMIT %(limit)s
"""

HELD = """
    SELECT shopify_product_id FROM syncs_change
     WHERE run_id = %s AND kind = 'hold' AND reason = %s AND shopify_product_id > %s
     ORDER BY shopify_product_id LIMIT %s
"""

HINTED = """
    SELECT DISTINCT shopify_product_id FROM syncs_delivery
     WHERE run_id = %s AND status = 'taken' AND shopify_product_id > %s
     ORDER BY shopify_product_id LIMIT %s
"""

# Products that the run itself added do not make its archives look fewer. A shop that empties is named by many webhooks,
# a few in each run: what such runs archived in the last day counts with what this one would.
WEIGHT = """
    WITH added AS MATERIALIZED (
        SELECT shopify_product_id FROM syncs_change WHERE run_id = %(run)s AND kind IN ('create', 'link', 'restore')
    ), before AS MATERIALIZED (
        SELECT count(DISTINCT change.shopify_product_id) AS archives
          FROM syncs_syncrun AS run
          JOIN syncs_change AS change ON change.run_id = run.id AND change.kind = 'archive'
          JOIN catalog_product AS product ON product.id = change.product_id AND product.archived_at IS NOT NULL
         WHERE %(hints)s AND run.connection_id = %(connection)s AND run.trigger = 'webhook'
           AND run.finished_at > now() - interval '1 day'
    )
    SELECT (SELECT count(DISTINCT shopify_product_id) FROM catalog_product
             WHERE account_id = %(account)s AND connection_id = %(connection)s AND archived_at IS NULL
               AND shopify_product_id IS NOT NULL
               AND shopify_product_id NOT IN (SELECT shopify_product_id FROM added)) + (SELECT archives FROM before),
           count(*) FILTER (WHERE part = 'archives') + (SELECT archives FROM before),
           count(*) FILTER (WHERE part = 'updates')
      FROM syncs_plannedchange WHERE run_id = %(run)s
"""
PLANNED = """
    SELECT product_id, shopify_product_id, title, digest, fields::text FROM syncs_plannedchange
     WHERE run_id = %s AND part = ANY(%s) AND shopify_product_id > %s
     ORDER BY shopify_product_id LIMIT %s
"""

# Who reads these is about to write them: until then nobody else does, and what was written meanwhile is what is read.
STORED_PRODUCTS = f"""
    SELECT id, drift::text, {", ".join(PRODUCT_COLUMNS)}
      FROM catalog_product WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - own column names
STORED_VARIANTS = f"""
    SELECT product_id, id, removed_at IS NOT NULL, {", ".join(VARIANT_COLUMNS)}
      FROM catalog_variant WHERE product_id = ANY(%s) ORDER BY position, id
"""  # noqa: S608 - own column names


def known(run: SyncRun, shop_ids: Sequence[int]) -> list[Local]:
    """Every product of the run's connection that carries one of these Shopify IDs, lowest id first."""
    if not shop_ids:
        return []
    return [Local(*row) for row in rows(KNOWN, [run.account_id, run.connection_id, array(shop_ids)])]


def choices(run: SyncRun, shop_ids: Sequence[int]) -> dict[int, Choice]:
    """What a person chose for these shop products; leaving out outweighs every other word."""
    if not shop_ids:
        return {}
    chosen: dict[int, Choice] = {}
    asked = {
        "account": run.account_id,
        "connection": run.connection_id,
        "ids": array(shop_ids),
        "limited": LIMITED,
    }
    weightiest_last = sorted(rows(CHOICES, asked), key=lambda row: (row[1], row[5]))
    for shop_id, ignore, product_id, undone, digest, left_out in weightiest_last:
        chosen[shop_id] = Choice(ignore, product_id, undone, None if digest is None else bytes(digest), left_out)
    return chosen


def candidates(run: SyncRun, skus: Collection[str]) -> dict[int, list[str]]:
    """Unlinked products that share one of these SKUs, with all of theirs."""
    asked = {"account": run.account_id, "connection": run.connection_id, "skus": _askable(skus)}
    return dict(rows(CANDIDATES, asked))


def bearers(run: SyncRun, skus: Collection[str]) -> dict[int, list[str]]:
    """Shop products known to carry one of these SKUs, with those SKUs."""
    asked = {"run": run.pk, "account": run.account_id, "connection": run.connection_id, "skus": _askable(skus)}
    return dict(rows(BEARERS, asked))


def _askable(skus: Collection[str]) -> list[str]:
    """SKUs that the database can hold at all; no product here carries another."""
    return [sku for sku in skus if "\0" not in sku]


def stored(local_ids: Sequence[int]) -> dict[int, Stored]:
    """The synced values of these products as last written, with the variants that are hidden; they are locked until
    the transaction ends. One that is gone is not among them."""
    if not local_ids:
        return {}
    products = rows(STORED_PRODUCTS, [list(local_ids)])
    variants: dict[int, list[Any]] = {local_id: [] for local_id, *_ in products}
    for product_id, variant_id, removed, *row in rows(STORED_VARIANTS, [list(variants)]):
        variants[product_id].append(stored_variant_from(variant_id, removed, row))
    return {
        local_id: Stored(local_id, product_from(row), tuple(variants[local_id]), msgspec.json.decode(drift), row[0])
        for local_id, drift, *row in products
    }


def policies(run: SyncRun, local_ids: Sequence[int]) -> dict[int, dict[str, Rule]]:
    """The account's rules for fields with these products' exceptions; nothing for a product without any."""
    default: dict[str, Rule] = {}
    exceptions: dict[int, dict[str, Rule]] = {local_id: {} for local_id in local_ids}
    for product_id, field, rule in rows(POLICIES, [run.account_id, list(local_ids)]):
        (default if product_id is None else exceptions[product_id])[field] = Rule(rule)
    merged = {local_id: default | own for local_id, own in exceptions.items()}
    return {local_id: policy for local_id, policy in merged.items() if policy}


def lock_limit(run: SyncRun) -> int | None:
    """How many live products the account's plan holds; None for any number.

    Where there is a limit the account's row stays locked until the transaction ends, so that runs of several shops
    and a changing plan cannot share the same room.
    """
    found = rows(LIMITED_PLAN, [run.account_id, LIMITED])
    return Plan(found[0][0]).holds if found else None


def live_products(run: SyncRun) -> int:
    """How many live products the account has, over all its shops and those of its own."""
    return int(rows(LIVE_COUNT, [run.account_id])[0][0])


def unseen(run: SyncRun, after: int, limit: int) -> list[Local]:
    """Live first matches that no page of the run has shown, by rising id beyond ``after``."""
    asked = {
        "run": run.pk,
        "account": run.account_id,
        "connection": run.connection_id,
        "after": after,
        "limit": limit,
    }
    return [Local(*row) for row in rows(UNSEEN, asked)]


def held(run: SyncRun, reason: HoldReason, after: int, limit: int) -> list[int]:
    """Shop ids that the run holds for this reason, rising, beyond ``after``."""
    return [shop_id for (shop_id,) in rows(HELD, [run.pk, reason.value, after, limit])]


def weight(run: SyncRun) -> Weight:
    """What the run has set aside, against the live products its connection had before."""
    asked = {
        "run": run.pk,
        "account": run.account_id,
        "connection": run.connection_id,
        "hints": run.is_hints,
    }
    return Weight(*rows(WEIGHT, asked)[0])


def planned(run: SyncRun, parts: Collection[Part], after: int, limit: int) -> list[Planned]:
    """What the run has set aside in these parts, by rising shop id beyond ``after``."""
    found = rows(PLANNED, [run.pk, [part.value for part in parts], after, limit])
    return [_planned(row) for row in found]


def execute(statement: str, values: Sequence[Any] | dict[str, Any]) -> int:
    """Carry out a statement that gives no rows; how many it wrote."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def hinted(run: SyncRun, after: int, limit: int) -> list[int]:
    """Shop ids that the deliveries which the run took up name, rising, beyond ``after``."""
    return [shop_id for (shop_id,) in rows(HINTED, [run.pk, after, limit])]


def rows(statement: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows that a statement gives."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def array(ids: Iterable[int]) -> str:
    """PostgreSQL's own notation of an array of ids, for pages of them: a list is adapted number by number, which takes
    longer than the question does."""
    return f"{{{','.join(map(str, ids))}}}"


def _planned(row: tuple[Any, ...]) -> Planned:
    local_id, shop_id, title, digest, fields = row
    return Planned(local_id, shop_id, title, None if digest is None else bytes(digest), _fields_from(fields))


_fields_from = msgspec.json.Decoder(tuple[FieldChange, ...]).decode
