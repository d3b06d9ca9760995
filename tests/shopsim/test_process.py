"""The `shopsim` command: a process that serves, keeps its state, and says in a sentence when it cannot."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from shopsim.cli import main

Serve = Callable[..., "Running"]


class Running:
    """A simulator in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "shopsim", "serve", "--port", "0", "--token", "shpat_known", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.line = self._process.stdout.readline()
        found = re.search(r"(https?://\S+)/", self.line)
        assert found, self.line
        self.url = found[1]

    def ask(self, text: str, **client: object) -> httpx.Response:
        headers = {"X-Shopify-Access-Token": "shpat_known"}
        url = f"{self.url}/admin/api/2026-10/graphql.json"
        return httpx.post(url, json={"query": text}, headers=headers, **client)  # type: ignore[arg-type]

    def stop(self) -> tuple[int, str]:
        self._process.send_signal(signal.SIGTERM)
        _out, error = self._process.communicate(timeout=20)
        return self._process.returncode, error


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Running] = []

    def start(*arguments: str) -> Running:
        running.append(Running(*arguments))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "shopsim", "serve", *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_it_says_where_it_answers_and_stops_quietly(serve: Serve) -> None:
    shop = serve()
    assert "Maple & Thread (maple-and-thread.myshopify.com, 63 products) answers at http://127.0.0.1:" in shop.line
    assert shop.ask("{ productsCount { count } }").json()["data"]["productsCount"]["count"] == 63
    assert shop.stop() == (0, "")


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert refused("--port", port) == f"Port {port} is in use. Choose another with --port.\n"


def test_a_catalogue_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in refused("--port", "0", "--catalog", str(tmp_path / "missing.jsonl"))
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"title": "half a product"}\n')
    assert refused("--port", "0", "--catalog", str(wrong)).startswith("Line 1 of ")


def test_a_state_file_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("nonsense")
    assert "remove it to begin anew" in refused("--port", "0", "--state", str(state))


def test_a_dropped_connection_is_really_closed(serve: Serve) -> None:
    shop = serve("--products", "1")
    httpx.post(f"{shop.url}/_sim/faults", json={"drop": 1})
    with pytest.raises(httpx.TransportError):
        shop.ask("{ shop { name } }")
    assert shop.ask("{ shop { name } }").status_code == 200
    assert shop.stop() == (0, "")


def test_what_was_changed_is_there_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    state = tmp_path / "shop.json"
    shop = serve("--state", str(state))
    product = httpx.get(f"{shop.url}/_sim/products").json()[0]
    httpx.post(f"{shop.url}/_sim/products/{product['id']}", json={"title": "Renamed"})
    granted = httpx.post(f"{shop.url}/_sim/tokens", json={}).json()["token"]
    assert shop.stop()[0] == 0
    again = serve("--state", str(state), "--products", "3")
    titles = [one["title"] for one in httpx.get(f"{again.url}/_sim/products").json()]
    assert len(titles) == 63
    assert titles[0] == "Renamed"
    headers = {"X-Shopify-Access-Token": granted}
    url = f"{again.url}/admin/api/2026-10/graphql.json"
    assert httpx.post(url, json={"query": "{ shop { name } }"}, headers=headers).status_code == 200


def steer(shop: Running, *arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["edit", "--url", shop.url, *arguments])
    assert done.exit_code == status, done.output
    return done.output


def test_commands_edit_a_served_shop_and_say_what_the_next_sync_will_see(serve: Serve) -> None:
    shop = serve("--products", "2", "--variants", "2")
    first, second = httpx.get(f"{shop.url}/_sim/products").json()
    said = steer(shop, "rename", first["title"], "Dish")
    assert said == f"The next sync will see “Dish” instead of “{first['title']}”.\n"
    assert steer(shop, "status", "Dish", "draft") == "The next sync will see “Dish” as draft.\n"
    sku = first["variants"][0]["sku"]
    assert steer(shop, "price", sku, "7") == "The next sync will see “Dish” (Size 1) at 7.00.\n"
    variant = str(first["variants"][1]["id"])
    assert steer(shop, "remove-variant", variant) == "The next sync will see “Dish” without Size 2.\n"
    assert "gone" in steer(shop, "delete", str(second["id"]))
    assert "a new product, “Vase”" in steer(shop, "add", "Vase", "--price", "9.00")
    listed = steer(shop, "products")
    assert f"{first['id']}  draft     Dish" in listed
    assert "7.00" in listed
    assert "Vase" in listed
    assert second["title"] not in listed


def test_commands_switch_faults_on_and_off(serve: Serve) -> None:
    shop = serve("--products", "1")
    assert (
        steer(shop, "faults", "throttle=1", "frozen=true")
        == "The next sync will see THROTTLED once, and 402 Payment Required.\n"
    )
    assert shop.ask("{ shop { name } }").status_code == 402
    assert "frozen=true" in steer(shop, "faults")
    assert steer(shop, "faults", "--clear") == "All faults are off.\n"
    assert shop.ask("{ shop { name } }").status_code == 200


def test_a_command_that_cannot_do_it_says_so_in_one_sentence(serve: Serve) -> None:
    shop = serve("--products", "1", "--variants", "1")
    assert steer(shop, "rename", "No such thing", "Dish", status=2).count("\n") == 1
    assert steer(shop, "price", "SKU-1-1", "a lot", status=2) == "“a lot” is no price; write one like 24.00.\n"
    assert steer(shop, "faults", "gremlins=1", status=2) == "There is no fault gremlins.\n"
    assert "NAME=VALUE" in steer(shop, "faults", "throttle", status=2)
    assert "throttle" in steer(shop, "faults", "throttle=many", status=2)
    nobody = CliRunner().invoke(main, ["edit", "--url", "http://127.0.0.1:1", "products"])
    assert nobody.exit_code == 2
    assert "Start one with `shopsim serve`" in nobody.output
