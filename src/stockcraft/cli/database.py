"""The database of this installation: started, brought up to date, and stopped."""

from __future__ import annotations

from gettext import gettext as _

import click

from stockcraft.cli import words
from stockcraft.cli.failures import Refusal
from stockcraft.lib import embedded
from stockcraft.lib.env import ConfigError

# Any number: it only has to be the same in every process that migrates this database.
MIGRATING = 7_320_411


def ready(*, speaking: bool = True) -> None:
    """Make the database usable: the embedded one is started and brought up to date, another must be so already.

    Raises ConfigError when it cannot be reached. What the application says from then on is in the language of the
    command line, unless it is not ``speaking`` to whoever called it: pages and workers have readers of their own.
    """
    connect()
    if speaking:
        from django.utils import translation

        translation.activate(words.language())
    if not pending():
        return
    if not embedded.is_embedded():
        raise ConfigError(_("The database is not up to date. Run `stockcraft migrate` once, then start again."))
    apply()


def connect() -> None:
    """Start the embedded server if it is ours to start, load Django, and reach the database."""
    embedded.start()
    import django
    from django.db import connection
    from django.db.utils import OperationalError

    django.setup()
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ConfigError(
            _("The database cannot be reached: %(reason)s Check DATABASE_URL.") % {"reason": reason}
        ) from error


def pending() -> bool:
    """Whether migrations wait to be applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def apply() -> None:
    """Apply what waits, once: processes that start together wait for each other."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


@click.command()
def migrate() -> None:
    """Bring the database up to date; safe to run twice."""
    connect()
    if pending():
        apply()
        click.echo(_("The database is up to date now."))
    else:
        click.echo(_("The database was up to date already."))


@click.command()
def down() -> None:
    """Stop the embedded database."""
    if not embedded.is_embedded():
        raise Refusal(_("DATABASE_URL names another server; it is not StockCraft’s to stop."))
    click.echo(_("The database is stopped.") if embedded.stop() else _("The database was not running."))
