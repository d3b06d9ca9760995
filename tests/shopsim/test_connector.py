"""Somebody else's connector, as it is on PyPI, extracts the whole catalogue."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from shopsim_clients import python_with, secure_shop

STREAMS = ("products", "product_variants")


class Tap:
    """`tap-shopify`, which writes what it extracts as JSON lines."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._python = python_with("connector.txt")
        config = {
            "shop": "maple-and-thread",
            "client_id": "the-app",
            "client_secret": "the-secret",
            "start_date": "2024-01-01T00:00:00Z",
            "results_per_page": 50,
            "date_window_size": 365,
        }
        (folder / "config.json").write_text(json.dumps(config))

    def discover(self) -> dict[str, Any]:
        """Everything the connector knows, with every field of our streams chosen."""
        catalog = json.loads(self._run("--discover"))
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if stream["tap_stream_id"] in STREAMS:
                    entry["metadata"]["selected"] = True
        (self._folder / "catalog.json").write_text(json.dumps(catalog))
        return catalog

    def extract(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each stream."""
        lines = map(json.loads, self._run("--catalog", str(self._folder / "catalog.json")).splitlines())
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
        for line in lines:
            if line["type"] == "RECORD":
                found[line["stream"]].append(line["record"])
        return found

    def _run(self, *arguments: str) -> str:
        start = "from tap_shopify import main; main()"
        command = [str(self._python), "-W", "ignore", "-c", start, "--config", str(self._folder / "config.json")]
        done = subprocess.run(
            [*command, *arguments], env=self._environment, capture_output=True, text=True, timeout=280, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("catalogue", "products", "variants"), [((), 63, 221), (("--awkward",), 29, 2_277)])
def test_a_connector_of_others_extracts_every_product_and_every_variant(
    tmp_path: Path, catalogue: tuple[str, ...], products: int, variants: int
) -> None:
    with secure_shop("--no-throttle", *catalogue) as shop:
        tap = Tap(tmp_path, shop.environment())
        assert {stream["tap_stream_id"] for stream in tap.discover()["streams"]} >= set(STREAMS)
        # What was changed within the second it starts in, the connector leaves to its next run.
        time.sleep(1.1)
        found = tap.extract()
        expected = shop.control.get("/_sim/products").json()
    titles = {product["title"] for product in expected}
    known = {f"gid://shopify/ProductVariant/{one['id']}": one for product in expected for one in product["variants"]}
    assert {record["title"] for record in found["products"]} == titles
    assert len(found["products"]) == len(expected) == products
    assert {record["id"] for record in found["product_variants"]} == set(known)
    assert len(found["product_variants"]) == len(known) == variants
    for record in found["product_variants"]:
        assert float(record["price"]) == float(known[record["id"]]["price"])
