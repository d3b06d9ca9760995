"""A real Chromium against a live server; skipped loudly where there is none, except in CI, where that fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from browser_scene import Scene, make_scene
from real_processes import ShopProcess, shop
from sights import Sight, spread
from stockcraft.accounts.models import User
from visitor import Visitor

# Playwright's loop runs in the test's own thread, which is where the tests use the database too.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CLIENT_ID, CLIENT_SECRET = "an-app", "its-secret"
# Milliseconds to wait for what should come at once; a busy machine takes its time.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a sight is taken in each of them."""
    if "sight" in metafunc.fixturenames:
        spread(metafunc)


# Not for the whole session: Playwright's loop would still run in the thread of the tests that come after.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a file."""
    if not Path(CHROMIUM).exists():
        message = f"BROWSER TESTS SKIPPED: no Chromium at {CHROMIUM}; install it or set CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; ``width``, ``theme``, ``language`` and whatever else a browser context takes.

    They come from one address, so the attempts of the tests before are forgotten: nobody is told to slow down.
    """
    cache.clear()
    contexts: list[BrowserContext] = []

    def make(width: int = 1280, theme: str = "light", language: str = "en", **options: Any) -> Visitor:
        settings = {
            "viewport": {"width": width, "height": 900 if width > 800 else 844},
            "color_scheme": theme,
            "locale": {"en": "en-GB", "fr": "fr-FR"}[language],
            "timezone_id": "Europe/Paris",
        }
        context = chromium.new_context(**(settings | options))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return Visitor(context, live_server.url, language)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def person(visitor: Callable[..., Visitor], sight: Sight) -> Iterator[Callable[..., Visitor]]:
    """Makes people who see pages in this way, signed in if a user is given; at the end no browser has complained."""
    people: list[Visitor] = []

    def make(user: User | None = None, **options: Any) -> Visitor:
        someone = visitor(sight.width, sight.theme, sight.language, **options)
        people.append(someone)
        if user:
            someone.sign_in(user)
        return someone

    yield make
    assert [complaint for someone in people for complaint in someone.complaints] == []


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """An account with a bit of everything, and who belongs to it."""
    return make_scene()


@pytest.fixture
def alice(person: Callable[..., Visitor], scene: Scene) -> Visitor:
    """The owner of that account, signed in."""
    return person(scene.cast.alice)


@pytest.fixture
def process(live_server: Any) -> Iterator[ShopProcess]:
    """A shop that trusts our app, and may be named in our forms."""
    with shop("--products", "3", "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET) as found:
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        policy = {"DIRECTIVES": {**directives, "form-action": [*directives["form-action"], found.url]}}
        with override_settings(
            SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET, SHOPIFY_URL=found.url,
            BASE_URL=live_server.url, CONTENT_SECURITY_POLICY=policy,
        ):  # fmt: skip
            yield found
