"""`stockcraft connect`: tie a shop to an account with a token."""

from __future__ import annotations

from gettext import gettext as _

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import NotConnected
from stockcraft.cli.lookup import account_named


@click.command()
@click.argument("shop")
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--token", required=True, help="An Admin API access token with read_products.")
@click.option("--url", default="", help="Another address than the shop's own, for simulators.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def connect(shop: str, slug: str, token: str, url: str, as_json: bool) -> None:
    """Connect SHOP (a name, an address or an admin URL) to an account; the token is tried first."""
    ready()
    from shopsync.errors import SyncError
    from shopsync.shopify.oauth import TokenGrant, normalise_shop
    from stockcraft.connections import connecting
    from stockcraft.connections.models import Connection

    account = account_named(slug)
    grant = TokenGrant(access_token=token.strip())
    try:
        connection = connecting.connect(
            account, normalise_shop(shop), grant, Connection.Grant.PASTED, base_url=url.strip()
        )
    except SyncError as error:
        raise NotConnected(error) from error
    if as_json:
        output.show(
            {
                "id": connection.pk,
                "shop": connection.shop_domain,
                "name": connection.shop_name,
                "currency": connection.currency,
                "scopes": connection.scopes,
                "status": connection.status,
            }
        )
    else:
        words = {"name": connection.shop_name, "shop": connection.shop_domain, "slug": account.slug}
        click.echo(_("%(name)s (%(shop)s) is connected to %(slug)s.") % words)
