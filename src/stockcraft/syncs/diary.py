"""The diary of a run: what it did about each product, the duplicates it met, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shopsync.changes import (
    Archive,
    Change,
    Create,
    Duplicate,
    Failed,
    Hold,
    Link,
    Planned,
    Restore,
    Unchanged,
    Update,
    of_kind,
    shop_id_of,
)
from shopsync.errors import Cancelled, RunLost
from shopsync.guard import part_of
from shopsync.ports import Progress, Step
from shopsync.route import Way
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.reading import array, execute, rows

Noted = Create | Update | Link | Restore | Archive | Hold | Failed
KINDS: Mapping[type, str] = {
    Create: "create",
    Update: "update",
    Link: "link",
    Restore: "restore",
    Archive: "archive",
    Hold: "hold",
    Failed: "fail",
}

# A step need not wait until the disk has it: were the machine to lose the last ones, the run would go on from the step
# before them, whose rows and progress are kept or lost together.
FENCE = """
    UPDATE syncs_syncrun SET heartbeat_at = now()
     WHERE id = %s AND attempt = %s AND status = 'running'
    RETURNING cancel_requested, set_config('synchronous_commit', 'off', true)
"""
PROGRESS = "SELECT phase, cursor, products_total FROM syncs_syncrun WHERE id = %s"
READ_SO_FAR = "SELECT DISTINCT unnest(read) FROM syncs_runpage WHERE run_id = %s"
# A later change to the same shop product takes the place of the earlier one: the last word counts.
CHANGES = """
    INSERT INTO syncs_change
           (account_id, run_id, shopify_product_id, product_id, kind, title, reason, detail, candidates, skus, fields,
            digest, created_at)
    SELECT %s, %s, shopify_product_id, product_id, kind, title, reason, detail, candidates, skus, fields,
           decode(digest, 'hex'), now()
      FROM json_to_recordset(%s) AS new(shopify_product_id bigint, product_id bigint, kind text, title text,
                                        reason text, detail text, candidates bigint[], skus text[], fields jsonb,
                                        digest text)
        ON CONFLICT (run_id, shopify_product_id) DO UPDATE
       SET product_id = EXCLUDED.product_id, kind = EXCLUDED.kind, title = EXCLUDED.title, reason = EXCLUDED.reason,
           detail = EXCLUDED.detail, candidates = EXCLUDED.candidates, skus = EXCLUDED.skus, fields = EXCLUDED.fields,
           digest = EXCLUDED.digest, created_at = EXCLUDED.created_at
"""
DUPLICATES = """
    INSERT INTO syncs_notice (run_id, code, shopify_product_id, data, created_at)
    SELECT %s, 'duplicate', shopify_product_id, data, now()
      FROM json_to_recordset(%s) AS new(shopify_product_id bigint, data jsonb)
        ON CONFLICT (run_id, code, shopify_product_id) DO UPDATE SET data = EXCLUDED.data
"""
PLANNED = """
    INSERT INTO syncs_plannedchange (run_id, shopify_product_id, part, product_id, title, digest, fields)
    SELECT %s, shopify_product_id, part, product_id, title, decode(digest, 'hex'), fields
      FROM json_to_recordset(%s) AS new(shopify_product_id bigint, part text, product_id bigint, title text,
                                        digest text, fields jsonb)
        ON CONFLICT (run_id, shopify_product_id) DO UPDATE
       SET part = EXCLUDED.part, product_id = EXCLUDED.product_id, title = EXCLUDED.title, digest = EXCLUDED.digest,
           fields = EXCLUDED.fields
"""
# What was undone and is done after all, as the shop moved on, is undone no longer.
FORGET_UNDONE = """
    DELETE FROM syncs_decision WHERE connection_id = %s AND undone AND shopify_product_id = ANY(%s)
"""
SETTLED = "DELETE FROM syncs_plannedchange WHERE run_id = %s AND shopify_product_id = ANY(%s)"
ADVANCE = """
    UPDATE syncs_syncrun
       SET phase = %(phase)s, cursor = %(cursor)s, products_total = %(total)s, products_read = %(read_so_far)s
     WHERE id = %(run)s
"""
CHOOSE = "UPDATE syncs_syncrun SET mode = %s, route = %s, route_why = %s WHERE id = %s"
ADVANCE_BY_A_PAGE = """
    WITH advanced AS (
        UPDATE syncs_syncrun
           SET phase = %(phase)s, cursor = %(cursor)s, products_total = %(total)s, products_read = %(read_so_far)s,
               newest_seen = greatest(newest_seen, %(newest)s), pages = pages + 1
         WHERE id = %(run)s RETURNING pages
    )
    INSERT INTO syncs_runpage (run_id, number, read, unchanged)
    SELECT %(run)s, pages, %(read)s::bigint[], %(unchanged)s::bigint[] FROM advanced
