"""Writes a page's products and variants: one statement a table and kind of change, and no product stops the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import DataError, OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from shopsync.changes import Archive, Create, Drift, Failed, Link, Restore, Update, of_kind
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.reading import execute, rows
from stockcraft.syncs.refusals import is_refusal, why_refused
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_row, variant_row

Write = Create | Update | Link | Restore

NEW_PRODUCT = (
    "id", "account_id", "connection_id", "category", "name_override", "notes", "archive_reason",
    "created_at", "updated_at", *PRODUCT_COLUMNS,
)  # fmt: skip
NEW_VARIANT = ("account_id", "product_id", "notes", "created_at", "updated_at", *VARIANT_COLUMNS)


def _record(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _assignments(columns: Iterable[str]) -> str:
    return ", ".join(f"{name} = new.{name}{'::jsonb' if name == 'options' else ''}" for name in columns)


RESERVE = "SELECT nextval(pg_get_serial_sequence('catalog_product', 'id')) FROM generate_series(1, %s)"
INSERT_PRODUCTS = f"COPY catalog_product ({', '.join(NEW_PRODUCT)}) FROM STDIN"
INSERT_VARIANTS = f"COPY catalog_variant ({', '.join(NEW_VARIANT)}) FROM STDIN"

# The statements below are put together from the column names above, never from data.
UPDATE_PRODUCTS = f"""
    UPDATE catalog_product AS old
       SET {_assignments(PRODUCT_COLUMNS)},
           connection_id = coalesce(new.link_to, old.connection_id),
           category = CASE WHEN old.category = '' THEN new.product_type ELSE old.category END,
           archived_at = CASE WHEN new.restored THEN NULL ELSE old.archived_at END,
           archive_reason = CASE WHEN new.restored THEN '' ELSE old.archive_reason END,
           updated_at = now()
      FROM json_to_recordset(%s) AS new(id bigint, restored boolean, link_to bigint, {_record(PRODUCT_COLUMNS)})
     WHERE old.id = new.id AND old.account_id = %s
"""  # noqa: S608
UPDATE_VARIANTS = f"""
    UPDATE catalog_variant AS old
       SET {_assignments(VARIANT_COLUMNS)}, removed_at = NULL, updated_at = now()
      FROM json_to_recordset(%s) AS new(id bigint, {_record(VARIANT_COLUMNS)})
     WHERE old.id = new.id AND old.account_id = %s
"""  # noqa: S608
REMOVE_VARIANTS = """
    UPDATE catalog_variant SET removed_at = now(), updated_at = now()
     WHERE id = ANY(%s) AND account_id = %s AND removed_at IS NULL
"""
ARCHIVE_PRODUCTS = """
    UPDATE catalog_product SET archived_at = now(), archive_reason = 'removed_in_shopify', updated_at = now()
     WHERE id = ANY(%s) AND account_id = %s AND archived_at IS NULL
"""


WRITE_DRIFTS = """
    UPDATE catalog_product AS old SET drift = new.drift, digest = decode(new.digest, 'hex')
      FROM json_to_recordset(%s) AS new(id bigint, drift jsonb, digest text)
     WHERE old.id = new.id AND old.account_id = %s
"""


class Written(msgspec.Struct, frozen=True):
    """What became of a page's products: the local ids by shop id, and the products that the database refused."""

    local_ids: dict[int, int]
    refused: list[Failed]


def write_products(run: SyncRun, changes: Sequence[Write]) -> Written:
    """Write them all at once; if the database refuses, halve until only the product to blame is left out."""
    if not changes:
        return Written({}, [])
    try:
        with transaction.atomic(), database.wrap_database_errors:
            return Written(_write(run, changes), [])
    except (DataError, OperationalError) as error:
        if not is_refusal(error):
            raise
        if len(changes) == 1:
            return _refused(changes[0], error)
    half = len(changes) // 2
    first, second = write_products(run, changes[:half]), write_products(run, changes[half:])
    return Written({**first.local_ids, **second.local_ids}, [*first.refused, *second.refused])


def archive_products(run: SyncRun, archives: Sequence[Archive]) -> None:
    """Hide products that the shop no longer has."""
    if archives:
        execute(ARCHIVE_PRODUCTS, [[change.local_id for change in archives], run.account_id])


def write_drifts(run: SyncRun, drifts: Sequence[Drift]) -> None:
    """Keep where products differ from Shopify by the merchant's will; not a change of theirs."""
    records = [{"id": drift.local_id, "drift": drift.values, "digest": drift.digest.hex()} for drift in drifts]
    _update(WRITE_DRIFTS, run, records)


def _refused(change: Write, error: Exception) -> Written:
    """The product stays as it was, if it was here."""
    product = change.product
    local_ids = {} if isinstance(change, Create) else {product.id: change.local_id}
    return Written(local_ids, [Failed(product.id, product.title, why_refused(product, error))])


def _write(run: SyncRun, changes: Sequence[Write]) -> dict[int, int]:
    creates = of_kind(Create, changes)
    updates = [change for change in changes if not isinstance(change, Create)]
    local_ids = {change.product.id: change.local_id for change in updates} | _insert_products(run, creates)
    _insert_variants(run, changes, local_ids)
    _update(UPDATE_PRODUCTS, run, [_updated_product(run, change) for change in updates])
    pairs = [pair for change in updates for pair in change.variants.changed]
    _update(UPDATE_VARIANTS, run, [_named(VARIANT_COLUMNS, variant_row(variant), id=id) for id, variant in pairs])
    if removed := [local_id for change in updates for local_id in change.variants.removed]:
        execute(REMOVE_VARIANTS, [removed, run.account_id])
    return local_ids


def _insert_products(run: SyncRun, creates: Sequence[Create]) -> dict[int, int]:
    if not creates:
        return {}
    ids = [local_id for (local_id,) in rows(RESERVE, [len(creates)])]
    now = timezone.now()
    _copy(
        INSERT_PRODUCTS,
        (
            (
                *(local_id, run.account_id, run.connection_id, create.product.product_type, "", "", "", now, now),
                *product_row(create.product, create.digest),
            )
            for local_id, create in zip(ids, creates, strict=True)
        ),
    )
    return {create.product.id: local_id for local_id, create in zip(ids, creates, strict=True)}


def _insert_variants(run: SyncRun, changes: Sequence[Write], local_ids: dict[int, int]) -> None:
    now = timezone.now()
    added = [
        (run.account_id, local_ids[change.product.id], "", now, now, *variant_row(variant))
        for change in changes
        for variant in (change.product.variants if isinstance(change, Create) else change.variants.added)
    ]
    if added:
        _copy(INSERT_VARIANTS, added)


def _updated_product(run: SyncRun, change: Update | Link | Restore) -> dict[str, Any]:
    row = product_row(change.product, change.digest)
    link_to = run.connection_id if isinstance(change, Link) else None
    return _named(PRODUCT_COLUMNS, row, id=change.local_id, restored=isinstance(change, Restore), link_to=link_to)


def _named(columns: Iterable[str], row: Sequence[Any], **more: Any) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True)) | more


def _update(statement: str, run: SyncRun, records: Sequence[dict[str, Any]]) -> None:
    """One statement for all rows; JSON carries each number as text, so that its scale survives."""
    if records:
        execute(statement, [msgspec.json.encode(records).decode(), run.account_id])


def _copy(statement: str, new: Iterable[tuple[Any, ...]]) -> None:
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in new:
            copy.write_row(row)
