"""Every page, and every form that comes back, wide and narrow, light and dark, in both languages: nobody complains,
neither browser nor axe.

A page is loaded once in each language, and every rule of axe runs at each width: in one theme in English, in the other
in French. That finds what loading it in all eight combinations would find, for these reasons, none taken on trust:

- Width and theme reach a page through the style sheet alone: the server is not told the width, no script asks for
  either (tested last here), and that a saved theme wins over the system's has a test of its own.
- A theme changes colours and nothing else: on every page, in each language, at each width, all elements must have the
  same boxes in both themes. So only the rules that read colours could find more in the other theme.
- A language changes words and where they stand, but no element and no colour: neither the style sheet nor a template
  asks for it, and the help and the catalogue have the same markup in both (tested last too). So those rules find
  in one language what they would find in the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.mofile import read_mo
from django.conf import settings
from playwright.sync_api import Page

from browser_scene import ARTIFACTS, Scene, make_scene
from every_page import FOR_ALL, FOR_MEMBERS
from sent_back import SENT_BACK

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("faulty_urls"),
]

# WCAG 2.2 AA and what axe calls best practice; its target-size rule is part of the former. Told what matters, axe does
# not describe everything that is in order; without preloading it does not fetch the style sheets again for rules that
# are still experiments, and not among these. It leaves text of its ground's own colour to a person: none of ours is.
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN_AXE = """async (rules) => {
  const found = await axe.run({ runOnly: rules, resultTypes: ["violations", "incomplete"], preload: false });
  const unseen = found.incomplete.map((one) => ({ ...one, nodes: one.nodes.filter(
    ({ any }) => any.some(({ data }) => data?.messageKey === "equalRatio")) })).filter(({ nodes }) => nodes.length);
  return [...found.violations, ...unseen].map(
    ({ id, nodes }) => `${id} ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))}`);
}"""
# Transitions between the themes, and a dialog that rises, would be caught halfway; what turns for ever stays.
SETTLE = """() => document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).forEach((one) => one.finish())"""
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
# What reaches beyond the element it stands in, and is neither cut off nor scrolled there, lies over what is beside it.
RUNS_OUT = """() => Array.from(document.querySelectorAll("body *:not(svg *)")).filter((one) => {
  const style = getComputedStyle(one), above = one.parentElement, place = above.getBoundingClientRect();
  const isMeantTo = /absolute|fixed/.test(style.position) || /-/.test(style.marginInline) || !place.width;
  const isOpen = getComputedStyle(above).overflowX === "visible";
  const isWider = isOpen && one.getBoundingClientRect().right > place.right + 1;
  const areWords = !one.childElementCount && style.overflowX === "visible" && one.clientWidth
    && one.scrollWidth > one.clientWidth + 1;
  return one.checkVisibility() && !isMeantTo && (isWider || areWords);
}).map((one) => `${one.outerHTML.slice(0, 120)}`).slice(-3)"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
CANVAS = {"light": "rgb(246, 245, 241)", "dark": "rgb(19, 18, 16)"}
ELEMENT = re.compile(r"<[a-z][^>]*>")
SIZES = ((1280, 900), (390, 844))
# The theme at each of these sizes.
THEMES = {"en": ("light", "dark"), "fr": ("dark", "light")}
# So that one test does not take minutes, and two processes share them.
PARTS = 3


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_sound(visitor: Callable[..., Any], language: str, part: int) -> None:
    scene = make_scene()
    scene.cast.alice.language = language
    scene.cast.alice.save()
    stranger, alice = visitor(language=language), visitor(language=language)
    alice.sign_in(scene.cast.alice)
    visits = [(stranger, name) for name in FOR_ALL] + [(alice, name) for name in FOR_MEMBERS]
    visits += [(stranger if form.is_for_all else alice, name) for name, form in SENT_BACK.items()]
    assert [fault for someone, name in visits[part::PARTS] for fault in look(someone, scene, name)] == []


def look(someone: Any, scene: Scene, name: str) -> Iterator[str]:
    """Open a page, or a form that came back, look at it from both sides, and find fault with it."""
    form = SENT_BACK.get(name)
    shown = (FOR_ALL | FOR_MEMBERS)[form.page if form else name]
    page = someone.open(scene.address_of(shown))
    if form:
        form.send(page)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate(Axe().axe_script)
    for (width, height), theme in zip(SIZES, THEMES[someone.language], strict=True):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLE)
        sight = f"{name} at {width} px, {theme}, {someone.language}"
        yield from (f"{sight}: {fault}" for fault in page.evaluate(RUN_AXE, EVERY_RULE))
        keep_picture(page, f"{name}-{width}-{theme}-{someone.language}")
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            yield f"{sight}: scrolls sideways"
        yield from (f"{sight}: runs out of its place: {element}" for element in page.evaluate(RUNS_OUT))
        if not page.evaluate(SAME_BOXES):
            yield f"{sight}: the other theme moves or hides something"
    said = f"the server responded with a status of {shown.status} "
    yield from (complaint for complaint in someone.complaints if shown.status == 200 or said not in complaint)
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


def test_width_theme_and_language_reach_pages_as_the_walk_relies_on() -> None:
    web = Path(settings.BASE_DIR) / "web"
    style, script = web / "static/css/stockcraft.css", web / "static/js/stockcraft.js"
    asking = r"matchMedia|(inner|client|offset)(Width|Height)|getBoundingClientRect|ResizeObserver|.resize\b|screen\."
    assert not re.search(asking, script.read_text())
    # Themes go by color-scheme, which the saved choice sets too; a query for the system's would not see that choice.
    assert not re.search(r"prefers-color-scheme|:lang\(|\[lang|\[hreflang", style.read_text())
    for template in (web / "templates").rglob("*.html"):
        assert not re.search(r"<source\b|\bsrcset=|\bmedia=", template.read_text()), template


def test_a_language_changes_words_and_no_element() -> None:
    web = Path(settings.BASE_DIR) / "web"
    for template in (web / "templates").rglob("*.html"):
        # Once, for what the page says its language is.
        told = r'<html lang="{% get_current_language as LANGUAGE_CODE %}{{ LANGUAGE_CODE }}"'
        assert not re.search("LANGUAGE_CODE|get_current_language", template.read_text().replace(told, "")), template
    english, french = web / "templates/help/en", web / "templates/help/fr"
    for text in english.iterdir():
        assert ELEMENT.findall(text.read_text()) == ELEMENT.findall((french / text.name).read_text()), text
    with (web / "locale/fr/LC_MESSAGES/django.mo").open("rb") as file:
        for message in read_mo(file):
            several = [message.id, message.string] if isinstance(message.id, str) else [*message.id, *message.string]
            assert len({tuple(ELEMENT.findall(text)) for text in several if text}) <= 1, message.id
