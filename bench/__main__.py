"""`make bench`: how long a sync takes, as ratios against the floor of the same run.

For each size (products × variants): a first sync, one with nothing changed and one with 1% changed, each the median of
three, in a process of its own beside a simulated shop in another. Start of processes is left out; the shop is read over
real HTTP, page by page, so the time includes waiting for the shop to answer.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

TOKEN = "bench"
RUNS = 3
HEAD = "| products × variants | what | wall s | cpu s | peak MB | floor s | ratio | requests | points |"


def main() -> None:
    """Measure every size asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["2000x5", "20000x5"], help="such as 2000x5 20000x5 100000x5")
    print(HEAD, "|---|---|---|---|---|---|---|---|---|", sep="\n", flush=True)
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
        """Measure first sync, nothing changed and 1% changed, with their floors."""
        shop, address = self._open_shop()
        try:
            self._prepare(address)
            first, floor_first = self._first()
            self._row("first sync", first, floor_first)
            unchanged = self._median([self._measure("sync") for _ in range(RUNS)])
            floor = self._median([self._measure("floor-unchanged", str(self.nodes)) for _ in range(RUNS)])
            self._row("nothing changed", unchanged, floor)
            changed = []
            for round_number in range(RUNS):
                self._change(address, round_number)
                changed.append(self._measure("sync"))
            self._row("1% changed", self._median(changed), floor)
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
        from shopsync.shopify.client import Client, FixedToken
        from shopsync.shopify.parse import ProductsAnswer, answer

        client = Client("bench.myshopify.com", FixedToken(TOKEN), base_url=address)
        after = None
        with self.nodes.open("wb") as file:
            while True:
                variables = {"first": 100, "after": after, "query": None, "variants": 100}
                page = answer(client.ask("products", variables), ProductsAnswer).products
                file.writelines(bytes(node) + b"\n" for node in page.nodes)
                after = page.page_info.end_cursor
                if not page.page_info.has_next_page:
                    return

    def _change(self, address: str, round_number: int) -> None:
        """Rename one product in a hundred."""
        products = httpx.get(f"{address}/_sim/products", timeout=60).json()
        with httpx.Client(base_url=f"{address}/_sim") as control:
            for product in products[round_number::100]:
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
        median = statistics.median(each["wall"] for each in found)
        return next(each for each in found if each["wall"] == median)

    def _row(self, what: str, sync: dict[str, Any], floor: dict[str, Any]) -> None:
        ratio = sync["wall"] / floor["wall"]
        print(
            f"| {self.size} | {what} | {sync['wall']:.2f} | {sync['cpu']:.2f} | {sync['peak_mb']:.0f} | "
            f"{floor['wall']:.2f} | {ratio:.1f} | {sync['requests']} | {sync['api_points']} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
