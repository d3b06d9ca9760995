"""The command line speaks the language of its environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stockcraft.cli.main import COMMANDS, cli, load
from stockcraft.cli.words import help_of, language


def said(*arguments: str, **environment: str) -> str:
    chosen = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "LC_ALL", "LANG")}
    command = [sys.executable, "-m", "stockcraft", *arguments]
    answer = subprocess.run(command, env={**chosen, **environment}, capture_output=True, text=True, check=False)
    return answer.stdout + answer.stderr


def test_help_is_in_french_where_the_environment_is() -> None:
    assert "Lister les synchronisations d’un compte" in said("runs", "--help", LANG="fr_FR.UTF-8")
    assert "Utilisation" in said("runs", "--help", LANGUAGE="fr", LANG="C.UTF-8")
    assert "List an account's syncs" in said("runs", "--help", LANG="de_DE.UTF-8")


def test_what_click_says_is_in_french_too() -> None:
    assert "Option manquante '--account'" in said("runs", LANG="fr_CA.UTF-8")


def test_a_language_we_do_not_have_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    for asked, spoken in (("fr_CA", "fr"), ("de", "en"), ("de:fr", "fr"), ("en", "en")):
        monkeypatch.setenv("LANGUAGE", asked)
        assert language() == spoken


def test_every_command_and_option_explains_itself() -> None:
    for command in (cli, *map(load, COMMANDS)):
        assert all(help_of(command))


def test_a_refusal_is_in_french_too() -> None:
    secrets = {"STOCKCRAFT_SECRET_KEY": "x" * 50, "STOCKCRAFT_ENCRYPTION_KEYS": "x" * 43 + "="}
    answer = said("down", LANG="fr_FR.UTF-8", DATABASE_URL="postgresql://elsewhere/none", **secrets)
    assert answer.startswith("DATABASE_URL désigne un autre serveur")
