"""What a person decides, in a real browser: by keyboard on a phone in French, and without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_scene import Scene, make_scene
from stockcraft.accounts.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def press(page: Page, role: str, name: str) -> None:
    """Tab to the control as a person without a mouse does, and press it."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _step in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_planned_changes_are_approved_by_keyboard_on_a_phone_in_french(
    visitor: Callable[..., Any], scene: Scene
) -> None:
    scene.cast.alice.language = "fr"
    scene.cast.alice.save()
    alice = visitor(390, "dark", "fr")
    alice.sign_in(scene.cast.alice)
    page = alice.open("/a/guarded/settings/integrations/")
    press(page, "link", "Vérifier les modifications prévues")
    expect(page.get_by_role("heading", level=1)).to_have_text("Modifications prévues")
    press(page, "button", "Approuver 23 modifications")
    expect(page.get_by_role("heading", level=1)).to_have_text("Synchronisation n° 2")
    stopped = Account.objects.get(slug="guarded").runs.get(number=1)
    assert (stopped.decision, stopped.decided_by) == ("approved", scene.cast.alice)
    assert alice.complaints == []


def test_a_held_product_is_linked_and_a_product_undone_without_script(
    visitor: Callable[..., Any], scene: Scene
) -> None:
    alice = visitor(java_script_enabled=False)
    alice.sign_in(scene.cast.alice)
    page = alice.open("/a/deciding/products/needs-your-decision/")
    page.get_by_role("button", name="Link to this one Lavender Soy Candle (gift box)").click()
    expect(page.get_by_text("Will be linked to Lavender Soy Candle (gift box)")).to_be_visible()
    page = alice.open(scene.pages()["sync-run"])
    page.get_by_role("button", name="Undo Merino DK, hand-dyed").click()
    expect(page.get_by_text("1 product undone.")).to_be_visible()
    assert alice.complaints == []
