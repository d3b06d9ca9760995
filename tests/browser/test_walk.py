"""Every page, wide and narrow, light and dark, in both languages: nobody complains, neither browser nor axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser_scene import ARTIFACTS, ENTRANCE, make_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
LANGUAGES = ("en", "fr")
# WCAG 2.2 AA and what axe calls best practice; its target-size rule is part of the former.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_sound(visitor: Callable[..., Any], width: int, theme: str, language: str) -> None:
    scene = make_scene()
    alice = scene.cast.alice
    alice.language, alice.theme = language, theme
    alice.save()
    stranger = visitor(width, theme, language)
    faults = [fault for name, path in ENTRANCE.items() for fault in look(stranger, name, path)]
    signed_in = visitor(width, theme, language)
    signed_in.sign_in(alice)
    faults += [fault for name, path in scene.pages().items() for fault in look(signed_in, name, path)]
    assert faults == []


def look(someone: Any, name: str, path: str) -> Iterator[str]:
    """Open a page, keep its picture, and find fault with it."""
    page = someone.open(path)
    page.evaluate("document.fonts.ready.then(() => true)")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}-{someone.label}.png", full_page=True)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        yield f"{name}: scrolls sideways"
    for fault in Axe().run(page, options=RULES).response["violations"]:
        yield f"{name}: {fault['id']} {[node['html'][:160] for node in fault['nodes'][:3]]}"
    yield from someone.complaints
    someone.complaints.clear()
