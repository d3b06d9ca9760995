"""Takes the picture of every page, and writes docs/pages.md: `make pages`, or `make pages ONLY="home plan"` for some.

No test, and not collected as one: it uses the people, the server and the browser of the tests beside it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser_scene import make_scene
from every_page import FOR_ALL, FOR_MEMBERS, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("faulty_urls")]

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "images" / "pages"
WIDTH = 1100
# The poster beside these forms, shown on wide screens, makes heavy files.
WIDTH_WITHOUT_POSTER = 760


def test_take_the_picture_of_every_page(visitor: Callable[..., Any]) -> None:
    scene = make_scene()
    only = os.environ.get("ONLY", "").split()
    for pages, reader in ((FOR_MEMBERS, scene.cast.alice), (FOR_ALL, None)):
        someone = visitor(reduced_motion="reduce")
        if reader:
            someone.sign_in(reader)
        for name in only or pages:
            if name in pages:
                page = someone.open(scene.address_of(pages[name]))
                has_poster = page.locator(".poster").count() > 0
                page.set_viewport_size({"width": WIDTH_WITHOUT_POSTER if has_poster else WIDTH, "height": 720})
                page.evaluate("document.fonts.ready.then(() => true)")
                (FOLDER / f"{name}.webp").write_bytes(picture_of(page))
    known = FOR_MEMBERS | FOR_ALL
    for picture in FOLDER.iterdir():
        if picture.stem not in known:
            picture.unlink()
    (DOCS / "pages.md").write_text(written(known))


def picture_of(page: Page) -> bytes:
    """What is in sight, in a format a third as heavy as the one Playwright offers."""
    session = page.context.new_cdp_session(page)
    answer = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    session.detach()
    return base64.b64decode(answer["data"])
