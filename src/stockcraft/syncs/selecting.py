"""Which shop products come in: ticked in a preview, or chosen from those that are here, wait or were left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from shopsync.changes import HoldReason
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Selection
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.syncs.reading import execute

if TYPE_CHECKING:
    from stockcraft.accounts.models import Account

Kind, State = Change.Kind, Selection.State
# What a person may tick: all that is not here and would be, could be with room, or was left out before.
NOT_HERE = (Kind.CREATE, Kind.LINK, Kind.RESTORE)
HELD = (HoldReason.PLAN_LIMIT, HoldReason.NEEDS_DECISION, HoldReason.NOT_CHOSEN)

KEEP_TICKED = """
    DELETE FROM connections_selection AS said USING syncs_change AS change
     WHERE change.run_id = %(run)s AND NOT change.left_out AND said.connection_id = %(connection)s
       AND said.shopify_product_id = change.shopify_product_id
"""
KEEP_LEFT_OUT = """
    INSERT INTO connections_selection (connection_id, shopify_product_id, title, shop_status, state)
    SELECT %(connection)s, shopify_product_id, title, shop_status, %(state)s FROM syncs_change
     WHERE run_id = %(run)s AND left_out
        ON CONFLICT (connection_id, shopify_product_id) DO UPDATE
       SET title = EXCLUDED.title, shop_status = EXCLUDED.shop_status,
           state = CASE WHEN connections_selection.state = 'chosen' THEN EXCLUDED.state
                        ELSE connections_selection.state END
"""


def selectable(preview: SyncRun) -> QuerySet[Change]:
    """The products of a preview that a person may tick."""
    return preview.changes.filter(Q(kind__in=NOT_HERE) | Q(kind=Kind.HOLD, reason__in=HELD))


def is_overtaken(preview: SyncRun) -> bool:
    """Whether a sync of the shop came after it, so that its list is no longer what the next one would do."""
    later = preview.connection.runs.filter(number__gt=preview.number).exclude(trigger=Trigger.WEBHOOK)
    return later.exclude(status__in=(*SyncRun.LIVE, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED)).exists()


def keep_ticks(preview: SyncRun) -> None:
    """From now on syncs bring in what is ticked in this preview, and leave out what is not.

    Where the ticked ones fill the plan, the others wait for room; else they are left out whatever the plan.
    """
    account = preview.account
    ticked = selectable(preview).filter(left_out=False).count()
    here = account.products.live().count()
    fills = account.holds is not None and here + ticked >= account.holds
    asked = {
        "run": preview.pk,
        "connection": preview.connection_id,
        "state": (State.WAITS if fills else State.LEFT_OUT).value,
    }
    with transaction.atomic():
        if execute(KEEP_TICKED, asked) + execute(KEEP_LEFT_OUT, asked):
            preview.connection.want_whole_read()


def leave_out(account: Account, product_ids: Iterable[int]) -> int:
    """Give up the places of these linked products: they stay here, archived with all that was written about them, and
    syncs leave them out. Returns how many there were."""
    state = State.LEFT_OUT if account.holds is None else State.WAITS
    with transaction.atomic():
        linked = account.products.live().filter(connection__isnull=False, shopify_product_id__isnull=False)
        found = list(linked.filter(pk__in=product_ids).select_for_update(no_key=True).order_by("pk"))
        _say(
            Selection(
                connection_id=product.connection_id or 0,
                shopify_product_id=product.shopify_product_id or 0,
                title=product.title,
                shop_status=product.status,
                state=state,
            )
            for product in found
        )
        account.products.filter(pk__in=[product.pk for product in found]).update(
            archived_at=timezone.now(), archive_reason=Product.ArchiveReason.NOT_CHOSEN, updated_at=timezone.now()
        )
        _want_whole_reads(account, {product.connection_id for product in found if product.connection_id})
    return len(found)


def take_in(account: Account, chosen: Iterable[Selection], waiting: QuerySet[Change]) -> None:
    """Let the next sync bring these in. On a plan with a limit the others that are ``waiting`` go on waiting, whatever
    their turn: the places are for those that were chosen."""
    wanted = list(chosen)
    with transaction.atomic():
        for selection in wanted:
            selection.state = State.CHOSEN
        if account.holds is not None:
            _say_waits(waiting)
        _say(wanted)
        _want_whole_reads(account, {selection.connection_id for selection in wanted})


def give_up(account: Account, chosen: Iterable[Selection]) -> None:
    """Take back that these come in."""
    said = list(chosen)
    for selection in said:
        selection.state = State.LEFT_OUT if account.holds is None else State.WAITS
    _say(said)


def heeded(account: Account) -> QuerySet[Selection]:
    """What the next sync heeds: all that is kept out, and what was taken in since the last whole read."""
    unread = Q(connection__whole_read_at=None) | Q(selected_at__gt=F("connection__whole_read_at"))
    return Selection.objects.of(account).filter(Q(state__in=Selection.KEPT_OUT) | unread & Q(state=State.CHOSEN))


def pending(account: Account) -> QuerySet[Selection]:
    """What was taken in and no whole read has come by since."""
    here = Product.objects.live().filter(
        account=account, connection=OuterRef("connection"), shopify_product_id=OuterRef("shopify_product_id")
    )
    return heeded(account).filter(state=State.CHOSEN).exclude(Exists(here))


def _say(selections: Iterable[Selection]) -> None:
    Selection.objects.bulk_create(
        selections,
        update_conflicts=True,
        unique_fields=["connection", "shopify_product_id"],
        update_fields=["title", "shop_status", "state", "selected_at"],
    )


def _say_waits(waiting: QuerySet[Change]) -> None:
    """One statement for all of them."""
    columns = waiting.order_by().values_list("run__connection_id", "shopify_product_id", "title", "shop_status")
    try:
        statement, values = columns.query.sql_with_params()
    except EmptyResultSet:
        return  # nobody can be waiting: Django writes no statement that finds nothing
    execute(
        "INSERT INTO connections_selection (connection_id, shopify_product_id, title, shop_status, state) "  # noqa: S608 - Django's own text
        f"SELECT waiting.*, 'waits' FROM ({statement}) AS waiting "
        "ON CONFLICT (connection_id, shopify_product_id) DO UPDATE SET state = 'waits'",
        values,
    )


def _want_whole_reads(account: Account, connection_ids: set[int]) -> None:
    for connection in account.connections.filter(pk__in=connection_ids):
        connection.want_whole_read()
