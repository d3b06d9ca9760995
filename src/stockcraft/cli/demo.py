"""`stockcraft demo`: the whole product on one machine, with a simulated Shopify shop beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import httpx

from stockcraft.cli.demo_visit import Visit
from stockcraft.cli.serve import PORT, check_port
from stockcraft.lib.env import ConfigError

if TYPE_CHECKING:
    from stockcraft.syncs.models import SyncRun

SHOP = "maple-and-thread"
EMAIL = "amelie@maple-and-thread.example"
PASSWORD = "maple-and-thread"  # noqa: S105 - it opens nothing but a demonstration on this machine
CLIENT_ID = "stockcraft-demo"
CLIENT_SECRET = "stockcraft-demo-secret"  # noqa: S105 - known to the simulator only
PATIENCE = 60.0


@click.command()
@click.option("--port", type=PORT, envvar="PORT", default=8000, show_default=True, help="Where StockCraft answers.")
@click.option(
    "--shop-port", type=PORT, envvar="SHOP_PORT", default=8081, show_default=True, help="Where the shop answers."
)
@click.option(
    "--data", envvar="DATA", default="var/demo", show_default=True, type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the database and of the simulated shop.",
)  # fmt: skip
def demo(port: int, shop_port: int, data: Path) -> None:
    """Start StockCraft and a simulated Shopify shop, and sync one into the other."""
    started = time.monotonic()
    data = data.resolve()
    _check_ports(port, shop_port)
    _settle(port, shop_port, data)
    shop = _shop_command(port, shop_port, data)
    up = [sys.executable, "-m", "stockcraft", "up", "--port", str(port), "--quiet"]
    shop_address = f"http://127.0.0.1:{shop_port}/"
    with _interruptible(), _running(shop, shop_address) as shop_child, _running(up, _ready(port)) as up_child:
        run = Visit(f"http://127.0.0.1:{port}", EMAIL, PASSWORD).first_sync(SHOP)
        _say_counts(run, time.monotonic() - started)
        _say_where(port, shop_port)
        _wait({_("The shop"): shop_child, "StockCraft": up_child})
    click.echo(_("Stopped. The data stays for next time."))


def _check_ports(port: int, shop_port: int) -> None:
    """Raise ConfigError where something answers already: another demo there would be taken for this one."""
    if port == shop_port:
        raise ConfigError(
            _("StockCraft and the shop cannot both answer at port %(port)s. Choose another with SHOP_PORT.")
            % {"port": port}
        )
    check_port("127.0.0.1", port, "PORT")
    check_port("127.0.0.1", shop_port, "SHOP_PORT")


def _settle(port: int, shop_port: int, data: Path) -> None:
    """Give this process and its children the demo's settings, before any of them reads one."""
    os.environ.update(
        STOCKCRAFT_DATA=str(data),
        STOCKCRAFT_BASE_URL=f"http://127.0.0.1:{port}",
        STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL="1",
        STOCKCRAFT_SHOPIFY_URL=f"http://127.0.0.1:{shop_port}",
        STOCKCRAFT_SHOPIFY_CLIENT_ID=CLIENT_ID,
        STOCKCRAFT_SHOPIFY_CLIENT_SECRET=CLIENT_SECRET,
        STOCKCRAFT_LOG_LEVEL=os.environ.get("STOCKCRAFT_LOG_LEVEL", "WARNING"),
    )
    os.environ.pop("DATABASE_URL", None)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = {"folder": data, "reason": error.strerror}
        raise ConfigError(
            _("The folder %(folder)s cannot be made: %(reason)s. Choose another with DATA.") % words
        ) from error


def _shop_command(port: int, shop_port: int, data: Path) -> list[str]:
    return [
        sys.executable, "-m", "shopsim", "serve", "--port", str(shop_port), "--shop", SHOP,
        "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET,
        "--redirect-uri", f"http://127.0.0.1:{port}/shopify/callback/", "--state", str(data / "shop.json"),
        # Shopify itself takes webhook addresses with https alone, and StockCraft here has none.
        "--any-webhook-address",
    ]  # fmt: skip


def _ready(port: int) -> str:
    return f"http://127.0.0.1:{port}/readyz"


@contextmanager
def _running(command: list[str], address: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that answers at ``address``; ended when the block is."""
    child = subprocess.Popen(command)
    try:
        _wait_for(child, address)
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()


def _wait_for(child: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (code := child.poll()) is not None:
            # The child has said why on standard error.
            raise SystemExit(code or 1)
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise ConfigError(
        _("Nothing answers at %(address)s after %(seconds)s s.") % {"address": address, "seconds": f"{PATIENCE:.0f}"}
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat a polite kill like Ctrl-C, so that the children are ended either way."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        click.echo()
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Until Ctrl-C. Raises ConfigError when one of the two is no longer there."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                raise ConfigError(
                    _("%(name)s has ended, so the demo ends too. The data stays; start it again.") % {"name": name}
                )
        time.sleep(0.5)


def _say_counts(run: SyncRun, seconds: float) -> None:
    from stockcraft.cli import output

    click.echo(f"\n{output.summary(run)}")
    click.echo(_("Ready %(seconds)s s after the start.") % {"seconds": f"{seconds:.1f}"})


def _say_where(port: int, shop_port: int) -> None:
    click.echo(
        _(
            "\n  StockCraft   %(address)s\n"
            "  sign in      %(email)s\n"
            "  password     %(password)s\n\n"
            "  the shop     %(shop)s   rename, price, add or delete a product,\n"
            "               then press Sync Products Now in StockCraft\n\n"
            "Ctrl-C stops both."
        )
        % {
            "address": f"http://127.0.0.1:{port}/",
            "shop": f"http://127.0.0.1:{shop_port}/",
            "email": EMAIL,
            "password": PASSWORD,
        }
    )
