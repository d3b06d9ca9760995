"""The documents tell what there is: every command, setting and exit code, and no link into nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from every_page import FOR_ALL, FOR_MEMBERS, written
from stockcraft.cli import failures
from stockcraft.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_documented(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    text = read("docs/cli.md")
    assert f"`stockcraft {name}" in text
    subcommands = command.commands.values() if isinstance(command, click.Group) else [command]
    for subcommand in subcommands:
        for parameter in subcommand.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in text, f"{name} {parameter.opts[0]}"


def test_every_setting_is_documented() -> None:
    text = read("docs/self-hosting.md")
    sources = [ROOT / "src/stockcraft/settings.py", *(ROOT / "src/stockcraft/lib").glob("*.py")]
    used = {
        name for source in sources for name in re.findall(r'"(STOCKCRAFT_[A-Z_]+|DATABASE_URL)"', source.read_text())
    }

    assert used
    for name in sorted(used):
        known = name in text or (name.startswith("STOCKCRAFT_EMAIL") and name.removeprefix("STOCKCRAFT_EMAIL") in text)
        assert known, name


def test_every_exit_code_is_documented() -> None:
    text = read("docs/cli.md")

    codes = {value for name, value in vars(failures).items() if name.isupper() and type(value) is int}
    for code in codes:
        assert f"| {code} |" in text


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_page_has_its_picture() -> None:
    """The pictures are those of the list that the browser tests walk; `make pages` takes those that are missing."""
    names = [*FOR_MEMBERS, *FOR_ALL]
    assert read("docs/pages.md") == written(FOR_MEMBERS | FOR_ALL)
    assert sorted(path.stem for path in (ROOT / "docs/images/pages").iterdir()) == sorted(names)
