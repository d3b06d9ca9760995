"""Every string for people is in the catalogue, translated, none is stale, and French is written as French is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stockcraft_messages", ROOT / "tools" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def french(tool: ModuleType) -> list[Message]:
    with (tool.LOCALES / "fr" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return [message for message in read_po(file, locale="fr") if message.id]


def key(message: Message) -> tuple[object, object]:
    # A compiled catalogue gives back its contexts as bytes.
    context = message.context.decode() if isinstance(message.context, bytes) else message.context
    return message.id if isinstance(message.id, str) else tuple(message.id), context


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_catalogue_holds_exactly_the_strings_of_the_source(tool: ModuleType, french: list[Message]) -> None:
    source = {key(message) for message in tool.template(tool.messages()) if message.id}
    kept = {key(message) for message in french}
    assert source - kept == set(), "run `make messages` and translate"
    assert kept - source == set(), "run `make messages`"


def test_every_string_is_translated_and_sure(tool: ModuleType, french: list[Message]) -> None:
    assert not [message.id for message in french if not tool.is_translated(message.string) or message.fuzzy]


def test_placeholders_survive_translation(french: list[Message]) -> None:
    def names(text: str) -> set[str]:
        return set(PLACEHOLDER.findall(text))

    for message in french:
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = set().union(*map(names, sources))
        for text in texts(message):
            assert names(text) == wanted, message.id


def test_french_punctuation_has_its_no_break_spaces_and_apostrophes(french: list[Message]) -> None:
    for message in french:
        for text in texts(message):
            bare = re.sub(r"<[^>]+>|STOCKCRAFT_\S+|%\(\w+\)s|\{\w+!?r?\}|\d\d:\d\d", "x", text)
            assert not re.search(r"[^\u00a0][;?!»]|[^\u00a0:]:(?!//)|«[^\u00a0]|'", bare), text


def test_french_addresses_people_formally(french: list[Message]) -> None:
    familiar = re.compile(r"\b(tu|ton|ta|tes|toi)\b", re.I)
    assert not [text for message in french for text in texts(message) if familiar.search(text)]


def test_compiled_catalogues_say_what_the_source_says(tool: ModuleType, french: list[Message]) -> None:
    with (tool.LOCALES / "fr" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = {key(message): texts(message) for message in read_mo(file) if message.id}
    assert compiled == {key(message): texts(message) for message in french}, "run tools/messages.py compile"
