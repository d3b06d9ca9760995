"""The commands that steer a shop which is being served elsewhere, through its control API."""

from __future__ import annotations

from typing import Any, NoReturn

import click
import httpx
import msgspec

ADDRESS = "http://127.0.0.1:8081"


class Steered:
    """A served shop."""

    def __init__(self, url: str, shop: str | None) -> None:
        self._url = f"{url.rstrip('/')}{f'/shops/{shop}' if shop else ''}/_sim"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One control request; what goes wrong ends the command in a sentence."""
        try:
            # The certificate is one of the desk's own making, if any.
            answer = httpx.request(method, f"{self._url}{path}", json=body, verify=False, timeout=30)  # noqa: S501
        except (httpx.HTTPError, httpx.InvalidURL):
            _refuse(
                f"No shop answers at {self._url.removesuffix('/_sim')}. Start one with `shopsim serve`, or say --url."
            )
        try:
            body = answer.json()
        except ValueError:
            _refuse(f"What answers at {self._url.removesuffix('/_sim')} is no simulated shop. Say --url.")
        if answer.is_error:
            _refuse("There is no such shop." if body["errors"] == "Not Found" else body["errors"])
        return body

    def edit(self, action: str, **values: Any) -> None:
        """Make an edit and say what the next sync will see."""
        click.echo(self.ask("POST", "/edit", {"action": action, **values})["said"])


@click.group()
@click.option("--url", default=ADDRESS, show_default=True, envvar="SHOPSIM_URL", help="Where the shop is served.")
@click.option("--shop", help="Which shop, where several are served.")
@click.pass_context
def edit(context: click.Context, url: str, shop: str | None) -> None:
    """Edit a shop that is being served; each command says what the next sync will see.

    A product is named by its number or its title, a variant by its number or its SKU.
    """
    context.obj = Steered(url, shop)


@edit.command()
@click.pass_obj
def products(shop: Steered) -> None:
    """List every product with its variants."""
    for product in shop.ask("GET", "/products"):
        click.echo(f"{product['id']}  {product['status'].lower():8}  {product['title']}")
        for variant in product["variants"]:
            click.echo(f"    {variant['id']}  {variant['price']:>9}  {variant['sku'] or '-'}  {variant['title']}")


@edit.command()
@click.argument("title")
@click.option("--price", default="10.00", show_default=True)
@click.pass_obj
def add(shop: Steered, title: str, price: str) -> None:
    """Add a product."""
    shop.edit("add", title=title, price=price)


@edit.command()
@click.argument("product")
@click.argument("title")
@click.pass_obj
def rename(shop: Steered, product: str, title: str) -> None:
    """Give a product another title."""
    shop.edit("rename", product=product, title=title)


@edit.command()
@click.argument("product")
@click.argument("status", type=click.Choice(("active", "draft", "archived", "unlisted")))
@click.pass_obj
def status(shop: Steered, product: str, status: str) -> None:
    """Give a product another status."""
    shop.edit(status.upper(), product=product)


@edit.command()
@click.argument("product")
@click.pass_obj
def delete(shop: Steered, product: str) -> None:
    """Delete a product for good."""
    shop.edit("delete", product=product)


@edit.command()
@click.argument("variant")
@click.argument("price")
@click.pass_obj
def price(shop: Steered, variant: str, price: str) -> None:
    """Change a variant's price."""
    shop.edit("price", variant=variant, price=price)


@edit.command(context_settings={"ignore_unknown_options": True})
@click.argument("variant")
@click.argument("by", type=int)
@click.pass_obj
def stock(shop: Steered, variant: str, by: int) -> None:
    """Change a variant's stock, as in `stock BOWL-01 5` or `stock BOWL-01 -1`."""
    shop.edit("stock", variant=variant, by=str(by))


@edit.command("remove-variant")
@click.argument("variant")
@click.pass_obj
def remove_variant(shop: Steered, variant: str) -> None:
    """Remove a variant from its product."""
    shop.edit("remove_variant", variant=variant)


@edit.command()
@click.argument("switches", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--clear", is_flag=True, help="Switch all of them off first.")
@click.pass_obj
def faults(shop: Steered, switches: tuple[str, ...], clear: bool) -> None:
    """Switch faults on, as in throttle=3 or frozen=true; without any, show them all."""
    if clear:
        shop.edit("clear")
    if switches:
        shop.edit("fault", faults=dict(_switch(one) for one in switches))
    elif not clear:
        for name, value in shop.ask("GET", "/faults").items():
            click.echo(f"{name}={msgspec.json.encode(value).decode()}")


def _switch(text: str) -> tuple[str, Any]:
    name, is_pair, value = text.partition("=")
    if not is_pair:
        _refuse(f"{text} is not NAME=VALUE, as in throttle=3.")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(2)
