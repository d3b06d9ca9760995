"""Real processes for tests: a simulated shop and workers, on the database of the test run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
from django.conf import settings
from django.db import connection as database

TOKEN = "shpat_for_tests"


class ShopProcess:
    """A `shopsim serve` of its own, with its control API."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "shopsim", "serve", "--port", "0", "--token", TOKEN, *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"(http://\S+)/", line)
        assert found, f"the shop did not start: {line!r}"
        self.url = found[1]
        self._http = httpx.Client(base_url=f"{self.url}/_sim", timeout=30)

    def products(self) -> list[dict[str, Any]]:
        """Every product, short."""
        return self._http.get("/products").raise_for_status().json()

    def edit(self, product_id: int, **fields: Any) -> None:
        """Change a product."""
        self._http.post(f"/products/{product_id}", json=fields).raise_for_status()

    def price(self, variant_id: int, price: str) -> None:
        """Change a price."""
        self._http.post(f"/variants/{variant_id}", json={"price": price}).raise_for_status()

    def delete(self, product_id: int) -> None:
        """Delete a product."""
        self._http.delete(f"/products/{product_id}").raise_for_status()

    def add(self, title: str) -> None:
        """Add a product."""
        self._http.post("/products", json={"title": title}).raise_for_status()

    def revoke(self) -> None:
        """Take every app's access away."""
        self._http.delete("/tokens").raise_for_status()

    def fault(self, **faults: Any) -> None:
        """Switch faults on."""
        self._http.post("/faults", json=faults).raise_for_status()

    def stop(self) -> None:
        """End the process."""
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=60)
        assert self._process.stdout is not None
        self._process.stdout.close()


def resident() -> int:
    """How much memory this process holds, in bytes."""
    return int(psutil.Process().memory_info().rss)


@contextmanager
def shop(*arguments: str) -> Iterator[ShopProcess]:
    """A shop for the length of a block."""
    process = ShopProcess(*arguments)
    try:
        yield process
    finally:
        process.stop()


def environment(**more: str) -> dict[str, str]:
    """What a process needs to share this test run's database and secrets."""
    parameters = database.get_connection_params()
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={parameters['host']}",
        "STOCKCRAFT_SECRET_KEY": settings.SECRET_KEY,
        "STOCKCRAFT_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL": "1",
        "STOCKCRAFT_LOG_LEVEL": "ERROR",
        **more,
    }


class WorkerProcess:
    """A `stockcraft worker` of its own."""

    def __init__(self, *, name: str = "worker", **more: str) -> None:
        self.name = name
        command = [sys.executable, "-m", "stockcraft", "worker"]
        self._process = subprocess.Popen(command, env=environment(**more))

    @property
    def is_dead(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def pause(self) -> None:
        """Stop its clock: it neither works nor says that it lives."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on where it was paused."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it as the kernel would: no chance to say goodbye."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=60)
