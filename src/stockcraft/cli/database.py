"""The database of this installation: started, brought up to date, and stopped."""

from __future__ import annotations

import time
from gettext import gettext as _

import click

from stockcraft.cli import words
from stockcraft.cli.failures import Refusal
from stockcraft.lib import embedded
from stockcraft.lib.env import ConfigError

# Any number: it only has to be the same in every process that migrates this database.
MIGRATING = 7_320_411
# Seconds in which the embedded server is back after whatever befell it.
PATIENCE = 15.0


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
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError as error:
            if not embedded.is_embedded():
                sentence = _("The database cannot be reached: %(reason)s. Check DATABASE_URL.")
                raise ConfigError(sentence % {"reason": _first_line(error)}) from error
            if time.monotonic() > until:
                sentence = _("The embedded PostgreSQL does not answer: %(reason)s. Its log is %(log)s.")
                words = {"reason": _first_line(error), "log": embedded.folder() / "log"}
                raise ConfigError(sentence % words) from error
        # A server that was killed is still listed as running for a moment.
        time.sleep(0.5)
        embedded.start_again()


def _first_line(error: Exception) -> str:
    """What happened; further lines guess why."""
    return str(error).strip().splitlines()[0]


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
