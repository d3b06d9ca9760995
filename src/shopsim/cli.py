"""The `shopsim` command."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from shopsim import seed, sim, state
from shopsim.load import CatalogError, load_file
from shopsim.server import Server, ServerError


@click.group()
def main() -> None:
    """A local Shopify shop, for building, testing and showing without the internet."""


@main.command()
@click.option("--port", default=8081, show_default=True, help="Where to answer; 0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--shop", "name", default="maple-and-thread", show_default=True, help="The shop's name.")
@click.option("--currency", default="USD", show_default=True, help="The shop's ISO currency.")
@click.option("--catalog", type=click.Path(path_type=Path, dir_okay=False), help="Products as normalized JSON Lines.")
@click.option("--products", type=int, help="Make this many products instead of the believable catalogue.")
@click.option("--variants", default=5, show_default=True, help="Variants of each product made.")
@click.option("--seed", "number", default=1, show_default=True, help="Of the products made.")
@click.option("--no-throttle", is_flag=True, help="Never run out of points.")
@click.option("--token", help="An access token that is valid from the start and does not end.")
@click.option("--client-id", default=sim.CLIENT_ID, show_default=True)
@click.option("--client-secret", default=sim.CLIENT_SECRET, show_default=True)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Callback addresses the app may use; default any.")
@click.option("--cert", type=click.Path(path_type=Path, dir_okay=False), help="Serve HTTPS with this PEM certificate.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="The certificate's PEM key.")
@click.option("--state", "state_file", type=click.Path(path_type=Path, dir_okay=False), help="Keep the shop here.")
def serve(
    port: int,
    host: str,
    name: str,
    currency: str,
    catalog: Path | None,
    products: int | None,
    variants: int,
    number: int,
    no_throttle: bool,
    token: str | None,
    client_id: str,
    client_secret: str,
    redirect_uris: tuple[str, ...],
    cert: Path | None,
    key: Path | None,
    state_file: Path | None,
) -> None:
    """Serve a shop until Ctrl-C."""
    if bool(cert) != bool(key):
        _refuse("--cert and --key belong together; give both.")
    simulator = sim.Simulator(
        client_id=client_id, client_secret=client_secret, redirect_uris=redirect_uris, throttled=not no_throttle
    )
    tenant = simulator.add_shop(name, currency=currency)
    keeper = state.Keeper(tenant, state_file) if state_file else None
    try:
        if not (keeper and keeper.load()):
            _fill(tenant, catalog, products, variants, number)
    except (CatalogError, state.StateError) as error:
        _refuse(str(error))
    if token:
        tenant.token(access=token)
    try:
        server = Server(simulator.app, host, port, (cert, key) if cert and key else None)
    except ServerError as error:
        _refuse(str(error))
    signal.signal(signal.SIGTERM, _stop)
    shop = tenant.shop
    click.echo(f"{shop.title} ({shop.domain}, {len(shop.products)} products) answers at {server.url}")
    sys.stdout.flush()
    if keeper:
        threading.Thread(target=keeper.watch, daemon=True).start()
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
        if keeper:
            keeper.save()


def _fill(tenant: sim.Tenant, catalog: Path | None, products: int | None, variants: int, number: int) -> None:
    if catalog:
        load_file(tenant.shop, catalog)
    elif products is not None:
        seed.synthetic(tenant.shop, products, variants, number)
    else:
        seed.believable(tenant.shop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(2)
