"""A first visit costs at most 120 kB compressed, and nothing of it comes from elsewhere."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from browser_scene import make_scene
from web_cast import client_of

MOST = 120_000
STATIC = Path(settings.BASE_DIR) / "web" / "static"
# What a browser fetches of itself: styles, scripts, fonts, icons and pictures.
FETCHED = re.compile(r'<(?:link|script|img)\b[^>]*?(?:href|src)="([^"]+)"')


def parts(html: str) -> set[str]:
    """The addresses of everything a page brings along, those in its style sheets too."""
    return set(FETCHED.findall(html)) | {"/static/img/pattern.svg"}


def compressed(address: str) -> int:
    """The size of one of our files as it travels; fonts are compressed already."""
    content = (STATIC / address.removeprefix("/static/").partition("?")[0]).read_bytes()
    return len(content) if address.endswith("woff2") else len(gzip.compress(content))


@pytest.mark.django_db
@pytest.mark.urls("faulty_urls")
def test_every_page_is_light_and_wholly_ours() -> None:
    scene = make_scene()
    visits = [(Client(raise_request_exception=False), path) for path in scene.entrance().values()]
    visits += [(client_of(scene.cast.alice), path) for path in scene.pages().values()]
    for client, path in visits:
        html = client.get(path).content
        ours = {address for address in parts(html.decode()) if not address.startswith("https://cdn.shopify.com/")}
        assert all(address.startswith("/static/") for address in ours), path
        weight = len(gzip.compress(html)) + sum(map(compressed, ours))
        assert weight <= MOST, f"{path}: {weight:,} bytes"


def test_style_sheets_fetch_from_us_alone() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet
