"""The floor: the same rows, decoded from a file and written by plain COPY and one merge statement per table.

Nothing is decided, compared or reported: no sync of these rows into these tables can be quicker by much.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from django.db import connection as database
from django.db import transaction

from shopsync.digest import digest
from shopsync.shopify import parse
from shopsync.values import ShopProduct
from stockcraft.connections.models import Connection
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_row, variant_row


def products(path: Path) -> Iterator[ShopProduct]:
    """The products of a file of nodes as Shopify shows them, a line each."""
    decode = msgspec.json.Decoder(parse.ProductNode).decode
    with path.open("rb") as lines:
        for line in lines:
            node = decode(line)
            yield parse.product(node, node.variants.nodes, "USD")


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
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT shopify_product_id, digest FROM catalog_product WHERE connection_id = %s", [connection.pk]
        )
        stored = {shop_id: bytes(value) for shop_id, value in cursor.fetchall()}
    return sum(stored.get(product.id) != digest(product) for product in products(path))


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
    names = ", ".join(VARIANT_COLUMNS)
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO catalog_variant (account_id, product_id, {names}, notes, created_at, updated_at) "
        f"SELECT %s, p.id, {', '.join(f'v.{name}' for name in VARIANT_COLUMNS)}, '', now(), now() "
        "FROM new_variant v JOIN catalog_product p ON p.shopify_product_id = v.product AND p.connection_id = %s",
        [connection.account_id, connection.pk],
    )
