"""Previews: asked for and promised like any run, and the import of what was ticked in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.syncs.selecting import is_overtaken, keep_ticks
from stockcraft.workflows.start import request_sync

if TYPE_CHECKING:
    from stockcraft.accounts.models import User


def request_preview(connection: Connection, by: User | None = None) -> SyncRun:
    """The preview of this shop that is under way, or a new one. Raises ``Refused`` while a sync is."""
    run, created = request_sync(connection, Trigger.PREVIEW, by=by)
    if not created and not run.is_preview:
        raise Refused(_("A sync of this shop is under way; wait for it to end."))
    return run


def import_ticked(preview: SyncRun, by: User | None = None) -> SyncRun:
    """Start the sync that brings in what is ticked in this preview. Raises ``Refused`` when a sync came after it."""
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=preview.connection_id)
        if is_overtaken(preview):
            raise Refused(_("A sync came after this preview, so its list is out of date. Look again first."))
        if SyncRun.objects.live().filter(connection=preview.connection_id).exclude(trigger=Trigger.PREVIEW).exists():
            raise Refused(_("A sync of this shop is under way; wait for it to end."))
        keep_ticks(preview)
        first = preview.connection.whole_read_at is None
        run, _created = request_sync(preview.connection, Trigger.FIRST_IMPORT if first else Trigger.MANUAL, by=by)
    return run
