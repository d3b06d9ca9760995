"""One measurement in a process of its own, so that its memory is its own: `python -m bench.measured WHAT …`.

Prints one JSON object: seconds of wall and processor time (without the start of the process), peak memory in MB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")


def main(what: str, *arguments: str) -> None:
    """Measure ``sync``, ``floor-first FILE`` or ``floor-unchanged FILE`` on the one connection there is."""
    import django

    django.setup()
    from stockcraft.connections.models import Connection

    connection = Connection.objects.select_related("account").get()
    job = _job(what, connection, arguments)
    wall, cpu = time.perf_counter(), time.process_time()
    found = job()
    result = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, **found}
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def _job(what: str, connection: Any, arguments: tuple[str, ...]) -> Callable[[], dict[str, Any]]:
    if what == "sync":
        return lambda: _sync(connection)
    from bench import floor

    path = Path(arguments[0])
    if what == "floor-first":
        return lambda: floor.write_all(path, connection) or {}
    return lambda: {"differ": floor.compare_all(path, connection)}


def _sync(connection: Any) -> dict[str, Any]:
    from stockcraft.syncs.models import SyncRun, Trigger
    from stockcraft.workflows.runner import run_sync

    run, _created = SyncRun.objects.request(connection, Trigger.COMMAND)
    run = run_sync(run.pk, retries=0)
    assert run is not None
    names = ("status", "created", "updated", "unchanged", "requests", "api_points")
    return {name: getattr(run, name) for name in names}


if __name__ == "__main__":
    main(*sys.argv[1:])
