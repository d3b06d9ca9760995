"""`make bench`: how long a sync takes, as ratios against the floor of the same run.

For each size (products × variants): a first sync, a whole read with nothing changed, a read of changes with nothing and
with 1% changed, each the median of three, in a process of its own beside a simulated shop in another. The start of
processes is left out. *shop s* is the time in which the shop was asked or waited for (it runs a bulk operation, filters
its list, sends its answers): part of the wall time, but the shop's own. The ratio is what is left of the wall time
against the floor, which asks no shop; `floor.py` says what each floor does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from shopsync.errors import NotReady

TOKEN = "bench"
RUNS = 3
HEAD = (
    "| products × variants | what | route | wall s | shop s | cpu s | peak MB | floor s | floor cpu s | ratio | "
    "requests | points |"
)


def main() -> None:
    """Measure every size asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sizes", nargs="*", default=["2000x5", "20000x5", "100000x5"], help="such as 2000x5 20000x5 100000x5"
    )
    print(HEAD, "|---" * 12 + "|", sep="\n", flush=True)
    for size in parser.parse_args().sizes:
        products, variants = map(int, size.split("x"))
        with tempfile.TemporaryDirectory(prefix="sc-bench-", dir="/tmp") as folder:
            os.chmod(folder, 0o755)
            Bench(Path(folder), products, variants).run()


class Bench:
    """One size, on a database and a shop of its own."""

    def __init__(self, folder: Path, products: int, variants: int) -> None:
        self.size = f"{products:,} × {variants}"
        self.products, self.variants = products, variants
        self.nodes = folder / "nodes.jsonl"
        os.environ.update(STOCKCRAFT_DATA=str(folder / "data"), STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL="1")
        os.environ.pop("DATABASE_URL", None)

    def run(self) -> None:
        """Measure each kind of sync with its floor."""
        shop, address = self._open_shop()
        try:
            self._prepare(address)
            first, floor_first = self._first()
            self._row("first sync", first, floor_first)
            self._rounds("nothing changed, whole read", ("sync", "whole"), ("floor-whole", str(self.nodes)))
            self._rounds("nothing changed", ("sync",), ("floor-changes", str(self.nodes), "0"))
            some = str(self.products // 100)
            self._rounds(
                "1% changed",
                ("sync",),
                ("floor-changes", str(self.nodes), some),
                before=lambda number: self._change(address, number),
            )
        finally:
            shop.terminate()
            shop.wait()
            self._stockcraft("down")

    def _first(self) -> tuple[dict[str, Any], dict[str, Any]]:
        floors, syncs = [], []
        for _ in range(RUNS):
            self._empty()
            floors.append(self._measure("floor-first", str(self.nodes)))
            self._empty()
            syncs.append(self._measure("sync"))
        return self._median(syncs), self._median(floors)

    def _rounds(
        self,
        what: str,
        sync: tuple[str, ...],
        floor: tuple[str, ...],
        before: Callable[[int], None] = lambda _number: None,
    ) -> None:
        """Sync and floor by turns, so that a machine which slows down slows both."""
        syncs, floors = [], []
        for number in range(RUNS):
            before(number)
            syncs.append(self._measure(*sync))
            floors.append(self._measure(*floor))
        self._row(what, self._median(syncs), self._median(floors))

    def _open_shop(self) -> tuple[subprocess.Popen[str], str]:
        command = [
            sys.executable, "-m", "shopsim", "serve", "--port", "0", "--token", TOKEN, "--no-throttle",
            "--products", str(self.products), "--variants", str(self.variants),
        ]  # fmt: skip
        shop = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert shop.stdout is not None
        address = re.search(r"http://[^/]+", shop.stdout.readline())
        assert address is not None
        return shop, address[0]

    def _prepare(self, address: str) -> None:
        """An account connected to the shop, and the shop's products in a file for the floor."""
        self._stockcraft("accounts", "create", "--email", "bench@example.com", "--password", "bench", "--plan", "plus")
        self._stockcraft("connect", "bench", "--account", "bench", "--token", TOKEN, "--url", address)
        from shopsync.route import Route, Way, Why
        from shopsync.shopify.bulk import BulkReader
        from shopsync.shopify.client import Client, FixedToken
        from shopsync.shopify.pages import ShopifySource

        client = Client("bench.myshopify.com", FixedToken(TOKEN), base_url=address)
        source = ShopifySource(client, bulk=BulkReader(client, self.nodes.parent / "bulk"))
        cursor = source.read(source.start(Way(Route.BULK, Why.FIRST))).cursor
        while True:
            try:
                source.read(cursor)
                break
            except NotReady as error:
                time.sleep(error.after)
        (result,) = (self.nodes.parent / "bulk").glob("*.jsonl")
        result.rename(self.nodes)

    def _change(self, address: str, round_number: int) -> None:
        """Rename one product in a hundred, always the same ones: a run asks again for what was touched within the last
        ten minutes, which are days in a shop's life."""
        products = httpx.get(f"{address}/_sim/products", timeout=60).json()
        with httpx.Client(base_url=f"{address}/_sim") as control:
            for product in products[::100]:
                control.post(f"/products/{product['id']}", json={"title": f"{product['title']} {round_number}"})

    def _empty(self) -> None:
        """No products, as before a first sync."""
        statement = "TRUNCATE catalog_product, catalog_variant, syncs_syncrun CASCADE"
        code = (
            "import django; django.setup(); from django.db import connection as c; "
            f"k = c.cursor(); k.execute('{statement}'); k.execute('VACUUM ANALYZE')"
        )
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "stockcraft.settings"}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    def _measure(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "bench.measured", *arguments], check=True, stdout=subprocess.PIPE, text=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _stockcraft(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "stockcraft", *arguments], check=True, stdout=subprocess.DEVNULL)

    def _median(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """The middle one by the time that was not the shop's."""
        return sorted(found, key=lambda each: each["wall"] - each.get("shop", 0.0))[len(found) // 2]

    def _row(self, what: str, sync: dict[str, Any], floor: dict[str, Any]) -> None:
        own = sync["wall"] - sync["shop"]
        ratio = own / floor["wall"]
        print(
            f"| {self.size} | {what} | {sync['route']} | {sync['wall']:.2f} | {sync['shop']:.2f} | "
            f"{sync['cpu']:.2f} | {sync['peak_mb']:.0f} | {floor['wall']:.2f} | {floor['cpu']:.2f} | {ratio:.1f} | "
            f"{sync['requests']} | {sync['api_points']} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
