"""`stockcraft keys`: the keys that encrypt tokens at rest."""

from __future__ import annotations

from gettext import gettext as _
from gettext import ngettext

import click

from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal


@click.group()
def keys() -> None:
    """The keys that encrypt tokens and secrets in the database."""


@keys.command("new")
def new() -> None:
    """Print a new key, to be put first in STOCKCRAFT_ENCRYPTION_KEYS."""
    from stockcraft.lib.secrets import new_encryption_key

    click.echo(new_encryption_key())


@keys.command("rotate")
def rotate() -> None:
    """Encrypt everything with the newest key; runs and pages go on meanwhile."""
    ready()
    from cryptography.fernet import InvalidToken

    from stockcraft.lib import rotation

    try:
        done = rotation.rotate()
    except InvalidToken as error:
        raise Refusal(
            _(
                "A stored secret was made with a key that is no longer known. Add that key at the end of "
                "STOCKCRAFT_ENCRYPTION_KEYS and rotate again, or connect the shop again."
            )
        ) from error
    words = ngettext(
        "%(n)s secret is encrypted with the newest key.", "%(n)s secrets are encrypted with the newest key.", done
    )
    click.echo(words % {"n": done})
