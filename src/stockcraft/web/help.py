"""The help pages: one per topic, open to everyone, each written once in every language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_GET


@dataclass(frozen=True)
class Topic:
    """A page of help. Its text is ``templates/help/LANGUAGE/SLUG.html``; the first topic has no slug in its address."""

    slug: str
    title: Any


TOPICS = (
    Topic("overview", gettext_lazy("Shopify Auto-Sync in short")),
    Topic("what-is-synced", gettext_lazy("What is synced, and what is not")),
    Topic("enabling", gettext_lazy("Turning it on")),
    Topic("history", gettext_lazy("Reading Sync History")),
    Topic("manual-sync", gettext_lazy("Syncing by hand")),
    Topic("preview", gettext_lazy("Looking first, and choosing what comes in")),
    Topic("limits", gettext_lazy("Limits of the plans")),
    Topic("duplicates", gettext_lazy("Duplicates and their remedies")),
    Topic("schedule", gettext_lazy("Schedule and time zones")),
    Topic("troubleshooting", gettext_lazy("When something goes wrong")),
    Topic("support", gettext_lazy("Getting support")),
)


@require_GET
def help_page(request: HttpRequest, slug: str = "overview") -> HttpResponse:
    """Show one topic beside the list of all."""
    place = next((place for place, topic in enumerate(TOPICS) if topic.slug == slug), None)
    if place is None:
        raise Http404("no such topic")
    context = {
        "topics": TOPICS,
        "topic": TOPICS[place],
        "text": f"help/{get_language() or 'en'}/{slug}.html",
        "following": TOPICS[place + 1] if place + 1 < len(TOPICS) else None,
    }
    return render(request, "help.html", context)
