"""Finding products by the beginnings of words in their names, vendor, handle, SKUs and barcodes.

PostgreSQL's full-text index holds the words as they are written, without case, accents and punctuation; each word that
is looked for may be the beginning of one. The function ``catalog_words`` that splits text is made by the migration.
https://www.postgresql.org/docs/current/textsearch-indexes.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection as database

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
FIND = f"""
    SELECT product.id FROM catalog_product AS product WHERE {PRODUCT} @@ %(query)s::tsquery
     UNION
    SELECT variant.product_id FROM catalog_variant AS variant
     WHERE {VARIANT} @@ %(query)s::tsquery AND variant.removed_at IS NULL
     LIMIT %(most)s
"""  # noqa: S608 - nothing in it comes from outside
WORDS = "SELECT tsvector_to_array(catalog_words(NULL, %s))"


@dataclass(frozen=True)
class Found:
    """The ids of the products found; ``more`` when there are too many to name."""

    ids: Sequence[int]
    more: bool


def search(account: Account, text: str) -> Found:
    """The account's products in whose words each word of ``text`` begins one; at most ``MOST`` of them."""
    with database.cursor() as cursor:
        cursor.execute(WORDS, [text])
        words = [f"'{word}':*" for word in cursor.fetchone()[0]]
        if not words:
            return Found((), False)
        query = " & ".join([f"'#{account.pk}'", *words])
        cursor.execute(FIND, {"query": query, "most": MOST + 1})
        ids = [product_id for (product_id,) in cursor.fetchall()]
    return Found(ids[:MOST], len(ids) > MOST)
