"""Carrying out a run: claim it, drive the engine, and give it its end."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import httpx
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.db.models import F
from django.db.models.functions import Now

from shopsync.errors import Cancelled, CatalogueUnavailable, NotReady, RetryLater, RunLost, SyncError
from shopsync.ports import Phase
from shopsync.route import Way
from shopsync.run import sync
from shopsync.shopify.pages import ShopifySource
from shopsync.values import Page
from stockcraft.connections.models import Connection
from stockcraft.connections.source import open_source, spool_of
from stockcraft.lib import telemetry
from stockcraft.lib.clock import shared_now
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import cancel_run, close_run, fail_run
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.preview import PreviewCatalogue
from stockcraft.workflows.lease import beat, claim, heartbeat
from stockcraft.workflows.tasks import others_wait, place_of, promise

log = logging.getLogger(__name__)

# A run that meets trouble is put off this often: half a minute, then twice as long each time, eight minutes at last.
RETRIES = 5
FIRST_DELAY = 30.0
# A run that Shopify makes wait for so many seconds makes room for others that wait in its queue, if it began no longer
# ago than this.
LONG_WAIT = 5.0
MAKES_ROOM_FOR = timedelta(hours=1)


class PutBack(Exception):
    """This worker is shutting down: another goes on with the run."""


def run_sync(
    run_id: int,
    *,
    retries: int = RETRIES,
    should_stop: Callable[[], bool] = lambda: False,
    transport: httpx.BaseTransport | None = None,
) -> SyncRun | None:
    """Carry out the run from wherever it stands; None when it is not ours to take.

    Every expected failure becomes the run's stored reason; the unexpected is logged whole and stored as
    ``sync.unexpected``. With ``retries=0`` trouble that may pass fails the run at once, and what Shopify still
    prepares is waited for here; otherwise the run goes back into the queue until then.
    """
    run = claim(run_id)
    if run is None:
        return None
    with telemetry.span("sync run", run=run.pk, attempt=run.attempt, trigger=run.trigger, shop=run.connection.name):
        try:
            _carry_out(run, retries, should_stop, transport)
        except RunLost:
            run.refresh_from_db()
            # A look at the shop that a sync cut short is no trouble; a worker that was thought dead may be.
            log.log(logging.WARNING if run.is_live else logging.INFO, "%s is no longer this worker’s", run)
        telemetry.note(status=run.status, failure=run.failure_code, products_read=run.products_read)
    if not run.is_live:
        shutil.rmtree(spool_of(run.connection_id), ignore_errors=True)
    return run


def _carry_out(
    run: SyncRun, retries: int, should_stop: Callable[[], bool], transport: httpx.BaseTransport | None
) -> None:
    """Read the shop and give the run its end. Raises RunLost when it is no longer ours to end."""
    if run.phase not in set(Phase):
        # A deploy is under way and newer code has had the run: one of its workers goes on.
        _requeue(run, after=FIRST_DELAY)
        return
    try:
        with heartbeat(run):
            _read(run, should_stop, transport, in_place=not retries)
    except RunLost:
        raise
    except PutBack:
        _requeue(run, after=0)
    except Cancelled:
        cancel_run(run, run.attempt)
    except NotReady as error:
        # Nothing went wrong: Shopify is at work, and this worker is free for others meanwhile.
        _requeue(run, after=error.after)
    except RetryLater as error:
        _try_later(run, retries, error)
    except (OperationalError, InterfaceError) as error:
        # Restarted, failed over, full, out of connections: whatever the step had written is rolled back.
        log.warning("%s lost the database: %s", run, error)
        database.close()
        _try_later(run, retries, CatalogueUnavailable(str(error)))
    except SyncError as error:
        fail_run(run, run.attempt, error.code, str(error))
    except Exception:
        log.exception("%s (run %s) met something unexpected", run, run.pk)
        fail_run(run, run.attempt, SyncError.code, f"run {run.pk}")
    else:
        close_run(run, run.attempt)


def _try_later(run: SyncRun, retries: int, error: RetryLater) -> None:
    """Put the run off, unless it was put off often enough."""
    if run.retries < retries:
        _requeue(run, after=error.after or FIRST_DELAY * 2**run.retries, retry=True)
    else:
        fail_run(run, run.attempt, error.code, str(error))


def _read(
    run: SyncRun, should_stop: Callable[[], bool], transport: httpx.BaseTransport | None, *, in_place: bool
) -> None:
    def waiting(seconds: float) -> None:
        if not beat(run, waiting=seconds):
            raise Cancelled(f"{run} was stopped")
        if should_stop():
            raise PutBack
        if seconds >= LONG_WAIT and not in_place and _may_make_room(run):
            raise NotReady(f"{run} makes room while it waits for Shopify.", after=seconds)

    def wait(seconds: float) -> None:
        waiting(seconds)
        time.sleep(seconds)

    source = open_source(run.connection, on_wait=waiting, watch=_request, transport=transport)
    try:
        catalogue = PreviewCatalogue if run.is_preview else DjangoCatalogue
        sync(Stoppable(source, should_stop), catalogue(run, run.attempt), wait if in_place else None, _step)
    finally:
        _account_for(run, source)


def _may_make_room(run: SyncRun) -> bool:
    """Whether others could use this place of the worker meanwhile, and the run has not done so for too long: then it
    waits here, and fails in the end if Shopify never lets it through."""
    began = run.started_at
    young = began is not None and shared_now() - began < MAKES_ROOM_FOR
    return young and others_wait(place_of(run)[0])


def _step(phase: str) -> AbstractContextManager[None]:
    return telemetry.span(f"step {phase}")


def _request(name: str) -> AbstractContextManager[None]:
    return telemetry.span(f"shopify {name}")


class Stoppable:
    """A source that gives up between pages when its worker is shutting down. Implements ``shopsync.ports.Source``."""

    def __init__(self, source: ShopifySource, should_stop: Callable[[], bool]) -> None:
        self._source, self._should_stop = source, should_stop

    def count(self) -> int:
        """How many products the shop has."""
        return self._source.count()

    def changed(self, since: datetime) -> int:
        """How many products were touched since then."""
        return self._source.changed(since)

    def start(self, way: Way) -> str | None:
        """The cursor of the route's first page."""
        return self._source.start(way)

    def read(self, cursor: str | None) -> Page:
        """The next page, unless the worker is to stop."""
        if self._should_stop():
            raise PutBack
        return self._source.read(cursor)

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        """Products by id, unless the worker is to stop."""
        if self._should_stop():
            raise PutBack
        return self._source.lookup(shop_ids)


def _account_for(run: SyncRun, source: ShopifySource) -> None:
    """Add what this attempt asked of Shopify, and close the line."""
    client = source.client
    SyncRun.objects.filter(pk=run.pk).update(
        requests=F("requests") + client.requests, api_points=F("api_points") + round(client.points)
    )
    if client.served_version and client.served_version != run.connection.api_version:
        Connection.objects.filter(pk=run.connection_id).update(api_version=client.served_version)
    client.close()


def _requeue(run: SyncRun, *, after: float, retry: bool = False) -> None:
    """Put the run back into the queue, if it is still ours."""
    until = Now() + timedelta(seconds=after) if after else None
    with transaction.atomic():
        mine = SyncRun.objects.filter(pk=run.pk, attempt=run.attempt, status=SyncRun.Status.RUNNING)
        if mine.update(status=SyncRun.Status.QUEUED, retries=F("retries") + int(retry), waiting_until=until):
            promise(run, after=after)
    run.refresh_from_db()
