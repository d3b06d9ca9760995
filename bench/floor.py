"""The floor: the same rows, decoded from the same file and written by plain COPY and one merge statement per table.

Nothing is decided or reported: no sync of these rows into these tables can be quicker by much. The file is the result
of a bulk operation, already on disk. Three floors: *first* decodes it and writes every row in one transaction; *whole*
decodes it and compares every digest with the one stored; *changes* loads the stored digests, decodes as many products
as changed, or one where none did, compares them, and writes those that differ by COPY and one statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import connection as database
from django.db import transaction

from shopsync.digest import digest
from shopsync.shopify import lines
from shopsync.shopify.bulk import PAGE_BYTES
from shopsync.shopify.spool import Families
from shopsync.values import ShopProduct
from stockcraft.connections.models import Connection
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_row, variant_row


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
        cursor.execute(f"CREATE TEMP TABLE new_product ({_columns(PRODUCT_COLUMNS)}) ON COMMIT DROP")
        cursor.execute(f"CREATE TEMP TABLE new_variant (product bigint, {_columns(VARIANT_COLUMNS)}) ON COMMIT DROP")
        variants = []
        with cursor.copy(f"COPY new_product ({', '.join(PRODUCT_COLUMNS)}) FROM STDIN") as copy:
            for product in products(path):
                copy.write_row(product_row(product, digest(product)))
                variants += [(product.id, *variant_row(variant)) for variant in product.variants]
        with cursor.copy(f"COPY new_variant (product, {', '.join(VARIANT_COLUMNS)}) FROM STDIN") as copy:
            for row in variants:
                copy.write_row(row)
        _merge(cursor, connection)


def compare_all(path: Path, connection: Connection) -> int:
    """Decode the file and compare every digest with the one stored; returns how many differ."""
    stored = _digests(connection)
    return sum(stored.get(product.id) != digest(product) for product in products(path))


def compare_some(path: Path, connection: Connection, changed: int) -> int:
    """Load every digest, decode as many products as changed, compare them, and write them by COPY and one statement."""
    stored = _digests(connection)
    differ = [product for product in products(path, max(1, changed)) if stored.get(product.id) != digest(product)]
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE touched ({_columns(PRODUCT_COLUMNS)}) ON COMMIT DROP")
        with cursor.copy(f"COPY touched ({', '.join(PRODUCT_COLUMNS)}) FROM STDIN") as copy:
            for product in differ:
                copy.write_row(product_row(product, digest(product)))
        cursor.execute(
            "UPDATE catalog_product AS old SET title = new.title, digest = new.digest FROM touched AS new "
            "WHERE old.account_id = %s AND old.connection_id = %s AND old.shopify_product_id = new.shopify_product_id",
            [connection.account_id, connection.pk],
        )
    return len(differ)


def _digests(connection: Connection) -> dict[int, bytes]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT shopify_product_id, digest FROM catalog_product WHERE connection_id = %s", [connection.pk]
        )
        return {shop_id: bytes(value) for shop_id, value in cursor.fetchall()}


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _merge(cursor: object, connection: Connection) -> None:
    own = "name_override, category, notes, archive_reason, created_at, updated_at"
    typed = ", ".join(f"{name}::jsonb" if name == "options" else name for name in PRODUCT_COLUMNS)
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO catalog_product (account_id, connection_id, {', '.join(PRODUCT_COLUMNS)}, {own}) "
        f"SELECT %s, %s, {typed}, '', '', '', '', now(), now() FROM new_product",
        [connection.account_id, connection.pk],
    )
    # Without statistics the join below is a loop in a loop.
    cursor.execute("ANALYZE catalog_product, new_variant")  # type: ignore[attr-defined]
    names = ", ".join(VARIANT_COLUMNS)
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO catalog_variant (account_id, product_id, {names}, notes, created_at, updated_at) "
        f"SELECT %s, p.id, {', '.join(f'v.{name}' for name in VARIANT_COLUMNS)}, '', now(), now() "
        "FROM new_variant v JOIN catalog_product p ON p.shopify_product_id = v.product AND p.connection_id = %s",
        [connection.account_id, connection.pk],
    )
