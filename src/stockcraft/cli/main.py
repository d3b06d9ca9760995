"""The command's frame: its subcommands, loaded when used, and one place where expected failures become a sentence."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from stockcraft.cli import words
from stockcraft.cli.failures import Refusal, exit_code, explain

# Command → module; a module is imported only when its command runs, so that `--help` is quick.
COMMANDS = {
    "accounts": "stockcraft.cli.accounts",
    "approve": "stockcraft.cli.decide",
    "backup": "stockcraft.cli.backup",
    "connect": "stockcraft.cli.connect",
    "demo": "stockcraft.cli.demo",
    "doctor": "stockcraft.cli.doctor",
    "down": "stockcraft.cli.database",
    "export": "stockcraft.cli.export",
    "keys": "stockcraft.cli.keys",
    "migrate": "stockcraft.cli.database",
    "operators": "stockcraft.cli.operators",
    "restore": "stockcraft.cli.backup",
    "runs": "stockcraft.cli.runs",
    "serve": "stockcraft.cli.serve",
    "sync": "stockcraft.cli.sync",
    "undo": "stockcraft.cli.decide",
    "up": "stockcraft.cli.up",
    "worker": "stockcraft.cli.worker",
}


class Commands(click.Group):
    """Finds a subcommand in its own module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every subcommand, by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name."""
        if cmd_name not in COMMANDS:
            return None
        return words.translated(load(cmd_name))


def load(name: str) -> click.Command:
    """The command of this name, from its own module."""
    command: click.Command = getattr(importlib.import_module(COMMANDS[name]), name)
    return command


@click.group(cls=Commands)
@click.version_option(package_name="stockcraft")
def cli() -> None:
    """StockCraft: copies a Shopify catalogue, one way, every day and on demand."""


def main() -> None:
    """Run the command line; expected failures end in one sentence and the exit code of their remedy."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit code. Nothing but the unexpected shows a traceback."""
    words.listen()
    try:
        result: Any = words.translated(cli).main(arguments, prog_name="stockcraft", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        if "--json" not in arguments:
            error.show()
            return error.exit_code
        return _refuse(Refusal(error.format_message()), arguments)
    except Exception as error:
        if exit_code(error) is None:
            raise
        return _refuse(error, arguments)
    return result if isinstance(result, int) else 0


def _refuse(error: Exception, arguments: list[str]) -> int:
    explain(error, as_json="--json" in arguments)
    return exit_code(error) or 1
