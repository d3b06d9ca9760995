"""What was counted of an account's products, kept until they change.

Counting 100,000 products takes longer than the rest of a page does, so the counts stay in a row. Triggers note in
``catalog_touched`` that products of an account came, went, were archived, tied to another shop product or given
another status: whoever did it, in the same transaction. Counting takes away the notes it saw, in the same statement:
counts without a note beside them are therefore those of now, and with one they are counted again.

Finding the duplicates is most of that work. Each note says which shop products it is about, so while a sync writes
only these are looked at again, and the duplicates among all others are those that were found before.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection as database
from django.db import models, transaction

from stockcraft.accounts.models import Account

KEPT = """
    SELECT by_status, archived, duplicates FROM catalog_counted
     WHERE account_id = %(account)s
       AND NOT EXISTS (SELECT FROM catalog_touched WHERE account_id = %(account)s)
"""
# More shop products than this are looked up one by one no faster than all are grouped.
FEW = 2000
ARE_FEW = """
    SELECT count(*) = count(shop_ids) AND coalesce(sum(cardinality(shop_ids)), 0) <= %(few)s
           AND EXISTS (SELECT FROM catalog_counted WHERE account_id = %(account)s)
      FROM catalog_touched WHERE account_id = %(account)s
"""
# One at a time: who counted later must not be overwritten by who looked earlier.
MINE = """
    INSERT INTO catalog_counted (account_id, by_status, archived, duplicates, duplicate_ids)
    VALUES (%(account)s, '{}', 0, 0, '{}')
        ON CONFLICT (account_id) DO UPDATE SET account_id = EXCLUDED.account_id
"""
# A note from before notes named their shop products (none at all) is left for a count of everything.
FROM_FEW = """
    WITH seen AS (
        DELETE FROM catalog_touched WHERE account_id = %(account)s AND shop_ids IS NOT NULL RETURNING shop_ids
    ),
    touched AS (SELECT DISTINCT unnest(shop_ids) AS shop_id FROM seen),
    twin AS (
        SELECT product.id
          FROM catalog_counted AS kept CROSS JOIN LATERAL unnest(kept.duplicate_ids) AS member (id)
          JOIN catalog_product AS product ON product.id = member.id
         WHERE kept.account_id = %(account)s AND product.account_id = %(account)s
           AND product.shopify_product_id NOT IN (SELECT shop_id FROM touched)
         UNION ALL
        SELECT alike.id
          FROM touched CROSS JOIN connections_connection AS shop CROSS JOIN LATERAL (
              SELECT id, count(*) OVER () AS products FROM catalog_product
               WHERE account_id = %(account)s AND connection_id = shop.id AND shopify_product_id = touched.shop_id
              OFFSET 0
          ) AS alike
         WHERE shop.account_id = %(account)s AND alike.products > 1
    ),"""
FROM_ALL = """
    WITH seen AS (DELETE FROM catalog_touched WHERE account_id = %(account)s),
    shared AS (
        SELECT connection_id, shopify_product_id FROM catalog_product
         WHERE account_id = %(account)s AND connection_id IS NOT NULL AND shopify_product_id IS NOT NULL
         GROUP BY connection_id, shopify_product_id HAVING count(*) > 1
    ),
    twin AS (
        -- OFFSET 0: looked up group by group, of which there are few, not by reading everything again.
        SELECT alike.id FROM shared, LATERAL (
            SELECT id FROM catalog_product
             WHERE account_id = %(account)s AND connection_id = shared.connection_id
               AND shopify_product_id = shared.shopify_product_id
            OFFSET 0
        ) AS alike
    ),"""
COUNT = """
    live AS (
        SELECT status, count(*) AS products FROM catalog_product
         WHERE account_id = %(account)s AND archived_at IS NULL
         GROUP BY status
    ),
    hidden AS (
        SELECT count(*) AS products FROM catalog_product
         WHERE account_id = %(account)s AND archived_at IS NOT NULL
    ),
    twins AS (SELECT array_agg(id ORDER BY id) AS ids FROM twin)
    UPDATE catalog_counted
       SET by_status = coalesce((SELECT jsonb_object_agg(status, products) FROM live), '{}'),
           archived = hidden.products,
           duplicates = coalesce(cardinality(twins.ids), 0),
           duplicate_ids = coalesce(twins.ids, '{}')
      FROM hidden, twins
     WHERE account_id = %(account)s
    RETURNING by_status, archived, duplicates
"""


class Touched(models.Model):
    """The note that an account's products changed since they were counted. Written by triggers alone.

    No foreign key: one is left even when the products go because their account does.
    """

    account_id = models.BigIntegerField(db_index=True)
    shop_ids = ArrayField(
        models.BigIntegerField(), null=True, help_text="Shopify IDs the products had before or have now."
    )

    def __str__(self) -> str:
        return f"products of account {self.account_id} changed"


class Counted(models.Model):
    """The counts of an account's products. Ask ``counted`` for them: these may be out of date."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    by_status = models.JSONField(default=dict, help_text="Live products by their status in Shopify.")
    archived = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    duplicate_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="Products that share a Shopify product with another."
    )

    def __str__(self) -> str:
        return f"counts of {self.account}"


class Counts(NamedTuple):
    """How many products an account has now: live by status, archived, sharing a Shopify product with another."""

    by_status: dict[str, int]
    archived: int
    duplicates: int


def counted(account: Account) -> Counts:
    """The counts as they are now: those kept, or counted again where products changed since."""
    return _ask(KEPT, account) or _count(account)


def duplicate_ids(account: Account) -> models.QuerySet[Any, Any]:
    """The ids of the products that ``duplicates`` counts, for use in a query after ``counted``."""
    each = models.Func("duplicate_ids", function="unnest", output_field=models.BigIntegerField())
    return Counted.objects.filter(account=account).annotate(member=each).values("member")


def _count(account: Account) -> Counts:
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(ARE_FEW, {"account": account.pk, "few": FEW})
            are_few = cursor.fetchone()[0]
            cursor.execute(MINE, {"account": account.pk})
        counts = _ask((FROM_FEW if are_few else FROM_ALL) + COUNT, account)
    assert counts
    return counts


def _ask(statement: str, account: Account) -> Counts | None:
    with database.cursor() as cursor:
        cursor.execute(statement, {"account": account.pk})
        row = cursor.fetchone()
    return Counts(json.loads(row[0]), row[1], row[2]) if row else None
