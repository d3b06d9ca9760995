"""The list of pages that the browser tests walk and docs/pages.md shows is whole: nothing can be added without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse

from address_table import LEAVES, Leaf
from browser_scene import Scene, make_scene
from every_page import FOR_ALL, FOR_MEMBERS, Shown
from web_cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("faulty_urls")]

# What operators see is Django's admin, and has browser tests of its own.
OF_OPERATORS = "operators/"
TEMPLATES_OF_OPERATORS = "admin/"
TEMPLATES = Path(settings.BASE_DIR) / "web" / "templates"


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def visit(client: Client, scene: Scene, page: Shown) -> object:
    """What a browser ends up with at this address."""
    client.raise_request_exception = False
    return client.get(scene.address_of(page), follow=True)


def shows_a_page(client: Client, address: str) -> bool:
    """Whether opening this address shows a page, rather than a file or an answer for machines, or leads elsewhere."""
    response = client.get(address)
    return response.status_code < 300 and response.headers["Content-Type"].startswith("text/html")


def address_of(leaf: Leaf, scene: Scene) -> str:
    """The address with something real in each of its parts."""
    if leaf.name == "preview":
        return scene.address_of(FOR_MEMBERS["preview"])
    values = {
        "account_slug": scene.cast.account.slug, "connection_id": scene.connection.pk, "number": scene.run.number,
        "product_id": scene.twin.pk, "resolution_id": 1, "slug": "limits", "key": "stale", "uidb36": "1",
        "code": "fr" if leaf.name == "language" else "sync.unexpected",
    }  # fmt: skip
    return reverse(leaf.name, kwargs={part: values[part] for part in leaf.converters})


def test_every_address_that_shows_a_page_is_on_the_list(scene: Scene) -> None:
    listed = {resolve(scene.address_of(page).partition("?")[0]).url_name for page in everything() if page.status < 400}
    alice, stranger = client_of(scene.cast.alice), Client()
    ours = [leaf for leaf in LEAVES if not leaf.route.startswith(OF_OPERATORS)]
    found = {
        leaf.name for leaf in ours if any(shows_a_page(client, address_of(leaf, scene)) for client in (alice, stranger))
    }
    for leaf in ours:
        if leaf.is_an_accounts:
            assert alice.get(address_of(leaf, scene)).status_code != 404, f"{leaf.name} needs something real"
    assert found - listed == set()


def test_every_page_answers_as_the_list_says_and_every_template_is_used(scene: Scene) -> None:
    used: set[str] = set()
    for client, pages in ((Client(), FOR_ALL), (client_of(scene.cast.alice), FOR_MEMBERS)):
        for language in ("en", "fr"):
            scene.cast.alice.language = client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
            scene.cast.alice.save(update_fields=["language"])
            for name, page in pages.items():
                response = visit(client, scene, page)
                assert response.status_code == page.status, name
                used |= {template.name for template in response.templates}
    # The answers to script repeat parts of pages.
    written = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    written = {name for name in written if not name.endswith("_part.html") and TEMPLATES_OF_OPERATORS not in name}
    assert written - used == set()


def everything() -> list[Shown]:
    return [*FOR_ALL.values(), *FOR_MEMBERS.values()]
