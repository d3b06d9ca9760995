"""Every page, wide and narrow, light and dark, in both languages: nobody complains, neither browser nor axe.

A page is loaded once in each language and seen in all four combinations of width and theme without being loaded again.
That finds what loading it four times would find, because width and theme reach a page through the style sheet alone:
the server is not told the width, no script asks for either, and neither answers to them (the last test here).

Every rule of axe runs at each width, for width moves and hides. A theme changes colours and nothing else, which is not
taken on trust: on every page, at each width, all elements must have the same boxes in both themes. So in the other
theme only the rules that read colours run again. That a saved theme wins over the system's has a test of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page

from browser_scene import ARTIFACTS, ENTRANCE, make_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# WCAG 2.2 AA and what axe calls best practice; its target-size rule is part of the former. Told that only violations
# matter, axe does not describe everything that is in order; without preloading it does not fetch the style sheets again
# for rules that are still experiments, and not among these.
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN_AXE = """async (rules) => {
  const found = await axe.run({ runOnly: rules, resultTypes: ["violations"], preload: false });
  return found.violations.map(({ id, nodes }) => `${id} ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))}`);
}"""
# Transitions between the themes would be caught halfway.
SETTLE = "() => document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish())"
# In one go, so that no live part changes in between.
SAME_BOXES = """() => {
  const root = document.documentElement;
  const saved = root.getAttribute("data-theme");
  const boxes = (theme) => {
    root.setAttribute("data-theme", theme);
    return JSON.stringify(Array.from(document.querySelectorAll("body *"), (element) =>
      [element.checkVisibility({ visibilityProperty: true, opacityProperty: true }), element.getBoundingClientRect()]));
  };
  const same = boxes("light") === boxes("dark");
  saved === null ? root.removeAttribute("data-theme") : root.setAttribute("data-theme", saved);
  return same;
}"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
CANVAS = {"light": "rgb(246, 245, 241)", "dark": "rgb(19, 18, 16)"}
# Width and height, then the themes: all rules in the first, those of colours in the other.
SIGHTS = (((1280, 900), ("light", "dark")), ((390, 844), ("dark", "light")))


@pytest.mark.parametrize("signed_in", [False, True], ids=["stranger", "alice"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_sound(visitor: Callable[..., Any], language: str, signed_in: bool) -> None:
    scene = make_scene()
    scene.cast.alice.language = language
    scene.cast.alice.save()
    someone = visitor(language=language)
    if signed_in:
        someone.sign_in(scene.cast.alice)
    pages = scene.pages() if signed_in else ENTRANCE
    assert [fault for name, path in pages.items() for fault in look(someone, name, path)] == []


def look(someone: Any, name: str, path: str) -> Iterator[str]:
    """Open a page, look at it from all sides, and find fault with it."""
    page = someone.open(path)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate(Axe().axe_script)
    for (width, height), themes in SIGHTS:
        page.set_viewport_size({"width": width, "height": height})
        for theme, rules in zip(themes, (EVERY_RULE, COLOUR_RULES), strict=True):
            page.emulate_media(color_scheme=theme)
            page.evaluate(SETTLE)
            sight = f"{name} at {width}, {theme}"
            yield from (f"{sight}: {fault}" for fault in page.evaluate(RUN_AXE, rules))
            keep_picture(page, f"{name}-{width}-{theme}-{someone.language}")
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            yield f"{name} at {width}: scrolls sideways"
        if not page.evaluate(SAME_BOXES):
            yield f"{name} at {width}: a theme moves or hides something"
    yield from someone.complaints
    someone.complaints.clear()


def keep_picture(page: Page, name: str) -> None:
    """With PICTURES set, keep what is seen now; a picture takes as long as a look."""
    if os.environ.get("PICTURES"):
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("saved", "system"), [("light", "dark"), ("dark", "light")])
def test_a_saved_theme_wins_over_the_systems(visitor: Callable[..., Any], saved: str, system: str) -> None:
    scene = make_scene()
    scene.cast.alice.theme = saved
    scene.cast.alice.save()
    alice = visitor(theme=system)
    alice.sign_in(scene.cast.alice)
    for name in ("integrations-connected", "products", "sync-run", "sync-history"):
        page = alice.open(scene.pages()[name])
        assert page.evaluate(BACKGROUND) == CANVAS[saved], name
        page.evaluate(Axe().axe_script)
        assert page.evaluate(RUN_AXE, COLOUR_RULES) == [], name
    assert visitor(theme=system).open("/accounts/login/").evaluate(BACKGROUND) == CANVAS[system]


def test_width_and_theme_reach_pages_through_the_style_sheet_alone() -> None:
    web = Path(settings.BASE_DIR) / "web"
    asking = re.compile(r"matchMedia|innerWidth|innerHeight|clientWidth|offsetWidth|screen\.|ResizeObserver|'resize'")
    assert not asking.search((web / "static/js/stockcraft.js").read_text().replace('"', "'"))
    # Themes go by color-scheme, which the saved choice sets too; a query for the system's would not see that choice.
    assert "prefers-color-scheme" not in (web / "static/css/stockcraft.css").read_text()
    for template in (web / "templates").rglob("*.html"):
        assert not re.search(r"<source|srcset=|\bmedia=", template.read_text()), template
