"""The floor: the same rows, decoded from the same file and written by plain COPY and one merge statement per table.

Nothing is decided or reported: no sync of these rows into these tables can be quicker by much. The file is the result
of a bulk operation, already on disk. Three floors: *first* decodes it and writes every row in one transaction; *whole*
decodes it and compares every digest with the one stored; *changes* loads the stored digests, decodes as many products
as changed, or one where none did, compares them, and writes the rows of those that differ by COPY and one statement a
table, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from shopsync.digest import digest
from shopsync.shopify import lines
from shopsync.shopify.bulk import PAGE_BYTES
from shopsync.shopify.spool import Families
from shopsync.values import ShopProduct
from stockcraft.connections.models import Connection
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_row, variant_row


def _listed(columns: Iterable[str]) -> str:
    """These columns of the new rows in a list; options go from text to JSON."""
    return ", ".join(f"new.{name}{'::jsonb' if name == 'options' else ''}" for name in columns)


# The statements below are put together from the column names above, never from data.
INSERT_PRODUCTS = f"""
    INSERT INTO catalog_product (account_id, connection_id, {", ".join(PRODUCT_COLUMNS)}, name_override, category,
                                 notes, archive_reason, created_at, updated_at)
    SELECT %(account)s, %(connection)s, {_listed(PRODUCT_COLUMNS)}, '', '', '', '', now(), now() FROM new_product AS new
"""
INSERT_VARIANTS = f"""
    INSERT INTO catalog_variant (account_id, product_id, {", ".join(VARIANT_COLUMNS)}, notes, created_at, updated_at)
    SELECT %(account)s, product.id, {_listed(VARIANT_COLUMNS)}, '', now(), now()
      FROM new_variant AS new JOIN catalog_product AS product
        ON product.shopify_product_id = new.product AND product.connection_id = %(connection)s
"""
UPDATE_PRODUCTS = f"""
    UPDATE catalog_product AS old
       SET ({", ".join(PRODUCT_COLUMNS)}, updated_at) = ROW ({_listed(PRODUCT_COLUMNS)}, now())
      FROM new_product AS new
     WHERE old.account_id = %(account)s AND old.connection_id = %(connection)s
       AND old.shopify_product_id = new.shopify_product_id
"""
UPDATE_VARIANTS = f"""
    UPDATE catalog_variant AS old
       SET ({", ".join(VARIANT_COLUMNS)}, updated_at) = ROW ({_listed(VARIANT_COLUMNS)}, now())
      FROM new_variant AS new JOIN catalog_product AS product
        ON product.account_id = %(account)s AND product.connection_id = %(connection)s
           AND product.shopify_product_id = new.product
     WHERE old.product_id = product.id AND old.shopify_variant_id = new.shopify_variant_id
"""


def products(path: Path, most: int | None = None) -> Iterator[ShopProduct]:
    """The first products of a bulk result."""
    families, offset, shown = Families(path, PAGE_BYTES if most is None else 2_000), 0, 0
    while True:
        text, further = families.read(offset)
        for product in lines.page(text, "USD", None).products:
            yield product
            shown += 1
            if shown == most:
                return
        if further is None:
            return
        offset = further


def write_all(path: Path, connection: Connection) -> None:
    """Decode the file and write every row, in one transaction."""
    with transaction.atomic(), database.cursor() as cursor:
        _copy(cursor, products(path))
        _insert(cursor, connection)


def compare_all(path: Path, connection: Connection) -> int:
    """Decode the file and compare every digest with the one stored; returns how many differ."""
    stored = _digests(connection)
    return sum(stored.get(product.id) != digest(product) for product in products(path))


def compare_some(path: Path, connection: Connection, changed: int) -> int:
    """Load every digest, decode as many products as changed, which all have a new name, compare them, and write the
    rows of those that differ."""
    stored, now = _digests(connection), timezone.now().isoformat()
    shown = list(products(path, max(1, changed)))
    if changed:
        shown = [msgspec.structs.replace(product, title=f"{product.title} {now}") for product in shown]
    differ = [product for product in shown if stored.get(product.id) != digest(product)]
    if differ:
        with transaction.atomic(), database.cursor() as cursor:
            _copy(cursor, differ)
            _update(cursor, connection)
    return len(differ)


def _digests(connection: Connection) -> dict[int, bytes]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT shopify_product_id, digest FROM catalog_product WHERE connection_id = %s", [connection.pk]
        )
        return {shop_id: bytes(value) for shop_id, value in cursor.fetchall()}


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _copy(cursor: Any, shown: Iterable[ShopProduct]) -> None:
    """Put the rows of these products into two tables that end with the transaction."""
    cursor.execute(f"CREATE TEMP TABLE new_product ({_columns(PRODUCT_COLUMNS)}) ON COMMIT DROP")
    cursor.execute(f"CREATE TEMP TABLE new_variant (product bigint, {_columns(VARIANT_COLUMNS)}) ON COMMIT DROP")
    variants = []
    with cursor.copy(f"COPY new_product ({', '.join(PRODUCT_COLUMNS)}) FROM STDIN") as copy:
        for product in shown:
            copy.write_row(product_row(product, digest(product)))
            variants += [(product.id, *variant_row(variant)) for variant in product.variants]
    with cursor.copy(f"COPY new_variant (product, {', '.join(VARIANT_COLUMNS)}) FROM STDIN") as copy:
        for row in variants:
            copy.write_row(row)
    # Without statistics the joins of the merge are loops in loops.
    cursor.execute("ANALYZE new_product, new_variant")


def _insert(cursor: Any, connection: Connection) -> None:
    cursor.execute(INSERT_PRODUCTS, {"account": connection.account_id, "connection": connection.pk})
    cursor.execute("ANALYZE catalog_product")
    cursor.execute(INSERT_VARIANTS, {"account": connection.account_id, "connection": connection.pk})


def _update(cursor: Any, connection: Connection) -> None:
    for statement in (UPDATE_PRODUCTS, UPDATE_VARIANTS):
        cursor.execute(statement, {"account": connection.account_id, "connection": connection.pk})
