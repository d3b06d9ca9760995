"""`make bench-fleet`: what a sync costs in a fleet, and whether that grows with the fleet.

Simulated shops of 50 products, each connected to an account of its own, on a database of its own. For each number of
shops and of workers: a wave of syncs with nothing changed and one with 1% of all products renamed, all due at once.
Rates depend on the machine, which the shops, the workers and PostgreSQL share; what one sync costs (processor time of
the workers, rows and bytes written) hardly does, and its ratio between fleets is printed last.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import psutil

PRODUCTS, VARIANTS, TOKEN = 50, 2, "bench"
HEAD = (
    "| shops | workers | wave | syncs/s | p95 queue age s | cpu ms a sync | rows written a sync | WAL kB a sync | "
    "whole pages in it |"
)
COSTS = ("cpu_ms", "rows", "wal_kb")
WRITTEN = """
    SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint, (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint,
           (SELECT wal_fpi FROM pg_stat_wal)
      FROM pg_stat_user_tables
"""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")


def main() -> None:
    """Measure every fleet, each in a process of its own, and print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shops", nargs="*", type=int, default=[100, 2_000])
    parser.add_argument("--workers", default="1,2,4", help="numbers of workers, such as 1,2,4")
    chosen = parser.parse_args()
    print(HEAD, "|---" * 9 + "|", sep="\n", flush=True)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for shops in chosen.shops:
        with tempfile.TemporaryDirectory(prefix="sc-fleet-", dir="/tmp") as folder:
            os.chmod(folder, 0o755)
            own = {"STOCKCRAFT_DATA": f"{folder}/data", "STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL": "1"}
            environment = {**os.environ, **own, "STOCKCRAFT_LOG_LEVEL": "ERROR"}
            environment.pop("DATABASE_URL", None)
            subprocess.run([sys.executable, "-m", "stockcraft", "migrate"], check=True, env=environment, stdout=2)
            command = [sys.executable, "-m", "bench.fleet", "one-fleet", str(shops), chosen.workers]
            fleet = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            assert fleet.stdout is not None
            for wave in map(json.loads, fleet.stdout):
                print_wave(wave)
                found.setdefault((wave["workers"], wave["wave"]), []).append(wave)
            subprocess.run([sys.executable, "-m", "stockcraft", "down"], check=True, env=environment, stdout=2)
            assert fleet.wait() == 0
    print_ratios(found)


def print_wave(wave: dict[str, Any]) -> None:
    """One line of the table."""
    print(
        f"| {wave['shops']:,} | {wave['workers']} | {wave['wave']} | {wave['rate']:.1f} | {wave['p95']:.1f} | "
        f"{wave['cpu_ms']:.0f} | {wave['rows']:.1f} | {wave['wal_kb']:.1f} | {wave['pages']:.2f} |",
        flush=True,
    )


def print_ratios(found: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    """What a sync of the largest fleet costs, against one of the smallest."""
    for (workers, wave), waves in found.items():
        small, large = waves[0], waves[-1]
        if small is not large:
            ratios = ", ".join(f"{name} {large[name] / small[name]:.2f}" for name in COSTS)
            print(f"{small['shops']:,} → {large['shops']:,} shops, {workers} workers, {wave}: {ratios}")


class Fleet:
    """Shops in one process, and their connections."""

    def __init__(self, shops: int) -> None:
        command = [
            sys.executable, "-m", "shopsim", "serve", "--port", "0", "--no-throttle", "--shop", "fleet",
            "--shops", str(shops), "--products", str(PRODUCTS), "--variants", str(VARIANTS),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        address = re.search(r"http://[^/]+", self.process.stdout.readline())
        assert address is not None
        self.url, self.shops, self.days = address[0], shops, itertools.count(1)
        self.control = httpx.Client(timeout=60)
        with ThreadPoolExecutor(4) as threads:
            self.products = list(threads.map(self._open, range(1, shops + 1)))
        self._connect()

    def _open(self, number: int) -> list[int]:
        shop = f"{self.url}/shops/fleet-{number}/_sim"
        self.control.post(f"{shop}/tokens", json={"token": TOKEN}).raise_for_status()
        return [product["id"] for product in self.control.get(f"{shop}/products").raise_for_status().json()]

    def _connect(self) -> None:
        from stockcraft.accounts.models import Account
        from stockcraft.connections.models import Connection

        names = [f"fleet-{number}" for number in range(1, self.shops + 1)]
        accounts = Account.objects.bulk_create(Account(slug=name, name=name, plan="plus") for name in names)
        Connection.objects.bulk_create(
            Connection(
                account=account,
                shop_domain=f"{account.slug}.myshopify.com",
                access_token=TOKEN,
                grant="pasted",
                base_url=f"{self.url}/shops/{account.slug}",
                auto_sync=True,
            )
            for account in accounts
        )

    def change(self, share: float) -> None:
        """Rename this share of all products, spread over the shops."""
        every = round(1 / share)
        named = [(number, product) for number, products in enumerate(self.products, 1) for product in products]
        for number, product in named[next(self.days) % every :: every]:
            address = f"{self.url}/shops/fleet-{number}/_sim/products/{product}"
            self.control.post(address, json={"title": f"Renamed {time.time()}"}).raise_for_status()

    def wave(self, workers: list[psutil.Process]) -> dict[str, float]:
        """Make every connection due at once, wait until all runs have ended, and say what a sync took and cost."""
        from django.utils import timezone

        from stockcraft.connections.models import Connection
        from stockcraft.syncs.models import SyncRun
        from stockcraft.workflows.due import start_due

        before, cpu = written(), sum(used(worker) for worker in workers)
        latest = SyncRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        Connection.objects.update(next_sync_at=timezone.now() - timedelta(days=next(self.days)))
        start_due()
        runs = SyncRun.objects.filter(pk__gt=latest)
        while runs.filter(status__in=SyncRun.LIVE).exists() or runs.count() < self.shops:
            time.sleep(0.25)
        cpu = sum(used(worker) for worker in workers) - cpu
        time.sleep(1.5)  # the statistics of ended transactions arrive a little later
        rows, wal, pages = (after - earlier for after, earlier in zip(written(), before, strict=True))
        times = list(runs.values_list("requested_at", "started_at", "finished_at", "status"))
        assert {status for *_times, status in times} == {"succeeded"}, "a sync failed"
        ages = [(started - asked).total_seconds() for asked, started, _ended, _status in times]
        wall = (
            max(ended for _a, _s, ended, _t in times) - min(started for _a, started, _e, _t in times)
        ).total_seconds()
        count = len(times)
        return {
            "rate": count / wall,
            "p95": statistics.quantiles(ages, n=20)[-1],
            "cpu_ms": 1_000 * cpu / count,
            "rows": rows / count,
            "wal_kb": wal / 1_000 / count,
            "pages": pages / count,
        }


def written() -> tuple[int, int, int]:
    """Rows written since the server started, bytes of its log, and the whole pages therein: the first change to a page
    after a checkpoint logs all of it, whoever makes it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        rows: tuple[int, int, int] = cursor.fetchone()
        return rows


def used(worker: psutil.Process) -> float:
    """Processor seconds of a process."""
    times = worker.cpu_times()
    return float(times.user + times.system)


def measure(shops: int, numbers: list[int]) -> None:
    """One fleet: its first import, then the waves with each number of workers, a JSON line for each."""
    import django

    django.setup()
    fleet = Fleet(shops)
    try:
        with Workers(max(numbers)) as workers:
            fleet.wave(workers.processes)
        for number in numbers:
            with Workers(number) as workers:
                for name in ("nothing changed", "1% changed"):
                    if name == "1% changed":
                        fleet.change(0.01)
                    found = fleet.wave(workers.processes)
                    print(json.dumps({"shops": shops, "workers": number, "wave": name, **found}), flush=True)
    finally:
        fleet.process.terminate()
        fleet.process.wait()


class Workers:
    """So many workers, up and listening."""

    def __init__(self, number: int) -> None:
        self._started = [subprocess.Popen([sys.executable, "-m", "stockcraft", "worker"]) for _ in range(number)]
        self.processes = [psutil.Process(started.pid) for started in self._started]

    def __enter__(self) -> Workers:
        from procrastinate.contrib.django.models import ProcrastinateWorker

        # Each serves two queues.
        while ProcrastinateWorker.objects.count() < 2 * len(self._started):
            time.sleep(0.2)
        return self

    def __exit__(self, *_exception: object) -> None:
        for started in self._started:
            started.terminate()
        for started in self._started:
            started.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["one-fleet"]:
        measure(int(sys.argv[2]), [int(number) for number in sys.argv[3].split(",")])
    else:
        main()
