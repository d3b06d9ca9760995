"""What pages promise and axe does not see: said aloud, still where asked, never jumping, in sight.

`make test` tries each in two opposite sights, so that every language, width and theme is seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from browser_scene import Scene
from stockcraft.syncs.models import SyncRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.sights(2)]

LAID_OUT = ("home", "integrations-connected", "sync-history", "sync-run", "products", "product", "duplicates", "plan")
# Before anything is drawn: notes what moved without the reader having done anything, and from where to where.
WATCH_SHIFTS = """
window.shifts = [];
const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
const say = (node) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 100);
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) window.shifts.push({ by: entry.value, what: entry.sources.map(
    ({ node, previousRect, currentRect }) => [say(node), place(previousRect), place(currentRect)]) });
})).observe({ type: "layout-shift", buffered: true });
"""
# All of it, if together it is more than a person overlooks.
JUMPS = """new Promise((done) => setTimeout(() => done(
  window.shifts.reduce((sum, { by }) => sum + by, 0) < 0.01 ? [] : window.shifts), 150))"""
MOVING = """Array.from(document.querySelectorAll("*"), (element) => [element, getComputedStyle(element)])
  .filter(([, style]) => style.animationName !== "none" || style.transitionDuration !== "0s")
  .map(([element]) => element.outerHTML.slice(0, 100))"""
# The focused element, whether it can be told from the others, and whether it is in sight and not under a bar.
FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const on = element.closest("label, .switch") ?? element;
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"
    || [getComputedStyle(on), getComputedStyle(element, "::after")].some((one) => one.outlineStyle !== "none");
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 12));
  const inSight = element.contains(top) || top?.contains(element) || on.contains(top);
  return { html: element.outerHTML.slice(0, 120), end: element === document.body, ring, inSight };
}"""


def test_results_progress_and_ends_are_announced(person: Callable[..., Any], scene: Scene) -> None:
    alice = person(scene.cast.alice)
    page = alice.open(scene.pages()["products"])
    page.get_by_role("searchbox").fill("écharpe")
    count = alice.say("%(first)s–%(last)s of %(total)s", first=1, last=10, total=10)
    expect(page.get_by_role("status").filter(has_text=count).first).to_be_attached()
    alice.open(scene.pages()["integrations-syncing"])
    half = alice.say("Syncing: %(percent)s%%", percent=50)
    expect(page.locator("#announce[role=status][aria-live=polite]")).to_have_text(half)
    SyncRun.objects.filter(account__slug="syncing").update(status=SyncRun.Status.SUCCEEDED, created=3)
    end = alice.say("Sync finished: %(added)s added, %(updated)s updated.", added=3, updated=0)
    expect(page.locator(".toast")).to_contain_text(end)
    expect(page.locator("[role=status]").filter(has_text=end).first).to_be_attached()


def test_nothing_moves_for_who_asked_for_stillness(person: Callable[..., Any], scene: Scene) -> None:
    someone = person(scene.cast.alice, reduced_motion="reduce")
    for name in ("integrations-syncing", "sync-run-live", "products", "integrations-disconnect"):
        assert someone.open(scene.pages()[name]).evaluate(MOVING) == [], name
    moving = person(scene.cast.alice, reduced_motion="no-preference").open(scene.pages()["integrations-syncing"])
    assert moving.evaluate(MOVING) != []


def test_nothing_jumps_while_a_page_loads_or_a_sync_goes_on(person: Callable[..., Any], scene: Scene) -> None:
    someone = person(scene.cast.alice)
    someone.context.add_init_script(WATCH_SHIFTS)
    for name in LAID_OUT:
        page = someone.open(scene.pages()[name])
        page.evaluate("document.fonts.ready.then(() => true)")
        assert page.evaluate(JUMPS) == [], name
    page = someone.open(scene.pages()["sync-run-live"])
    SyncRun.objects.filter(account__slug="syncing").update(products_read=40, created=12)
    expect(page.get_by_text("40", exact=False).first).to_be_visible()
    assert page.evaluate(JUMPS) == []


# Where the page is narrow a late font wraps its lines anew; one of any two opposite sights is.
def test_nothing_jumps_when_the_font_comes_late(person: Callable[..., Any], scene: Scene) -> None:
    someone = person(scene.cast.alice)
    someone.context.add_init_script(WATCH_SHIFTS)
    someone.context.route("**/*.woff2", late)
    page = someone.open(scene.pages()["sync-run-live"])
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate(JUMPS) == []


def late(route: Route) -> None:
    """An answer that takes its time, as on a slow line."""
    time.sleep(1)
    route.continue_()


@pytest.mark.sights(1)
def test_nothing_scrolls_sideways_on_the_smallest_screens_or_with_big_text(
    person: Callable[..., Any], scene: Scene
) -> None:
    someone = person(scene.cast.alice, viewport={"width": 320, "height": 844})
    for name in LAID_OUT:
        page = someone.open(scene.pages()[name])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_whatever_has_the_focus_is_in_sight_and_marked(person: Callable[..., Any], scene: Scene) -> None:
    someone = person(scene.cast.alice)
    faults = []
    for name in ("integrations-connected", "sync-history", "product", "general", "needs-decision-none"):
        page = someone.open(scene.pages()[name])
        reached = list(tabbed(page))
        assert len(reached) > 8, name
        faults += [(name, one["html"]) for one in reached if not one["ring"] or not one["inSight"]]
    assert faults == []


def tabbed(page: Page) -> Any:
    """Every element that Tab reaches, until it leaves the page."""
    for _step in range(120):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found["end"]:
            return
        yield found
