"""`stockcraft backup` and `stockcraft restore`: the whole installation in one file, and back."""

from __future__ import annotations

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path

import click

from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal
from stockcraft.lib import archive, embedded


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the database and its secrets into FILE, while StockCraft runs or not."""
    _embedded_only()
    embedded.start()
    archive.write(file.absolute())
    words = {"file": file, "size": f"{file.stat().st_size / 1_000_000:.1f}"}
    click.echo(
        _("%(file)s holds the database and its secrets (%(size)s MB). Keep it where only you can read it.") % words
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Put the backup in the place of what the database holds.")
def restore(file: Path, replace: bool) -> None:
    """Bring back what FILE holds, on an empty machine or with --replace in the place of what is here."""
    _embedded_only()
    archive.read(file, replace=replace)
    ready()
    from stockcraft.accounts.models import Account
    from stockcraft.catalog.models import Product

    accounts, products = Account.objects.count(), Product.objects.count()
    words = ngettext(
        "%(n)s account is back (products: %(products)s).", "%(n)s accounts are back (products: %(products)s).", accounts
    )
    click.echo(words % {"n": accounts, "products": products})


def _embedded_only() -> None:
    if not embedded.is_embedded():
        raise Refusal(
            _(
                "DATABASE_URL names another server: back it up with its own pg_dump, and keep "
                "STOCKCRAFT_ENCRYPTION_KEYS with it. docs/self-hosting.md has the commands."
            )
        )
