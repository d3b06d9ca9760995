"""A flood of webhooks at a real web server: every one is answered in time and none is lost."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from real_processes import environment
from stockcraft.syncs.models import Delivery
from webhook_scene import signature

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "flood-secret"
SENDERS = 8


@contextmanager
def server() -> Iterator[int]:
    """`stockcraft serve` on the database of this test run; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "stockcraft", "serve", "--port", str(port)]
    app = {"STOCKCRAFT_SHOPIFY_CLIENT_ID": "flood", "STOCKCRAFT_SHOPIFY_CLIENT_SECRET": SECRET}
    process = subprocess.Popen(command, env=environment(**app))
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


class Flood:
    """Sends from several places at once for so many seconds, a tenth of it twice."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port, self._seconds = port, seconds
        self._lock = threading.Lock()
        self.accepted: set[str] = set()
        self.sent = 0
        self.slowest = 0.0
        self.refused: list[int] = []

    def run(self) -> float:
        """Send; returns how many were accepted a second."""
        started = time.monotonic()
        senders = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        return self.sent / (time.monotonic() - started)

    def _send(self, sender: int) -> None:
        over = time.monotonic() + self._seconds
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        number = 0
        while time.monotonic() < over:
            number += 1
            body = json.dumps({"id": 7_000_000 + number, "updated_at": f"2026-11-25T10:00:{number % 60:02}Z"}).encode()
            webhook_id = f"flood-{sender}-{number}"
            for _ in range(2 if number % 10 == 0 else 1):
                self._post(line, body, webhook_id, sender)
        line.close()

    def _post(self, line: http.client.HTTPConnection, body: bytes, webhook_id: str, sender: int) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": "products/update",
            "X-Shopify-Shop-Domain": f"shop-{sender}.myshopify.com",
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Triggered-At": "2026-11-25T10:00:00.123456789Z",
            "X-Shopify-Hmac-Sha256": signature(body, SECRET),
        }
        started = time.monotonic()
        line.request("POST", "/shopify/webhooks", body, headers)
        answer = line.getresponse()
        answer.read()
        with self._lock:
            self.sent += 1
            self.slowest = max(self.slowest, time.monotonic() - started)
            if answer.status == 200:
                self.accepted.add(webhook_id)
            else:
                self.refused.append(answer.status)


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_none_of_a_flood_of_webhooks_is_lost(seconds: float) -> None:
    with server() as port:
        flood = Flood(port, seconds)
        rate = flood.run()

    print(  # noqa: T201 - the figure is what it is for
        f"{flood.sent} deliveries, {rate:.0f} a second, the slowest answer took {flood.slowest:.2f} s"
    )
    assert not flood.refused
    assert set(Delivery.objects.values_list("webhook_id", flat=True)) == flood.accepted
    assert flood.slowest < 5
    # A short sample beside other tests says little of the rate.
    assert rate >= (200 if seconds >= 60 else 20)
