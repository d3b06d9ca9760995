"""One measurement in a process of its own, so that its memory is its own: `python -m bench.measured WHAT …`.

Prints one JSON object: seconds of wall and processor time (without the start of the process), the part of the wall
time in which the shop was asked or waited for, peak memory in MB.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from shopsync.shopify.client import trusted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")


def main(what: str, *arguments: str) -> None:
    """Measure ``sync [whole]``, ``floor-first FILE``, ``floor-whole FILE`` or ``floor-changes FILE CHANGED`` on the one
    connection there is."""
    import django

    django.setup()
    from stockcraft.connections.models import Connection

    connection = Connection.objects.select_related("account").get()
    job = _job(what, connection, arguments)
    # As a worker does when it has started.
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    found = job()
    result = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, **found}
    result["peak_mb"] = peak_mb()
    print(json.dumps(result))


def peak_mb() -> float:
    """The most memory this process has held, in MB. Not by getrusage where it can be helped: on Linux its figure begins
    with that of the process which started this one."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _job(what: str, connection: Any, arguments: tuple[str, ...]) -> Callable[[], dict[str, Any]]:
    """The work, with everything loaded that a process loads but once."""
    if what == "sync":
        import stockcraft.workflows.runner  # noqa: F401

        way = Shop()
        return lambda: _sync(connection, way, whole="whole" in arguments)
    from bench import floor

    path = Path(arguments[0])
    if what == "floor-first":
        return lambda: floor.write_all(path, connection) or {}
    if what == "floor-whole":
        return lambda: {"differ": floor.compare_all(path, connection)}
    return lambda: {"differ": floor.compare_some(path, connection, int(arguments[1]))}


class Shop(httpx.HTTPTransport):
    """The way to the shop, with a watch: from each question until its answer, or a piece of it, is here."""

    seconds = 0.0

    def __init__(self) -> None:
        super().__init__(verify=trusted())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with watched():
            response = super().handle_request(request)
        response.stream = _Watched(response.stream)
        return response


class _Watched(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._stream)
        while True:
            with watched():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def close(self) -> None:
        self._stream.close()


@contextmanager
def watched() -> Iterator[None]:
    """Time that belongs to the shop."""
    began = time.perf_counter()
    yield
    Shop.seconds += time.perf_counter() - began


def _sync(connection: Any, way: Shop, *, whole: bool) -> dict[str, Any]:
    from stockcraft.syncs.models import SyncRun, Trigger
    from stockcraft.workflows import runner

    sleep = time.sleep

    def waits(seconds: float) -> None:
        with watched():
            sleep(seconds)

    # Waiting for a bulk operation is the shop's time too.
    time.sleep = waits
    if whole:
        connection.want_whole_read()
    run, _created = SyncRun.objects.request(connection, Trigger.COMMAND)
    run = runner.run_sync(run.pk, retries=0, transport=way)
    assert run is not None
    names = ("status", "route", "created", "updated", "unchanged", "requests", "api_points")
    return {**{name: getattr(run, name) for name in names}, "shop": Shop.seconds}


if __name__ == "__main__":
    main(*sys.argv[1:])
