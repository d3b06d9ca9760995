"""How runs come to be: requested once, joined by whoever asks while one is live."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db.models import Max

if TYPE_CHECKING:
    from stockcraft.accounts.models import User
    from stockcraft.connections.models import Connection
    from stockcraft.syncs.models import SyncRun


class SyncRunManager(models.Manager["SyncRun"]):
    """Makes runs, one live one per connection."""

    def live(self) -> models.QuerySet[SyncRun]:
        """Queued and running ones."""
        return self.filter(status__in=self.model.LIVE)

    def request(
        self,
        connection: Connection,
        trigger: str,
        *,
        by: User | None = None,
        scheduled_day: date | None = None,
    ) -> tuple[SyncRun, bool]:
        """A new queued run, or the live one if there is one; True when it is new.

        The database decides (one live run per connection), so a second press, tab, user or worker joins the first.
        """
        while True:
            if run := self.live().filter(connection=connection).first():
                return run, False
            try:
                with transaction.atomic():
                    return self._insert(connection, trigger=trigger, requested_by=by, scheduled_day=scheduled_day), True
            except IntegrityError:
                # Someone else's run came in between (join it), or that day's run is already there.
                if scheduled_day and (run := self.filter(connection=connection, scheduled_day=scheduled_day).first()):
                    return run, False

    def _insert(self, connection: Connection, **fields: Any) -> SyncRun:
        # Numbers count up within the account: the account's row is the queue for the next one. Not its key, which
        # rows of a run under way may point at meanwhile.
        account = type(connection.account).objects.select_for_update(no_key=True).get(pk=connection.account_id)
        latest = self.filter(account=account).aggregate(latest=Max("number"))["latest"] or 0
        return self.create(account=account, connection=connection, number=latest + 1, **fields)
