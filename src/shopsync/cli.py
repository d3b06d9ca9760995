"""The `shopsync` command: the engine on its own, reading a shop into a file and comparing two such files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import click
import msgspec

from shopsync.changes import Archive, Change, Create, Update
from shopsync.digest import digest
from shopsync.errors import Reconnect, RetryLater, SyncError
from shopsync.ports import Source
from shopsync.route import Way
from shopsync.run import sync
from shopsync.shopify.client import API_VERSION, Client, FixedToken
from shopsync.shopify.oauth import NotAShop, normalise_shop
from shopsync.shopify.pages import ShopifySource
from shopsync.stores.memory import MemoryCatalogue
from shopsync.values import Page, ShopProduct

# As sysexits has them, so that scripts can tell "later" from "act".
STOP, RETRY_LATER, RECONNECT = 65, 75, 77

_line = msgspec.json.Decoder(ShopProduct)
_shop = click.argument("shop")
_token = click.option("--token", required=True, envvar="SHOPSYNC_TOKEN", help="An Admin API token with read_products.")
_url = click.option("--url", help="Another address than the shop's own, such as a simulator's.")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def main() -> None:
    """Run the command line; an expected failure ends in one sentence and the exit code of its remedy."""
    try:
        commands()
    except SyncError as error:
        click.echo(f"{error} [{error.code}]", err=True)
        sys.exit(exit_code(error))


def exit_code(error: SyncError) -> int:
    """The exit code that tells a script what to do about an error."""
    if isinstance(error, RetryLater):
        return RETRY_LATER
    return RECONNECT if isinstance(error, Reconnect) else STOP


@click.group()
def commands() -> None:
    """Read a Shopify shop, and compare what was read. Nothing is ever written to Shopify."""


@commands.command()
@_shop
@_token
@_url
@click.option("--out", type=click.File("wb"), default="-", help="Where the products go, one JSON object a line.")
def pull(shop: str, token: str, url: str | None, out: IO[bytes]) -> None:
    """Read all products of SHOP with all their variants, in order of creation."""
    with _client(shop, token, url) as client:
        read = unreadable = 0
        for page in _pages(ShopifySource(client)):
            out.writelines(msgspec.json.encode(product) + b"\n" for product in page.products)
            for broken in page.unreadable:
                click.echo(f"Left out: {broken.title or broken.shop_id}. {broken.why}", err=True)
            read, unreadable = read + len(page.products), unreadable + len(page.unreadable)
        summary = f"{read} products, {client.requests} requests, {client.points:g} points"
        click.echo(summary + (f", {unreadable} left out" if unreadable else ""), err=True)


@commands.command()
@_shop
@_token
@_url
def status(shop: str, token: str, url: str | None) -> None:
    """Say what SHOP is and what the token may do there."""
    with _client(shop, token, url) as client:
        source = ShopifySource(client)
        found = source.shop()
        click.echo(f"{found.name} ({found.domain}), {found.currency}")
        click.echo(f"{source.count()} products")
        click.echo(f"scopes: {', '.join(sorted(source.granted_scopes())) or 'none'}")
        served = "" if client.version_is_served else f", answered by {client.served_version}"
        click.echo(f"API version {API_VERSION}{served}")


@commands.command(name="diff")
@click.argument("old", type=_file)
@click.argument("new", type=_file)
def compare(old: Path, new: Path) -> None:
    """Say what changed between two files that `pull` wrote."""
    catalogue = MemoryCatalogue()
    for product in _read(old):
        catalogue.add(product, digest=digest(product))
    shop = _File(_read(new))
    sync(shop, catalogue)
    changes = catalogue.outcomes()
    if catalogue.plan():
        # Nothing is written to anyone's catalogue here, so nobody has to confirm what is unusually much.
        catalogue.approve()
        sync(shop, catalogue)
        changes = {**changes, **catalogue.outcomes()}
    for _, change in sorted(changes.items()):
        for line in _told(change):
            click.echo(line)


class _File:
    """A pulled file as a source of one page."""

    def __init__(self, products: Sequence[ShopProduct]) -> None:
        self._products = tuple(products)

    def count(self) -> int:
        return len(self._products)

    def changed(self, since: datetime) -> int:
        return len(self._products)

    def start(self, way: Way) -> str | None:
        return None

    def read(self, cursor: str | None) -> Page:
        return Page(self._products)

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        return Page(tuple(product for product in self._products if product.id in set(shop_ids)))


def _client(shop: str, token: str, url: str | None) -> Client:
    try:
        return Client(normalise_shop(shop), FixedToken(token), base_url=url, on_wait=_waiting)
    except NotAShop as error:
        raise click.BadParameter(str(error), param_hint="SHOP") from error


def _waiting(seconds: float) -> None:
    click.echo(f"Waiting {seconds:.0f} s for Shopify …", err=True)


def _pages(source: Source) -> Iterator[Page]:
    page = source.read(None)
    yield page
    while page.cursor:
        page = source.read(page.cursor)
        yield page


def _read(path: Path) -> list[ShopProduct]:
    with path.open("rb") as lines:
        try:
            return [_line.decode(line) for line in lines if line.strip()]
        except msgspec.MsgspecError as error:
            raise click.ClickException(f"{path} was not written by `shopsync pull`: {error}.") from error


def _told(change: Change) -> Iterator[str]:
    """A change in a line for people, with one more for each field that differs."""
    match change:
        case Create(product):
            yield f"+ {product.id} {product.title}"
        case Archive(_, shop_id, title):
            yield f"- {shop_id} {title}"
        case Update(_, product, _, fields):
            yield f"~ {product.id} {product.title}"
            for field in fields:
                where = f"{field.variant}: " if field.variant else ""
                yield f"    {where}{field.field}: {_shown(field.before)} → {_shown(field.after)}"


def _shown(value: object) -> str:
    return "–" if value is None else msgspec.json.encode(value).decode()
