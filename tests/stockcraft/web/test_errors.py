"""What goes wrong with a request is said in the look and language of all pages."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from stockcraft.web.errors import server_error
from web_cast import Cast, client_of, text_of


def test_nothing_here(page: Client) -> None:
    response = page.get("/a/maple-thread/products/999999/")
    assert response.status_code == 404
    assert "There is nothing at this address" in text_of(response)


def test_owners_only(cast: Cast) -> None:
    response = client_of(cast.bob).post("/a/maple-thread/plan/", {"plan": "plus"})
    assert "Only an owner can do this" in text_of(response)


def test_a_form_from_elsewhere_changes_nothing(cast: Cast) -> None:
    response = client_of(cast.alice, enforce_csrf_checks=True).post("/a/maple-thread/plan/", {"plan": "plus"})
    assert response.status_code == 403
    assert "This form has expired" in text_of(response)
    cast.account.refresh_from_db()
    assert cast.account.plan == "free"


@pytest.mark.parametrize(("language", "words"), [("en", "on our side"), ("fr", "de notre côté")])
def test_our_own_fault_needs_neither_user_nor_database(rf: RequestFactory, language: str, words: str) -> None:
    with translation.override(language):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert words in text_of(response)


def test_the_process_lives_and_is_ready(client: Client, db: None) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_no_answer_is_framed_and_none_runs_anything_inline(page: Client) -> None:
    for address in ("/", "/a/maple-thread/", "/no-such-page/"):
        response = page.get(address, follow=True)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert " style=" not in text_of(response)
        assert "<script>" not in text_of(response)
