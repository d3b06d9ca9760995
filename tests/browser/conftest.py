"""A real Chromium against a live server; skipped loudly where there is none, except in CI, where that fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright

from stockcraft.accounts.models import User
from web_cast import client_of

# Playwright's loop runs in the test's own thread, which is where the tests use the database too.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005000"
    "1ff5605a2ab0000000049454e44ae426082"
)


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


class Visitor:
    """A person with a browser: opens pages, and remembers everything the browser complained about."""

    def __init__(self, context: BrowserContext, address: str, language: str) -> None:
        self.context = context
        self.language = language
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._address = address
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._watch)
        context.route("https://cdn.shopify.com/**", _picture)

    def open(self, path: str) -> Page:
        """Go to a page of the live server."""
        self.page.goto(self._address + path)
        return self.page

    def sign_in(self, user: User) -> None:
        """Take over a session of this person."""
        cookie = client_of(user).cookies["stockcraft_session"].value
        self.context.add_cookies([{"name": "stockcraft_session", "value": cookie, "url": self._address}])

    def _watch(self, request: Request) -> None:
        """Our pages ask nothing of others but pictures of Shopify's image host."""
        if request.is_navigation_request() or not request.frame.url.startswith(self._address):
            return
        is_picture = request.resource_type == "image" and request.url.startswith("https://cdn.shopify.com/")
        if not request.url.startswith(self._address) and not is_picture:
            self.complaints.append(f"{self.page.url} asks for {request.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")


@pytest.fixture
def visitor(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; ``width``, ``theme``, ``language`` and whatever else a browser context takes."""
    contexts: list[BrowserContext] = []

    def make(width: int = 1280, theme: str = "light", language: str = "en", **options: Any) -> Visitor:
        settings = {
            "viewport": {"width": width, "height": 900 if width > 800 else 844},
            "color_scheme": theme,
            "locale": {"en": "en-GB", "fr": "fr-FR"}[language],
            "timezone_id": "Europe/Paris",
        }
        context = chromium.new_context(**(settings | options))
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visitor(context, live_server.url, language)

    yield make
    for context in contexts:
        context.close()


def _picture(route: Route) -> None:
    """Shopify's image host, which tests do not reach."""
    route.fulfill(body=PIXEL, content_type="image/png")
