"""In a language whose letters are all wide, every plain letter of a page is data, or cannot be translated."""

from __future__ import annotations

import gettext
import re
import zoneinfo
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils.translation.trans_real import DjangoTranslation

from browser_scene import Scene, make_scene
from web_cast import client_of

WIDE = {code: code + 0xFEE0 for code in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))}
KEEP = re.compile(r"(%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>|https?://\S+)")
READ_OUT = ("aria-label", "alt", "placeholder", "title")
# Names, of clocks and files too; the months and days that Babel writes; what the scene searches for, and a word of it
# that is cut short.
SAME = set(
    re.findall(
        r"\w+",
        "StockCraft Shopify Free Plus UTC GMT myshopify com USD SKU CSV JSON English Français kg Jan Feb Mar Apr May "
        "Jun Jul Aug Sept Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun lavander Mad",
    )
)


def wide(text: str) -> str:
    """The text in wide letters, what is filled in later left as it is."""
    return "".join(part if KEEP.fullmatch(part) else part.translate(WIDE) for part in KEEP.split(text))


class Visible(HTMLParser):
    """Collects what people see and hear of a page; code and names of languages aside."""

    SILENT = frozenset({"script", "style", "code"})
    VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [given[name] or "" for name in READ_OUT if name in given]
        if tag not in self.VOID:
            self._open.append(tag in self.SILENT or ("lang" in given and tag != "html"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.texts.append(data)


@pytest.fixture
def wide_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every catalogue, Django's and allauth's too, answers in wide letters."""

    def one(_self: object, message: str) -> str:
        return wide(message.rpartition("\x04")[2])

    def several(self: object, singular: str, plural: str, number: int) -> str:
        return one(self, singular if number == 1 else plural)

    monkeypatch.setattr(gettext.GNUTranslations, "gettext", one)
    monkeypatch.setattr(DjangoTranslation, "ngettext", several)


def data_of(scene: Scene) -> set[str]:
    """Every word that the database holds."""
    from django.apps import apps

    rows = [
        row
        for label in ("accounts", "catalog", "connections", "syncs")
        for model in apps.get_app_config(label).get_models()
        for row in model.objects.values()
    ]
    return set(re.findall(r"[^\W\d_]+", " ".join(str(value) for row in rows for value in row.values())))


@pytest.mark.django_db
@pytest.mark.urls("faulty_urls")
def test_no_page_holds_text_that_is_not_in_the_catalogue(wide_letters: None) -> None:
    scene = make_scene()
    known = (
        SAME
        | data_of(scene)
        | {scene.cast.account.initials}
        | set(re.findall(r"[A-Za-z]+", " ".join(zoneinfo.available_timezones())))
    )
    pages = [
        (Client(raise_request_exception=False), name, path)
        for name, path in scene.entrance().items()
        if not name.startswith("help")
    ]
    pages += [(client_of(scene.cast.alice), name, path) for name, path in scene.pages().items()]
    found = {}
    for client, name, path in pages:
        reader = Visible()
        reader.feed(client.get(path).content.decode())
        words = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", " ".join(reader.texts))) - known
        if words:
            found[name] = sorted(words)
    assert not found


def test_a_text_outside_the_catalogue_would_be_found(wide_letters: None) -> None:
    reader = Visible()
    reader.feed(f"<p title='{wide('Save %(n)s')}'>{wide('Saved')} <b>Hello</b></p>")
    assert re.findall(r"[A-Za-z]{2,}", " ".join(reader.texts)) == ["Hello"]
