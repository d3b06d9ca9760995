"""Every failure the engine knows has its words, in both languages, and its page in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from shopsync import errors
from stockcraft.syncs.reasons import REASONS, Reason, reason_for

DOCUMENT = Path(__file__).parents[3] / "docs" / "errors.md"


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


def test_the_documentation_lists_exactly_these_reasons_with_their_words() -> None:
    sections = re.findall(r"^## `([a-z_.]+)`\n\n\*\*(.+?)\*\*$", DOCUMENT.read_text(), re.M)
    with translation.override("en"):
        assert sections == [(reason.code, str(reason.headline)) for reason in REASONS]
