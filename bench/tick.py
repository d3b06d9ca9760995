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
from pathlib import Path

from bench.measured import peak_mb

SCHEDULERS = 2
HEAD = "| connections | schedulers | wall s | runs a second | peak MB | started by each | runs | doubled | jobs |"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")

FILL = """
    WITH account AS (
        INSERT INTO accounts_account (slug, name, plan, created_at)
        SELECT 'account-' || n, 'Account ' || n, 'free', now() FROM generate_series(1, %(accounts)s) AS n
        RETURNING id
    ), numbered AS (SELECT id, row_number() OVER () - 1 AS n FROM account)
    INSERT INTO connections_connection (
        account_id, shop_domain, shop_name, currency, base_url, status, failure_code, "grant", access_token,
        refresh_token, client_id, client_secret, scopes, api_version, auto_sync, next_sync_at, products_total
    )
    SELECT numbered.id, 'shop-' || s || '.myshopify.com', '', 'USD', '', 'connected', '', 'pasted', '', '', '', '',
           '{}', '', true, now() - interval '1 minute', s %% 9000
      FROM generate_series(1, %(connections)s) AS s JOIN numbered ON numbered.n = s %% %(accounts)s
"""
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
            # Every tenth account has two shops.
            size = int(argument)
            cursor.execute(FILL, {"connections": size, "accounts": max(1, size * 9 // 10)})
            cursor.execute("ANALYZE")
            return []
        if what == "holds":
            cursor.execute(HOLDS)
            return cursor.fetchone()
    time.sleep(max(0.0, float(argument) - time.time()))
    started = start_due()
    return {"started": started, "peak_mb": peak_mb(), "ended": time.time()}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("fill", "schedule", "holds"):
        print(json.dumps(_in_a_process_of_its_own(*sys.argv[1:])))
    else:
        main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
