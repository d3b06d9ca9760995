"""The `shopsim` command."""

from __future__ import annotations

import math
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from shopsim import remote, seed, seed_awkward, sim, state
from shopsim.desk import TOPICS
from shopsim.hooks import COMPLIANCE, address_problem
from shopsim.load import CatalogError, load_file
from shopsim.objects import MOST_VARIANTS
from shopsim.server import Server, ServerError


@click.group()
def main() -> None:
    """A local Shopify shop, for building, testing and showing without the internet."""


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8081,
    show_default=True,
    help="Where to answer; 0 takes any free port.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--shop", "name", default="maple-and-thread", show_default=True, help="The shop's name.")
@click.option(
    "--shops",
    "count",
    type=click.IntRange(0),
    default=0,
    help="Make so many more shops, NAME-1 and so on, when asked for.",
)
@click.option("--currency", default="USD", show_default=True, help="The shop's ISO currency.")
@click.option("--catalog", type=click.Path(path_type=Path, dir_okay=False), help="Products as normalized JSON Lines.")
@click.option("--awkward", is_flag=True, help="Products at every limit, repeated, empty, renamed and gone instead.")
@click.option("--products", type=click.IntRange(0), help="Make this many products instead of the believable catalogue.")
@click.option(
    "--variants",
    type=click.IntRange(1, MOST_VARIANTS),
    default=5,
    show_default=True,
    help="Variants of each product made.",
)
@click.option("--seed", "number", default=1, show_default=True, help="Of the products made.")
@click.option("--no-throttle", is_flag=True, help="Never run out of points.")
@click.option("--token", help="An access token that is valid from the start and does not end.")
@click.option("--client-id", default=sim.CLIENT_ID, show_default=True)
@click.option("--client-secret", default=sim.CLIENT_SECRET, show_default=True)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Callback addresses the app may use; default any.")
@click.option("--webhook", "webhooks", multiple=True, metavar="TOPIC=URL", help="Send a topic of every shop here.")
@click.option("--webhook-haste", default=1.0, show_default=True, help="How many times faster to retry webhooks.")
@click.option("--any-webhook-address", is_flag=True, help="Take http:// and local addresses for webhooks too.")
@click.option("--cert", type=click.Path(path_type=Path, dir_okay=False), help="Serve HTTPS with this PEM certificate.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="The certificate's PEM key.")
@click.option("--state", "state_file", type=click.Path(path_type=Path, dir_okay=False), help="Keep the shop here.")
def serve(
    port: int,
    host: str,
    name: str,
    count: int,
    currency: str,
    catalog: Path | None,
    awkward: bool,
    products: int | None,
    variants: int,
    number: int,
    no_throttle: bool,
    token: str | None,
    client_id: str,
    client_secret: str,
    redirect_uris: tuple[str, ...],
    webhooks: tuple[str, ...],
    webhook_haste: float,
    any_webhook_address: bool,
    cert: Path | None,
    key: Path | None,
    state_file: Path | None,
) -> None:
    """Serve a shop until Ctrl-C."""
    if bool(cert) != bool(key):
        _refuse("--cert and --key belong together; give both.")
    for uri in redirect_uris:
        if address_problem(uri, any_address=True):
            _refuse(f"--redirect-uri {uri} is no address, as http://127.0.0.1:8000/callback is.")
    if token == "":
        _refuse("--token is empty; write one, as in --token shpat_mine.")
    simulator = sim.Simulator(
        client_id=client_id, client_secret=client_secret, redirect_uris=redirect_uris, throttled=not no_throttle
    )
    _webhooks(simulator, webhooks, webhook_haste, any_webhook_address)
    fill = _filler(catalog, awkward, products, variants, number)
    try:
        tenant = simulator.add_shop(name, currency=currency)
        simulator.add_many(name, count, fill, currency=currency)
        keeper = state.Keeper(tenant, state_file) if state_file else None
        if not (keeper and keeper.load()):
            fill(tenant)
        if keeper:
            keeper.save()
    except (CatalogError, state.StateError, ValueError) as error:
        _refuse(str(error))
    if token:
        tenant.token(access=token)
    try:
        server = Server(simulator.app, host, port, (cert, key) if cert and key else None)
    except ServerError as error:
        _refuse(str(error))
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number_of_signal, lambda _signal, _frame: server.stop())
    shop = tenant.shop
    click.echo(f"{shop.title} ({shop.domain}, {len(shop.products)} products) answers at {server.url}")
    sys.stdout.flush()
    if keeper:
        threading.Thread(target=keeper.watch, daemon=True).start()
    server.serve()
    if keeper:
        keeper.save()


main.add_command(remote.edit)


def _webhooks(simulator: sim.Simulator, webhooks: tuple[str, ...], haste: float, any_address: bool) -> None:
    known = {*TOPICS.values(), *COMPLIANCE}
    for webhook in webhooks:
        topic, is_pair, uri = webhook.partition("=")
        if not is_pair or address_problem(uri, any_address=True):
            _refuse(f"--webhook {webhook} is not TOPIC=URL, as in products/update=http://127.0.0.1:8000/hooks.")
        if topic not in known:
            _refuse(f"--webhook {webhook}: There is no topic {topic}. There are {', '.join(sorted(known))}.")
        simulator.listen(topic, uri)
    if not (0 < haste < math.inf):
        _refuse("--webhook-haste must be more than 0.")
    simulator.courier.haste = haste
    if any_address:
        simulator.allow_any_webhook_address()


def _filler(
    catalog: Path | None, awkward: bool, products: int | None, variants: int, number: int
) -> Callable[[sim.Tenant], None]:
    """What fills a shop; the believable catalogue where nothing else is asked for."""
    if sum((catalog is not None, awkward, products is not None)) > 1:
        _refuse("--catalog, --awkward and --products are three ways to fill a shop; choose one.")
    if catalog:
        return lambda tenant: load_file(tenant.shop, catalog)
    if awkward:
        return lambda tenant: seed_awkward.awkward(tenant.shop)
    if products is not None:
        return lambda tenant: seed.synthetic(tenant.shop, products, variants, number)
    return lambda tenant: seed.believable(tenant.shop)


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(2)