"""


def fence(run: SyncRun, attempt: int) -> None:
    """Take the run's row for this transaction and say that it is alive.

    Raises ``RunLost`` when another attempt owns the run now or it has ended, ``Cancelled`` when a person stopped it.
    """
    found = rows(FENCE, [run.pk, attempt])
    if not found:
        raise RunLost(f"attempt {attempt} of {run} no longer owns it")
    if found[0][0]:
        raise Cancelled(f"{run} was stopped")


def progress(run: SyncRun) -> Progress:
    """Where the run stands, as last saved."""
    return msgspec.convert(dict(zip(Progress.__struct_fields__, rows(PROGRESS, [run.pk])[0], strict=True)), Progress)


def read_so_far(run: SyncRun) -> set[int]:
    """Every shop id that the run has read."""
    return {shop_id for (shop_id,) in rows(READ_SO_FAR, [run.pk])}


def note_changes(run: SyncRun, changes: Sequence[Change], local_ids: Mapping[int, int]) -> None:
    """One row for each product that something was done about; none for those left as they were."""
    noted = {shop_id_of(change): change for change in changes if not isinstance(change, Unchanged)}
    if noted:
        records = [_change_record(shop_id, change, local_ids) for shop_id, change in noted.items()]
        _insert(CHANGES, [run.account_id, run.pk], records)


def note_duplicates(run: SyncRun, duplicates: Sequence[Duplicate]) -> None:
    """A warning for each shop product that several local products carry: which was synced, which were left."""
    named = {duplicate.shop_id: duplicate for duplicate in duplicates}.values()
    if named:
        records = [
            {
                "shopify_product_id": duplicate.shop_id,
                "data": {"title": _keepable(duplicate.title), "synced": duplicate.synced, "left": duplicate.left},
            }
            for duplicate in named
        ]
        _insert(DUPLICATES, [run.pk], records)


def set_aside(run: SyncRun, planned: Sequence[Planned], settled: Sequence[int]) -> None:
    """Keep what waits for the guard, and forget what is settled."""
    if planned:
        records = [
            {
                "shopify_product_id": change.shop_id,
                "part": part_of(change).value,
                "product_id": change.local_id,
                "title": _keepable(change.title)[:255],
                "digest": change.digest.hex() if change.digest is not None else None,
                "fields": change.fields,
            }
            for change in planned
        ]
        _insert(PLANNED, [run.pk], records)
    if settled:
        execute(SETTLED, [run.pk, list(settled)])


def forget_undone(run: SyncRun, shop_ids: Sequence[int]) -> None:
    """These products were written, whatever a person had taken back before."""
    if shop_ids:
        execute(FORGET_UNDONE, [run.connection_id, list(shop_ids)])


def advance(run: SyncRun, step: Step, read_so_far: int) -> None:
    """Save how far the run has come, with the page it read, if it read one."""
    unchanged = [*step.unchanged, *(change.shop_id for change in of_kind(Unchanged, step.changes))]
    values = {
        "run": run.pk,
        "phase": step.progress.phase.value,
        "cursor": step.progress.cursor,
        "total": step.progress.total,
        "read_so_far": read_so_far,
        "read": array(step.read),
        "unchanged": array(unchanged),
        "newest": step.newest,
    }
    execute(ADVANCE_BY_A_PAGE if step.read or unchanged else ADVANCE, values)


def note_way(run: SyncRun, way: Way) -> None:
    """Say which way the run reads the shop, and why."""
    mode = SyncRun.Mode.FULL if way.whole else SyncRun.Mode.CHANGES
    execute(CHOOSE, [mode.value, way.route.value, way.why.value, run.pk])


def _change_record(shop_id: int, change: Noted, local_ids: Mapping[int, int]) -> dict[str, Any]:
    title = change.product.title if isinstance(change, Create | Update | Link | Restore) else change.title
    return {
        "shopify_product_id": shop_id,
        "product_id": change.local_id if isinstance(change, Archive | Hold) else local_ids.get(shop_id),
        "kind": KINDS[type(change)],
        "title": _keepable(title)[:255],
        "reason": change.reason.value if isinstance(change, Hold) else "",
        "detail": _keepable(change.why) if isinstance(change, Failed) else "",
        "candidates": change.candidates if isinstance(change, Hold) else (),
        "skus": [_keepable(sku) for sku in change.skus] if isinstance(change, Hold) else (),
        "fields": change.fields if isinstance(change, Update | Link | Restore) else (),
        "digest": change.digest.hex() if isinstance(change, Update) else None,
    }


def _keepable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: a broken product must still be named."""
    return text.replace("\0", "")


def _insert(statement: str, values: Sequence[Any], records: Sequence[dict[str, Any]]) -> None:
    execute(statement, [*values, msgspec.json.encode(records).decode()])
