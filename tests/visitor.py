"""A person with a browser, who opens pages, reads them in a language, and hears what the browser complains of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation.trans_real import translation as catalogue_of
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Route

from stockcraft.accounts.models import User
from web_cast import client_of

# Whether the element, or what is drawn over the row it stands for, has a ring.
MARKED = "element => [null, '::after'].some((part) => getComputedStyle(element, part).outlineStyle !== 'none')"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005000"
    "1ff5605a2ab0000000049454e44ae426082"
)


class Visitor:
    """One person in one window; ``complaints`` is everything the browser complained of."""

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
        """Go to a page of the live server, which must be in the visitor's language."""
        self.page.goto(self._address + path)
        assert self.page.locator("html").get_attribute("lang") == self.language
        return self.page

    def sign_in(self, user: User) -> None:
        """Take over a session of this person."""
        cookie = client_of(user).cookies["stockcraft_session"].value
        self.context.add_cookies([{"name": "stockcraft_session", "value": cookie, "url": self._address}])

    def say(self, english: str, plural: str = "", count: int = 0, /, *, context: str = "", **values: Any) -> str:
        """What a page says in the visitor's language, named by what it says in English.

        Raises LookupError for words that are in no catalogue: a page that holds them cannot be in both languages.
        """
        key = f"{context}\x04{english}" if context else english
        if key not in (known := catalogue_of("fr")._catalog) and (key, 0) not in known:
            raise LookupError(f"not in the catalogue: {english!r}")
        with translation.override(self.language):
            if plural:
                said = translation.ngettext(english, plural, count)
            else:
                said = translation.pgettext(context, english) if context else translation.gettext(english)
        return said % values if values else said.replace("%%", "%")

    def write(self, how: Callable[..., Any], *values: Any) -> str:
        """A number, a price or a day as the visitor's language writes it."""
        with translation.override(self.language):
            return str(how(*values))

    def find(self, role: Any, english: str, /, *, exact: bool = False, **values: Any) -> Locator:
        """The controls or headings of this role and name, the name given in English."""
        return self.page.get_by_role(role, name=self.say(english, **values), exact=exact)

    def label(self, english: str, /, *, exact: bool = False, **values: Any) -> Locator:
        """The field with this label, given in English."""
        return self.page.get_by_label(self.say(english, **values), exact=exact)

    def text(self, english: str, plural: str = "", count: int = 0, /, **values: Any) -> Locator:
        """Where the page says this, given in English."""
        return self.page.get_by_text(self.say(english, plural, count, **values))

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until this control has the focus, and see that it shows."""
        for _step in range(90):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                assert wanted.evaluate(MARKED), "the focus does not show"
                return
        raise AssertionError(f"{wanted} is not reached by Tab")

    def press(self, wanted: Locator) -> None:
        """Press a control as a person without a mouse does."""
        self.tab_to(wanted)
        self.page.keyboard.press("Enter")

    def _watch(self, request: Request) -> None:
        """Our pages ask nothing of others but pictures of Shopify's image host."""
        if request.is_navigation_request() or not request.frame.url.startswith(self._address):
            return
        is_picture = request.resource_type == "image" and request.url.startswith("https://cdn.shopify.com/")
        if not request.url.startswith(self._address) and not is_picture:
            self.complaints.append(f"{self.page.url} asks for {request.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser minds that a form comes back with its problems; the reader is told by the page.
        if message.type in ("error", "warning") and "a status of 422" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")


def _picture(route: Route) -> None:
    """Shopify's image host, which tests do not reach."""
    route.fulfill(body=PIXEL, content_type="image/png")
