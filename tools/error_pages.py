"""Writes docs/errors.md and docs/errors/<code>.md from the reasons in the code, in English and French.

Usage: python tools/error_pages.py
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stockcraft.syncs.reasons import Reason

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEADINGS = {
    "en": ("What happened", "Why", "What to do", "What StockCraft does by itself", "Button"),
    "fr": (
        "Que s’est-il passé\u00a0?",
        "Pourquoi\u00a0?",
        "Que faire\u00a0?",
        "Ce que StockCraft fait de lui-même",
        "Bouton",
    ),
}
BUTTONS = {
    "reconnect": ("Reconnect store", "Reconnecter la boutique"),
    "retry": ("Try again", "Réessayer"),
    "upgrade": ("Upgrade to Plus", "Passer à Plus"),
}
INDEX = """# What can go wrong, and what to do

Every failure of a sync has a stable code, which the page shows and which leads to its explanation. There is a page for
each, in English and French; `tools/error_pages.py` writes them from `src/stockcraft/syncs/reasons.py`, whose sentences
are the ones on screen.

| code | means |
| --- | --- |
"""


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with its text: one for each reason, and the list of them."""
    from django.utils import translation

    from stockcraft.syncs.reasons import REASONS

    index = INDEX
    for reason in REASONS:
        yield DOCS / "errors" / f"{reason.code}.md", page(reason)
        with translation.override("en"):
            index += f"| [`{reason.code}`](errors/{reason.code}.md) | {reason.headline} |\n"
    yield DOCS / "errors.md", index


def page(reason: Reason) -> str:
    """What a reason's page says."""
    return f"# `{reason.code}`\n\n{_part(reason, 'en')}\n---\n\n{_part(reason, 'fr')}\n[All reasons](../errors.md)\n"


def _part(reason: Reason, language: str) -> str:
    from django.utils import translation

    happened, why, steps, by_itself, button = HEADINGS[language]
    with translation.override(language):
        lines = [
            f"## {reason.headline}",
            f"**{happened}** {reason.happened}",
            f"**{why}** {reason.why}",
            f"**{steps}**",
        ]
        lines.append("\n".join(f"{number}. {step}" for number, step in enumerate(reason.steps, 1)))
        lines.append(f"**{by_itself}** {reason.by_itself}")
    if names := BUTTONS.get(reason.action.value):
        lines.append(f"**{button}** {names[language == 'fr']}")
    return "\n\n".join(lines) + "\n"


def main() -> None:
    """Write the pages, and take away those whose reason is no more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("STOCKCRAFT_DATA", folder)
        import django

        django.setup()
        written = dict(pages())
    for path, text in written.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for path in (DOCS / "errors").glob("*.md"):
        if path not in written:
            path.unlink()
    print(f"{len(written)} pages")


if __name__ == "__main__":
    main()
