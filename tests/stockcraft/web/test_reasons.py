"""Every failure the engine knows has its words, in both languages, and its page in the documentation."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from shopsync import errors
from stockcraft.syncs.reasons import REASONS, Reason, reason_for
from web_cast import Cast, add_run, connect, text_of

ROOT = Path(__file__).parents[3]
DOCS, TOOL = ROOT / "docs", ROOT / "tools" / "error_pages.py"


def engine_codes() -> set[str]:
    found = {errors.SyncError.code}
    waiting = [errors.SyncError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found.add(kind.code)
            waiting.append(kind)
    return found


def test_every_code_of_the_engine_has_its_reason() -> None:
    assert engine_codes() <= {reason.code for reason in REASONS}


def test_codes_are_told_apart() -> None:
    assert len({reason.code for reason in REASONS}) == len(REASONS)


def test_an_unknown_code_is_an_internal_error() -> None:
    assert reason_for("no.such.code").code == "sync.unexpected"


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_each_reason_is_whole_and_translated(reason: Reason) -> None:
    texts = [reason.headline, reason.happened, reason.why, *reason.steps, reason.by_itself]
    with translation.override("en"):
        english = [str(text) for text in texts]
    with translation.override("fr"):
        french = [str(text) for text in texts]
    assert all(english)
    assert not [text for text in english if text in french]
    assert not [text for text in english if re.search(r"oops|invalid|sorry|!", text, re.I)]


def test_a_run_that_had_read_something_does_not_claim_otherwise() -> None:
    reason = reason_for("shopify.unauthorized")
    assert "before reading any product" in str(reason.happened_after(0))
    assert "before reading any product" not in str(reason.happened_after(40))


def error_pages() -> ModuleType:
    spec = spec_from_file_location("error_pages", TOOL)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_has_a_page_for_exactly_these_reasons_with_their_words() -> None:
    written = dict(error_pages().pages())
    assert len(written) == len(REASONS) + 1
    for path, text in written.items():
        assert path.exists(), "run tools/error_pages.py"
        assert path.read_text() == text, f"{path} is out of date: run tools/error_pages.py"
    assert {path for path in written if path.parent.name == "errors"} == set((DOCS / "errors").glob("*.md"))


def test_the_buttons_of_the_documentation_are_the_ones_on_screen() -> None:
    for english, french in error_pages().BUTTONS.values():
        with translation.override("fr"):
            assert gettext(english) == french


@pytest.mark.django_db
@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_each_code_has_its_page_for_anyone_in_both_languages(reason: Reason) -> None:
    for language in ("en", "fr"):
        page = Client(headers={"Accept-Language": language}).get(reverse("error_page", args=[reason.code]))
        with translation.override(language):
            assert escape(str(reason.headline)) in page.content.decode()
            assert all(escape(str(step)) in page.content.decode() for step in reason.steps)
    assert Client().get(reverse("error_page", args=["no.such"])).status_code == 404


@pytest.mark.django_db
def test_a_failed_run_leads_to_the_page_of_its_code(cast: Cast, page: Client) -> None:
    run = add_run(connect(cast.account), status="failed", failure_code="shopify.throttled")
    text = text_of(page.get(reverse("run", args=[cast.account.slug, run.number])))
    assert f'href="{reverse("error_page", args=["shopify.throttled"])}"' in text
