"""What is a person's own: signing in and out, a forgotten password, language, time zone, theme; and finding help."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from browser_scene import Scene
from sights import Sight, with_and_without_script
from stockcraft.accounts.models import Account
from stockcraft.web.help import TOPICS
from web_cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OTHER = {"en": ("fr", "Français"), "fr": ("en", "English")}


@with_and_without_script
def test_signing_in_and_out(person: Callable[..., Any], scene: Scene, script: bool) -> None:
    alice = person(java_script_enabled=script)
    page = alice.open(scene.pages()["products"])
    alice.label("Email").fill("alice@example.com")
    alice.label("Password", exact=True).fill("not this one")
    alice.find("button", "Sign in").click()
    mismatch = "Email and password do not match. Try again or reset your password."
    expect(alice.text(mismatch)).to_be_visible()
    alice.label("Password", exact=True).fill(PASSWORD)
    alice.find("button", "Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(alice.say("Products"))
    page.locator(".menu.user summary").click()
    alice.find("button", "Sign out").click()
    expect(alice.find("heading", "Sign in")).to_be_visible()
    alice.open(scene.pages()["products"])
    expect(alice.find("heading", "Sign in")).to_be_visible()


def test_a_forgotten_password_is_replaced(person: Callable[..., Any], scene: Scene) -> None:
    alice = person()
    page = alice.open("/accounts/login/")
    alice.find("link", "Forgot it?").click()
    alice.label("Email").fill("alice@example.com")
    alice.find("button", "Send the link").click()
    [letter] = mail.outbox
    address = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", letter.body)
    assert address, letter.body
    alice.open(address[1])
    expect(alice.find("heading", "Choose a new password")).to_be_visible()
    for field in page.locator("input[type=password]").all():
        field.fill("another long password")
    alice.find("button", "Save the new password").click()
    alice.find("link", "Sign in").click()
    alice.label("Email").fill("alice@example.com")
    alice.label("Password", exact=True).fill("another long password")
    alice.find("button", "Sign in").click()
    page.wait_for_url("**/a/**")
    scene.cast.alice.refresh_from_db()
    assert scene.cast.alice.check_password("another long password")


def test_the_language_is_the_browsers_until_another_is_chosen(person: Callable[..., Any], scene: Scene) -> None:
    alice = person()
    page = alice.open("/accounts/login/")
    code, name = OTHER[alice.language]
    page.get_by_role("link", name=name).click()
    alice.language = code
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(alice.find("heading", "Sign in")).to_be_visible()

    alice.sign_in(scene.cast.alice)
    alice.open(scene.pages()["general"])
    code, name = OTHER[alice.language]
    alice.label("Language").select_option(label=name)
    page.locator("#profile").get_by_role("button", name=alice.say("Save"), exact=True).click()
    alice.language = code
    expect(page.locator(".toast")).to_contain_text(alice.say("Saved."))
    scene.cast.alice.refresh_from_db()
    assert scene.cast.alice.language == code
    for address in (scene.pages()["products"], scene.pages()["sync-history"], "/help/shopify-auto-sync/"):
        alice.open(address)


def test_a_time_zone_and_a_theme_are_chosen(person: Callable[..., Any], scene: Scene, sight: Sight) -> None:
    alice = person(scene.cast.alice)
    page = alice.open(scene.pages()["general"])
    other = {"light": "dark", "dark": "light"}[sight.theme]
    alice.label("Time zone").select_option("Asia/Tokyo")
    alice.label("Theme").select_option(other)
    page.locator("#profile").get_by_role("button", name=alice.say("Save"), exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", other)
    scene.cast.alice.refresh_from_db()
    assert (scene.cast.alice.timezone, scene.cast.alice.theme) == ("Asia/Tokyo", other)
    alice.open(scene.pages()["sync-history"])
    page.get_by_role("button", name="Tokyo").click()
    expect(page.get_by_role("button", name="Tokyo")).to_have_attribute("aria-pressed", "true")
    hour = (scene.run.requested_at.hour + 9) % 24
    expect(page.locator("#runs tbody tr").first).to_contain_text(f"{hour:02d}:{scene.run.requested_at:%M}")


def test_another_workspace_is_opened_and_one_goes_back(person: Callable[..., Any], scene: Scene) -> None:
    alice = person(scene.cast.alice)
    page = alice.open(scene.pages()["products"])
    page.locator(".switcher summary").click()
    alice.find("link", "New workspace").click()
    alice.label("Workspace name").fill("Second shop")
    alice.page.locator("main form button").click()
    expect(alice.find("heading", "Welcome, %(name)s. Let’s bring in your products.", name="Alice")).to_be_visible()
    assert Account.objects.get(name="Second shop").memberships.get().user == scene.cast.alice
    alice.find("button", "Skip for now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second shop")
    page.locator(".switcher summary").click()
    page.get_by_role("link", name="Maple & Thread").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Maple & Thread")


def test_help_is_found_in_the_menu_and_read_from_the_first_topic_to_the_last(
    person: Callable[..., Any], scene: Scene
) -> None:
    alice = person(scene.cast.alice)
    page = alice.open(scene.pages()["products"])
    page.locator(".menu.user summary").click()
    alice.find("link", "Help").click()
    for topic, following in zip(TOPICS, [*TOPICS[1:], None], strict=True):
        expect(page.get_by_role("heading", level=1)).to_have_text(alice.write(str, topic.title))
        assert page.locator("html").get_attribute("lang") == alice.language
        if following:
            page.get_by_role("link", name=alice.say("Next: %(title)s", title=alice.write(str, following.title))).click()
