"""`stockcraft export`: an account's products with their variants, as JSON Lines or CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path

import click

from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal
from stockcraft.cli.lookup import account_named


@click.command()
@click.option("--account", "slug", required=True, help="The account's slug.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: standard output.")
@click.option("--all", "include_archived", is_flag=True, help="Archived products too.")
def export(slug: str, form: str, out: Path | None, include_archived: bool) -> None:
    """Write every live product with its variants, in the shop's order."""
    ready()
    from stockcraft.catalog.export import export_csv, export_jsonl

    account = account_named(slug)
    write: Callable[..., int] = export_jsonl if form == "jsonl" else export_csv
    if out is None:
        write(account, sys.stdout, include_archived=include_archived)
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            write(account, file, include_archived=include_archived)
    except OSError as error:
        raise Refusal(_("%(file)s cannot be written: %(reason)s.") % {"file": out, "reason": error.strerror}) from error
