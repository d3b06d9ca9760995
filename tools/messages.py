"""Gathers the strings for people into the message catalogues, and compiles these, without GNU gettext.

    tools/messages.py gather     brings locale/*/LC_MESSAGES/django.po up to date with the code and the templates
    tools/messages.py compile    writes django.mo beside each django.po

English is the language of the code, so its catalogue is the code itself.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "stockcraft"
LOCALES = SOURCE / "web" / "locale"
LANGUAGES = ("fr",)

# Which functions take strings for people, and which of their arguments are which: c is the context.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

Message = tuple[str | tuple[str, ...], str | None, str]


def messages() -> Iterator[Message]:
    """Every string for people: itself (or singular and plural), its context, and the file it is in."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield from _extracted(path.read_bytes(), path)
    yield from _command_help()
    for path in sorted((SOURCE / "web" / "templates").rglob("*.html")):
        yield from _extracted(_as_python(path), path)


def _command_help() -> Iterator[Message]:
    """What `--help` says of each command, which is its docstring and its options' help."""
    from stockcraft.cli.main import COMMANDS, cli, load
    from stockcraft.cli.words import help_of

    for name, module in [("", "stockcraft.cli.main"), *sorted(COMMANDS.items())]:
        for text in help_of(load(name) if name else cli):
            yield text, None, f"src/{module.replace('.', '/')}.py"


def _as_python(path: Path) -> bytes:
    """A template with its translation tags written as calls; the rest is blanked out by Django."""
    from django.utils.translation.template import templatize

    calls = templatize(path.read_text(), origin=str(path))
    # The blanked-out text keeps its indentation, which is not Python's.
    return "\n".join(line.strip() for line in calls.splitlines()).encode()


def _extracted(source: bytes, path: Path) -> Iterator[Message]:
    name = path.relative_to(ROOT).as_posix()
    for _line, message, _comments, context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        yield message, context, name


def template(found: Iterable[Message]) -> Catalog:
    """The strings as a catalogue without translations."""
    catalog = Catalog(domain="django", project="StockCraft", charset="utf-8")
    for message, context, name in found:
        catalog.add(message, locations=[(name, 0)], context=context)
    return catalog


def gather() -> None:
    """Add what is new to each catalogue and drop what is gone; existing translations stay."""
    wanted = template(messages())
    for language in LANGUAGES:
        path = LOCALES / language / "LC_MESSAGES" / "django.po"
        catalog = _read(path, language)
        catalog.update(wanted, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        _write(path, catalog)
        missing = sum(1 for message in catalog if message.id and not is_translated(message.string))
        print(f"{path.relative_to(ROOT)}: {len(catalog)} strings, {missing} to translate")


def is_translated(string: str | Iterable[str] | None) -> bool:
    """Whether a translation, or every plural form of one, is there."""
    return all(string) if isinstance(string, tuple | list) and string else bool(string)


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, domain="django", project="StockCraft", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django", charset="utf-8")


def _write(path: Path, catalog: Catalog) -> None:
    text = io.BytesIO()
    # Without line numbers and dates a catalogue changes only when its strings do.
    write_po(text, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False)
    lines = [line for line in text.getvalue().decode().splitlines() if not line.startswith(_VOLATILE)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n")


_VOLATILE = (
    '"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team', '"Report-Msgid', '"Generated-By',
    "# FIRST AUTHOR", "# Copyright", "# This file is", "# French translations", "#, fuzzy", '"Project-Id-Version',
)  # fmt: skip


def compile_catalogues() -> None:
    """Write the form that programs read beside each catalogue."""
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parts[-3], domain="django")
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)


if __name__ == "__main__":
    commands = {"gather": gather, "compile": compile_catalogues}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
