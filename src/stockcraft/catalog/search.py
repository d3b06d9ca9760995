"""Finding products by the beginnings of words in their names, vendor, handle, SKUs and barcodes.

PostgreSQL's full-text index holds the words as they are written, without case, accents and punctuation; each word that
is looked for may be the beginning of one. The function ``catalog_words`` that splits text is made by the migration.
https://www.postgresql.org/docs/current/textsearch-indexes.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models.expressions import RawSQL

from stockcraft.accounts.models import Account

# A search that finds more than this many shows these, and asks for another word.
MOST = 1000

# A product is found when all words are its own, or all are one variant's. The vectors are written exactly as their
# indexes have them; each holds the account's own mark, so that no other account's are read. A word of the product and
# one of a variant are not put together: common beginnings, such as SKU-, would read every variant.
PRODUCT = """catalog_words(product.account_id,
    product.title || ' ' || product.name_override || ' ' || product.handle || ' ' || product.vendor)"""
VARIANT = """catalog_words(variant.account_id,
    left(coalesce(variant.sku, ''), 255) || ' ' || left(coalesce(variant.barcode, ''), 255))"""
PRODUCTS = f"""
    SELECT product.id FROM catalog_product AS product WHERE {PRODUCT} @@ %(query)s::tsquery
     LIMIT %(rows)s
"""  # noqa: S608 - nothing in it comes from outside
VARIANTS = f"""
    SELECT variant.product_id FROM catalog_variant AS variant
     WHERE {VARIANT} @@ %(query)s::tsquery AND variant.removed_at IS NULL
     LIMIT %(rows)s
"""  # noqa: S608
# For the few rows of a page the planner would rather split the words of product after product than read the index.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
# Enough variants for as many products, in most shops; a shop whose products have more is asked for all of them.
VARIANTS_EACH = 4
# What follows a word that only has to begin one.
BEGINS = ":*"
WORDS = "SELECT tsvector_to_array(catalog_words(NULL, %s))"


@dataclass(frozen=True)
class Found:
    """The ids of the products found; ``more`` when there are too many to name."""

    ids: Sequence[int]
    more: bool


def each(ids: Sequence[int]) -> RawSQL:
    """Many ids as the right side of ``__in``: one parameter, written as PostgreSQL writes a list, where each for itself
    takes longer than the query."""
    return RawSQL("SELECT unnest(%s::bigint[])", [f"{{{','.join(map(str, ids))}}}"])


def search(account: Account, text: str, *, all_of_them: bool = False) -> Found:
    """The account's products in whose words each word of ``text`` begins one; at most ``MOST`` unless ``all_of_them``
    are wanted, and then rather those that have the whole words."""
    most = None if all_of_them else MOST
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(WORDS, [text])
        words = cursor.fetchone()[0]
        if not words:
            return Found((), False)
        cursor.execute(BY_INDEX)
        found: dict[int, None] = {}
        # Whole words first: where they find too many already, reading all that begins like them would be the most work.
        for ending in ("", BEGINS) if most else (BEGINS,):
            query = " & ".join([f"'#{account.pk}'", *(f"'{word}'{ending}" for word in words)])
            _find(cursor, query, most, found)
            if most and len(found) > most:
                break
    ids = list(found)
    return Found(ids[:most], most is not None and len(ids) > most)


def _find(cursor: Any, query: str, most: int | None, found: dict[int, None]) -> None:
    """Of the products first; then of variants, which name a product more than once, until there are too many."""
    found |= dict.fromkeys(_rows(cursor, PRODUCTS, query, most and most + 1))
    for rows in (most * VARIANTS_EACH, None) if most else (None,):
        if most and len(found) > most:
            break
        variants = _rows(cursor, VARIANTS, query, rows)
        found |= dict.fromkeys(variants)
        if rows is None or len(variants) < rows:
            break


def _rows(cursor: Any, statement: str, query: str, rows: int | None) -> list[int]:
    cursor.execute(statement, {"query": query, "rows": rows})
    return [product_id for (product_id,) in cursor.fetchall()]
