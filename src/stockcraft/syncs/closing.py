"""How a run ends: its counts taken from its rows, its books checked, and one of the final states."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from shopsync.errors import MissingScope, RunLost, Unauthorized
from shopsync.route import Route
from stockcraft.connections.models import Connection
from stockcraft.syncs.confirming import what_is_planned
from stockcraft.syncs.memory import remembered, standing
from stockcraft.syncs.models import Notice, SyncRun
from stockcraft.syncs.reading import rows

NEEDS_CONFIRMATION = "sync.needs_confirmation"
RECONNECT = frozenset({Unauthorized.code, MissingScope.code})

COUNTS = """
    WITH found AS (SELECT DISTINCT unnest(read) AS shop_id FROM syncs_runpage WHERE run_id = %(run)s),
         same AS (SELECT DISTINCT unnest(unchanged) AS shop_id FROM syncs_runpage WHERE run_id = %(run)s),
         changed AS (SELECT shopify_product_id AS shop_id, kind FROM syncs_change WHERE run_id = %(run)s)
    SELECT (SELECT count(*) FROM found),
           count(*) FILTER (WHERE kind = 'create'),
           count(*) FILTER (WHERE kind = 'update'),
           count(*) FILTER (WHERE kind = 'link'),
           count(*) FILTER (WHERE kind = 'restore'),
           count(*) FILTER (WHERE kind = 'archive'),
           (SELECT count(*) FROM same WHERE shop_id NOT IN (SELECT shop_id FROM changed)),
           count(*) FILTER (WHERE kind = 'hold'),
           count(*) FILTER (WHERE kind = 'fail'),
           (SELECT count(*) FROM syncs_notice WHERE run_id = %(run)s AND code = 'duplicate'),
           (SELECT count(*) FROM syncs_runpage WHERE run_id = %(run)s),
           (SELECT count(*) FROM syncs_plannedchange WHERE run_id = %(run)s)
      FROM changed
"""


class Counts(msgspec.Struct, frozen=True):
    """What a run did, counted from its rows: shop products, except for archived ones, which the shop has no more.

    ``pages`` and ``planned`` are rows that serve until the end only.
    """

    found: int
    created: int
    updated: int
    linked: int
    restored: int
    archived: int
    unchanged: int
    held: int
    failed: int
    duplicates: int
    pages: int
    planned: int

    @property
    def accounted(self) -> int:
        """How many of the products found have an outcome; equal to ``found`` when the books balance."""
        return (
            self.created + self.updated + self.linked + self.restored + self.unchanged + self.held + self.failed
        )  # fmt: skip

    @property
    def saved(self) -> dict[str, int]:
        """The counts that the run's row keeps; it tells linked products among the updated ones."""
        counts = msgspec.structs.asdict(self)
        del counts["pages"], counts["planned"]
        return counts | {"updated": self.updated + counts.pop("linked")}


def count(run: SyncRun) -> Counts:
    """Count the run's rows as they are now."""
    return Counts(*rows(COUNTS, {"run": run.pk})[0])


def close_run(run: SyncRun, attempt: int) -> SyncRun:
    """End a run that came to its end: succeeded, or with warnings when a product failed or a notice was left.

    Where the guard stopped a part of it, the run needs confirmation instead, and keeps that part as its plan.
    Raises ``RunLost`` when another attempt owns the run now.
    """
    with transaction.atomic():
        _claim(run, attempt)
        counts = count(run)
        if counts.accounted != counts.found:
            data = {"found": counts.found, "accounted": counts.accounted}
            Notice.objects.get_or_create(run=run, code=Notice.Code.BOOKS, defaults={"data": data})
        if run.is_preview:
            _close_preview(run, counts)
        elif counts.planned:
            _finish(
                run, counts, status=SyncRun.Status.NEEDS_CONFIRMATION, failure_code=NEEDS_CONFIRMATION,
                failure_detail=what_is_planned(run),
            )  # fmt: skip
        else:
            _compare_with_the_shop(run)
            _finish(run, counts, status=_success(run, counts))
            _tell_the_connection(run)
        if run.mode == SyncRun.Mode.FULL and not (run.confirms_id or run.is_hints or run.is_preview):
            run.supersede_earlier_plans()
    return run


def _tell_the_connection(run: SyncRun) -> None:
    """Keep what the next run goes on from. A few products looked up, or a plan carried out, say nothing of the daily
    sync's health, nor of the shop's size."""
    columns: dict[str, Any] = dict(remembered(run))
    if not run.is_hints and not run.confirms_id:
        columns |= {"last_success_at": run.finished_at, "products_total": run.products_total}
    if columns:
        Connection.objects.filter(pk=run.connection_id).update(**columns)


def _close_preview(run: SyncRun, counts: Counts) -> None:
    """Nothing was written, so nothing is remembered but how big the shop is; what the guard would stop stays listed."""
    _finish(run, counts, status=_success(run, counts))
    Connection.objects.filter(pk=run.connection_id).update(products_total=run.products_total)


def _success(run: SyncRun, counts: Counts) -> str:
    warned = bool(counts.failed) or run.notices.exists()
    return SyncRun.Status.WARNINGS if warned else SyncRun.Status.SUCCEEDED


def fail_run(run: SyncRun, attempt: int, code: str, detail: str = "") -> SyncRun:
    """End a run that cannot go on; what it did before stays, and is counted.

    Where only a person can help, the connection asks to be connected again. Raises ``RunLost`` as above.
    """
    with transaction.atomic():
        _claim(run, attempt)
        _finish(run, count(run), status=SyncRun.Status.FAILED, failure_code=code, failure_detail=detail)
        if code in RECONNECT:
            run.connection.needs_reconnecting(code)
    return run


def cancel_run(run: SyncRun, attempt: int) -> SyncRun:
    """End a run that a person stopped; what it did before stays, and is counted. Raises ``RunLost`` as above."""
    with transaction.atomic():
        _claim(run, attempt)
        _finish(run, count(run), status=SyncRun.Status.CANCELLED)
    return run


def _compare_with_the_shop(run: SyncRun) -> None:
    """After a whole read what is here, or was left out with a reason, is as many as the shop counted; warn if not."""
    run.refresh_from_db(fields=["route", "products_total"])
    if run.route not in (Route.PAGES, Route.BULK):
        return
    here = standing(run).believed
    if run.products_total != here:
        data = {"shop": run.products_total, "here": here}
        Notice.objects.get_or_create(run=run, code=Notice.Code.COUNT, defaults={"data": data})


def _claim(run: SyncRun, attempt: int) -> None:
    """Lock the run's row, if it is still live and this attempt's."""
    owned = SyncRun.objects.live().select_for_update().filter(pk=run.pk, attempt=attempt)
    if not owned.exists():
        raise RunLost(f"attempt {attempt} of {run} no longer owns it")


def _finish(run: SyncRun, counts: Counts, **fields: Any) -> None:
    """Write the end into the run's row; the pages have served once they are counted."""
    SyncRun.objects.filter(pk=run.pk).update(
        **counts.saved, **fields, finished_at=timezone.now(), waiting_until=None, products_read=counts.found
    )
    if counts.pages:
        run.page_rows.all().delete()
    if counts.planned and fields["status"] != SyncRun.Status.NEEDS_CONFIRMATION and not run.is_preview:
        run.planned.all().delete()
    run.refresh_from_db()
