"""`make bench-tick`: how long two racing schedulers take to start the daily syncs of very many connections.

For each size: that many enabled connections whose time has come, on a database of its own; two schedulers begin at
the same moment. Printed are the time until the later one is done, the peak memory of each, and what the database holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.measured import peak_mb

SCHEDULERS = 2
BATCH = 5_000
HEAD = "| connections | schedulers | wall s | runs a second | peak MB | started by each | runs | doubled | jobs |"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")

HOLDS = """
    SELECT (SELECT count(*) FROM syncs_syncrun),
           (SELECT count(*) FROM (SELECT connection_id FROM syncs_syncrun GROUP BY 1 HAVING count(*) > 1) AS twice),
           (SELECT count(DISTINCT args->>'run_id') FROM procrastinate_jobs),
           (SELECT count(*) FROM connections_connection WHERE next_sync_at <= now())
"""


def main(sizes: list[int]) -> None:
    """Measure every size and print a table."""
    print(HEAD, "|---|---|---|---|---|---|---|---|---|", sep="\n", flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="sc-tick-", dir="/tmp") as folder:
            os.chmod(folder, 0o755)
            os.environ["STOCKCRAFT_DATA"] = str(Path(folder) / "data")
            os.environ.pop("DATABASE_URL", None)
            try:
                measure(size)
            finally:
                subprocess.run([sys.executable, "-m", "stockcraft", "down"], check=True, stdout=subprocess.DEVNULL)


def measure(size: int) -> None:
    """Fill a new database, let the schedulers race, and print what came of it."""
    subprocess.run([sys.executable, "-m", "stockcraft", "migrate"], check=True, stdout=subprocess.DEVNULL)
    _ask("fill", str(size))
    began = time.time() + 5
    command = [sys.executable, "-m", "bench.tick", "schedule", str(began)]
    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(SCHEDULERS)]
    found = [json.loads(each.communicate()[0]) for each in racing]
    wall = max(each["ended"] for each in found) - began
    runs, doubled, jobs, left = _ask("holds")
    assert (runs, doubled, jobs, left) == (size, 0, size, 0), (runs, doubled, jobs, left)
    peaks, started = (" + ".join(f"{each[name]:,.0f}" for each in found) for name in ("peak_mb", "started"))
    print(
        f"| {size:,} | {SCHEDULERS} | {wall:.1f} | {size / wall:,.0f} | {peaks} | {started} | {runs:,} | {doubled} | "
        f"{jobs:,} |",
        flush=True,
    )


def _ask(*arguments: str) -> list[int]:
    done = subprocess.run([sys.executable, "-m", "bench.tick", *arguments], check=True, stdout=subprocess.PIPE)
    answer: list[int] = json.loads(done.stdout)
    return answer


def _in_a_process_of_its_own(what: str, argument: str = "") -> object:
    import django

    django.setup()
    from django.db import connection

    from stockcraft.workflows.due import start_due

    with connection.cursor() as cursor:
        if what == "fill":
            _fill(int(argument))
            cursor.execute("ANALYZE")
            return []
        if what == "holds":
            cursor.execute(HOLDS)
            return cursor.fetchone()
    time.sleep(max(0.0, float(argument) - time.time()))
    started = start_due()
    return {"started": started, "peak_mb": peak_mb(), "ended": time.time()}


def _fill(size: int) -> None:
    """So many connections that are due, of all sizes; every tenth account has two."""
    from django.utils import timezone

    from stockcraft.accounts.models import Account
    from stockcraft.connections.models import Connection

    names = (f"account-{number}" for number in range(max(1, size * 9 // 10)))
    accounts = Account.objects.bulk_create((Account(slug=name, name=name) for name in names), BATCH)
    due = timezone.now() - timedelta(minutes=1)
    connections = (
        Connection(
            account=accounts[number % len(accounts)],
            shop_domain=f"shop-{number}.myshopify.com",
            grant="pasted",
            auto_sync=True,
            next_sync_at=due,
            products_total=number % 9000,
        )
        for number in range(size)
    )
    Connection.objects.bulk_create(connections, BATCH)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("fill", "schedule", "holds"):
        print(json.dumps(_in_a_process_of_its_own(*sys.argv[1:])))
    else:
        main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
