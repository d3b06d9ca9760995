"""Help is there for everyone, in both languages, built alike, and written as each language is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from stockcraft.web.help import TOPICS
from web_cast import Cast, text_of

TEXTS = Path(__file__).parents[3] / "src/stockcraft/web/templates/help"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_each_topic_is_read_in_the_browsers_language_without_signing_in(topic: object) -> None:
    for language in ("en", "fr"):
        client = Client(headers={"accept-language": language})
        text = text_of(client.get(reverse("help_topic", args=[topic.slug])))  # type: ignore[attr-defined]
        assert f'<html lang="{language}"' in text
        assert text.count('aria-current="page"') == 1


def test_the_address_without_a_topic_is_the_overview_and_leads_to_all() -> None:
    text = text_of(Client().get("/help/shopify-auto-sync/"))
    assert "It goes one way only" in text
    for topic in TOPICS[1:]:
        assert f'href="/help/shopify-auto-sync/{topic.slug}/"' in text


def test_an_unknown_topic_is_not_found(db: None) -> None:
    assert Client().get(reverse("help_topic", args=["no-such-topic"])).status_code == 404


def test_both_languages_have_the_same_pages_with_the_same_parts() -> None:
    def parts(language: str) -> dict[str, list[str]]:
        return {path.name: re.findall(r"<(\w+)", path.read_text()) for path in (TEXTS / language).iterdir()}

    assert parts("en") == parts("fr")
    assert set(parts("en")) == {f"{topic.slug}.html" for topic in TOPICS}


@pytest.mark.parametrize("path", sorted((TEXTS / "fr").iterdir()), ids=lambda path: path.stem)
def test_french_is_written_with_its_spaces_and_apostrophes(path: Path) -> None:
    bare = re.sub(r"<[^>]+>|\d\d:\d\d", "x", path.read_text())
    assert not re.search(r"[^\u00a0][;?!»]|[^\u00a0:]:|«[^\u00a0]|'", bare)
    assert not re.search(r"\b(tu|ton|ta|tes|toi)\b", bare, re.I)


def test_pages_lead_to_help(cast: Cast, page: Client) -> None:
    assert 'href="/help/shopify-auto-sync/"' in text_of(page.get(reverse("workspace", args=["maple-thread"])))
    assert 'href="/help/shopify-auto-sync/duplicates/"' in text_of(
        page.get(reverse("duplicates", args=["maple-thread"]))
    )
    assert 'href="/help/shopify-auto-sync/history/"' in text_of(page.get(reverse("history", args=["maple-thread"])))
