"""The demo's shop takes what the demo's StockCraft asks of it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from real_processes import TOKEN, shop
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.webhooks import subscribe, subscribed
from stockcraft.cli.demo import SHOP, _shop_command, _wait
from stockcraft.cli.main import run
from stockcraft.lib.env import ConfigError


def test_the_demos_shop_sends_its_webhooks_to_the_demo(tmp_path: Path) -> None:
    address = "http://127.0.0.1:8000/shopify/webhooks"
    arguments = _shop_command(8000, 0, tmp_path)[6:]
    with shop(*arguments) as process, Client(SHOP, FixedToken(TOKEN), base_url=process.url) as client:
        subscribe(client, "SHOP_UPDATE", address)
        assert list(subscribed(client, address)) == ["SHOP_UPDATE"]


@pytest.mark.parametrize("taken", ["port", "shop-port"])
def test_a_demo_does_not_mistake_what_answers_already_for_its_own(
    taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening() as used, listening() as other:
        free = other.getsockname()[1]
        other.close()
        ports = {"port": free, "shop-port": free + 1} | {taken: used.getsockname()[1]}
        options = [text for name, port in ports.items() for text in (f"--{name}", str(port))]

        code = run(["demo", "--data", str(tmp_path / "data"), *options])

    choice = taken.upper().replace("-", "_")
    assert code == 2
    assert capsys.readouterr().err == (
        f"Port {ports[taken]} cannot be used (Address already in use). Choose another with {choice}.\n"
    )
    assert not (tmp_path / "data").exists()


def test_the_demo_and_its_shop_need_a_port_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--data", str(tmp_path / "data"), "--port", "8123", "--shop-port", "8123"]) == 2

    assert "cannot both answer at port 8123" in capsys.readouterr().err


def test_a_demo_ends_when_one_of_its_two_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended, pytest.raises(ConfigError, match="The shop has ended"):
        _wait({"The shop": ended})


def listening() -> socket.socket:
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    place.listen()
    return place
