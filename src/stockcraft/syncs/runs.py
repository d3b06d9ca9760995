"""How runs come to be: requested once, joined by whoever asks while one is live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db import connection as database
from django.db.models import F, Max
from django.utils import timezone

from shopsync.ports import Phase
from stockcraft.accounts.models import Account

if TYPE_CHECKING:
    from stockcraft.accounts.models import User
    from stockcraft.connections.models import Connection
    from stockcraft.syncs.models import SyncRun


class SyncRunManager(models.Manager["SyncRun"]):
    """Makes runs, one live one per connection. A preview makes way for any sync but one that follows webhooks."""

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
        confirms: SyncRun | None = None,
        undoes: SyncRun | None = None,
        **columns: Any,
    ) -> tuple[SyncRun, bool]:
        """A new queued run, or the live one if there is one; True when it is new, or was made wider and needs a job.

        The database decides (one live run per connection), so a second press, tab, user or worker joins the first.
        A run that only follows webhooks is no answer to someone who wants the whole shop read: it becomes theirs.
        ``confirms`` is the run whose approved plan the new one is to carry out, ``undoes`` the one it takes back.
        """
        if trigger not in ("preview", "webhook"):
            self._end_previews([connection.pk])
        wanted: dict[str, Any] = {"trigger": trigger, "requested_by": by, "scheduled_day": scheduled_day, **columns}
        if confirms:
            wanted |= {"confirms": confirms, "phase": Phase.CONFIRMED.value}
        if undoes:
            wanted |= {"undoes": undoes, "phase": Phase.DONE.value}
        while True:
            try:
                with transaction.atomic():
                    run = self.live().filter(connection=connection).first()
                    if run is None:
                        return self._insert(connection, **wanted), True
                    if trigger in (run.trigger, "preview") or not run.is_hints or confirms or undoes:
                        return run, False
                    if self._widen(run, wanted):
                        return run, True
            except IntegrityError:
                # Someone else's run came in between (join it), or that day's run is already there.
                if scheduled_day and (run := self.filter(connection=connection, scheduled_day=scheduled_day).first()):
                    return run, False

    def request_many(
        self, connections: Sequence[Connection], trigger: str, days: Sequence[date]
    ) -> list[tuple[int, Connection]]:
        """New queued runs of these connections, each for its day; none where one is live or that day has its run. One
        that only follows webhooks becomes the day's.

        A handful of statements for any number of them; returns the new runs' ids with their connections. Call it in a
        transaction that holds the connections' rows.
        """
        numbers = self._lock_accounts({connection.account_id for connection in connections})
        keys = [connection.pk for connection in connections]
        self._end_previews(keys)
        live = {run.connection_id: run for run in self.live().filter(connection__in=keys)}
        known = self.filter(connection__in=keys, scheduled_day__in=set(days))
        had = set(known.values_list("connection_id", "scheduled_day"))
        rows, widened = [], []
        for connection, day in zip(connections, days, strict=True):
            if (connection.pk, day) in had:
                continue
            if run := live.get(connection.pk):
                if run.is_hints and self._widen(run, {"trigger": trigger, "scheduled_day": day}):
                    widened.append((run.pk, connection))
            else:
                numbers[connection.account_id] += 1
                rows.append((connection.account_id, connection.pk, numbers[connection.account_id], day))
        known_connections = {connection.pk: connection for connection in connections}
        new = insert_alike(self.model(trigger=trigger), rows)
        return widened + [(run_id, known_connections[key]) for run_id, key in new]

    def _lock_accounts(self, account_ids: Iterable[int]) -> dict[int, int]:
        """Hold the accounts' rows, in one order for everybody, and say each one's latest number."""
        held = Account.objects.select_for_update(no_key=True).filter(pk__in=account_ids).order_by("pk")
        latest = dict.fromkeys(held.values_list("pk", flat=True), 0)
        numbers = self.filter(account__in=latest).values("account_id").annotate(latest=Max("number"))
        return latest | dict(numbers.values_list("account_id", "latest"))

    def _end_previews(self, connection_ids: Sequence[int]) -> None:
        """Stop previews under way: their workers lose them at the next step."""
        previews = self.live().filter(connection__in=connection_ids, trigger="preview")
        if accounts := set(previews.values_list("account_id", flat=True)):
            with transaction.atomic():
                # A step of theirs holds the account first and then its run; the other way round both would wait.
                self._lock_accounts(accounts)
                previews.update(status=self.model.Status.CANCELLED, finished_at=timezone.now())

    def _widen(self, run: SyncRun, wanted: dict[str, Any]) -> bool:
        """Let a run that follows webhooks read the whole shop instead, from the beginning; the worker that has it loses
        it. False when it ended or was made wider meanwhile."""
        full = {"mode": self.model.Mode.FULL, "phase": Phase.CHOOSE.value, "cursor": None, "products_total": None}
        widened = (
            self.live()
            .filter(pk=run.pk, trigger=run.trigger)
            .update(**full, **wanted, status=self.model.Status.QUEUED, attempt=F("attempt") + 1, waiting_until=None)
        )
        run.refresh_from_db()
        return bool(widened)

    def _insert(self, connection: Connection, **fields: Any) -> SyncRun:
        # Numbers count up within the account: the account's row is the queue for the next one. Not its key, which
        # rows of a run under way may point at meanwhile.
        account = type(connection.account).objects.select_for_update(no_key=True).get(pk=connection.account_id)
        latest = self.filter(account=account).aggregate(latest=Max("number"))["latest"] or 0
        return self.create(account=account, connection=connection, number=latest + 1, **fields)


class SyncsManager(SyncRunManager):
    """The runs that are syncs, without previews."""

    def get_queryset(self) -> models.QuerySet[SyncRun]:
        """All but previews."""
        return super().get_queryset().exclude(trigger="preview")


def insert_alike(template: SyncRun, rows: Sequence[tuple[int, int, int, date]]) -> list[tuple[int, int]]:
    """Insert many runs that differ in account, connection, number and day only, and are like the template otherwise.

    One statement, whatever their number; returns each one's id and connection.
    """
    differing = ("account_id", "connection_id", "number", "scheduled_day")
    alike: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.pre_save(template, add=True), database)
        for field in template._meta.concrete_fields
        if not field.primary_key and not field.has_db_default() and field.column not in differing
    }
    statement = (
        f"INSERT INTO {template._meta.db_table} ({', '.join([*differing, *alike])}) "  # noqa: S608 - our own columns
        f"SELECT run.*, {', '.join(['%s'] * len(alike))} "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::date[]) AS run RETURNING id, connection_id"
    )
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    with database.cursor() as cursor:
        cursor.execute(statement, [*alike.values(), *columns])
        inserted: list[tuple[int, int]] = cursor.fetchall()
    return inserted
