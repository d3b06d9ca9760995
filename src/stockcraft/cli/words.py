"""The language of the command line: the environment's (LANGUAGE, LC_ALL, LC_MESSAGES or LANG), where we have it.

Help, sentences and click's own words come from the message catalogue of the pages, read by Python's gettext, so that
`--help` need not load Django. Pages and workers are not touched: they speak the reader's language.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path

import click

DOMAIN = "django"
LOCALES = Path(__file__).resolve().parent.parent / "web" / "locale"


def gettext_noop(text: str) -> str:
    """Mark a string for the catalogue."""
    return text


# What click says of itself, in its own way of writing.
CLICKS_OWN = (
    gettext_noop("Usage:"),
    gettext_noop("Options"),
    gettext_noop("Commands"),
    gettext_noop("Show this message and exit."),
    gettext_noop("Show the version and exit."),
    gettext_noop("default: {default}"),
    gettext_noop("required"),
    gettext_noop("Error: {message}"),
    gettext_noop("Try '{command} {option}' for help."),
    gettext_noop("Missing option"),
    gettext_noop("Missing argument"),
    gettext_noop("Missing command."),
    gettext_noop("No such command {name!r}."),
    gettext_noop("No such option {name!r}."),
    gettext_noop("Option {name!r} does not take a value."),
    gettext_noop("Invalid value: {message}"),
    gettext_noop("Invalid value for {param_hint}: {message}"),
    gettext_noop("{value} is not in the range {range}."),
    gettext_noop("{value!r} is not a valid {number_type}."),
    gettext_noop("{name} {filename!r} does not exist."),
    gettext_noop("{name} {filename!r} is a directory."),
    gettext_noop("{name} {filename!r} is a file."),
    gettext_noop("Repeat for confirmation"),
    gettext_noop("Error: The two entered values do not match."),
)


def listen() -> None:
    """Have Python's gettext, and with it click, look in our catalogue."""
    gettext.bindtextdomain(DOMAIN, str(LOCALES))
    gettext.textdomain(DOMAIN)


def language() -> str:
    """The language that the environment asks for and we have; English otherwise."""
    found = gettext.find(DOMAIN, str(LOCALES))
    return Path(found).relative_to(LOCALES).parts[0] if found else "en"


def translated(command: click.Command) -> click.Command:
    """The command, with its help and that of its options and subcommands in the language of the environment."""
    for part in _parts(command):
        if part.help:
            part.help = gettext.gettext(part.help)
        for option in _options(part):
            if option.help:
                option.help = gettext.gettext(option.help)
    return command


def help_of(command: click.Command) -> Iterator[str]:
    """Every help text of the command, its options and subcommands, in English: for the catalogue."""
    for part in _parts(command):
        yield from filter(None, [part.help, *(option.help for option in _options(part))])


def _parts(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            yield from _parts(subcommand)


def _options(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]
