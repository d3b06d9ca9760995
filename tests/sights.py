"""The eight ways to see a page: in English and French, wide and narrow, light and dark; and which of them a test takes.

A test that asks for ``sight``, or for what is made from it, is a journey. `make journeys` takes every journey in all
eight; `make test` takes one, or as many as ``@pytest.mark.sights(n)`` says, and the others are marked slow. Which one
depends on nothing but the test's module and its place in it, so that the eight come round in every eight journeys.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple
from zlib import crc32

import pytest

WIDE, NARROW = 1280, 390

# For a journey that works either way; only `make journeys` takes it without.
with_and_without_script = pytest.mark.parametrize(
    "script", [pytest.param(True, id="with-script"), pytest.param(False, id="without", marks=pytest.mark.slow)]
)


class Sight(NamedTuple):
    """A language, the width of the window in pixels, and a theme."""

    language: str
    width: int
    theme: str

    def __str__(self) -> str:
        return "-".join(map(str, self))


# In pairs of opposites: two of a pair show every language, width and theme.
SIGHTS = (
    Sight("en", WIDE, "light"), Sight("fr", NARROW, "dark"),
    Sight("en", NARROW, "light"), Sight("fr", WIDE, "dark"),
    Sight("en", NARROW, "dark"), Sight("fr", WIDE, "light"),
    Sight("en", WIDE, "dark"), Sight("fr", NARROW, "light"),
)  # fmt: skip


def sample(place: int, size: int = 1) -> list[Sight]:
    """So many sights for the journey at this place; the second is the first one's opposite."""
    first = place % len(SIGHTS)
    return [SIGHTS[first ^ step] for step in range(size)]


def place_of(module: ModuleType, name: str) -> int:
    """Where a test stands in its module, counted from a number of the module's own."""
    tests = [each for each in vars(module) if each.startswith("test_")]
    return crc32(module.__name__.rpartition(".")[2].encode()) + tests.index(name)


def spread(metafunc: pytest.Metafunc) -> None:
    """Let a journey be taken in every sight, those outside its sample marked slow."""
    marker = metafunc.definition.get_closest_marker("sights")
    place = place_of(metafunc.module, metafunc.function.__name__)
    chosen = sample(place, *(marker.args if marker else ()))
    journey, slow = pytest.mark.journey, pytest.mark.slow
    each = [pytest.param(one, marks=[journey] if one in chosen else [journey, slow]) for one in SIGHTS]
    metafunc.parametrize("sight", each, ids=str)
