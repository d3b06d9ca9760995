"""No token and no secret reaches a log."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings

from stockcraft.lib.redaction import BLOT, RedactingFormatter, redacted

SECRET = "s3cr3t-value-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        "token shpat_0123456789abcdef used",
        "refresh with shprt_0123456789-abc",
        f"https://x.myshopify.com/callback?code={SECRET}&shop=x.myshopify.com",
        f"?hmac={SECRET}&state={SECRET}",
        f'{{"access_token":"{SECRET}","scope":"read_products"}}',
        f"{{'refresh_token': '{SECRET}'}}",
        f"grant_type=refresh_token&refresh_token={SECRET}&client_secret={SECRET}",
        f"[(b'X-Shopify-Access-Token', b'{SECRET}')]",
        f"Authorization: Bearer {SECRET}",
        f"postgresql://stockcraft:{SECRET}@db.example/stockcraft",
        f"eyJhbGciOiJIUzI1NiJ9.{SECRET}.{SECRET}",
        f"Cookie: stockcraft_session={SECRET}",
        f"gAAAAAB{SECRET}{SECRET}==",
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str) -> None:
    assert SECRET not in redacted(text)
    assert "0123456789" not in redacted(text)
    assert BLOT in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sync #99 of maple-and-thread.myshopify.com ended: shopify.unauthorized",
        "https://maple-and-thread.myshopify.com/admin/api/2026-10/graphql.json",
        "maple-and-thread.myshopify.com refused the token request (400 invalid_grant)",
        "Product 7196017950806 has no price",
    ],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text


def test_tracebacks_are_looked_through_too() -> None:
    try:
        raise ValueError(f"refused client_secret={SECRET}")
    except ValueError as error:
        trouble = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "It broke: %s", (f"code={SECRET}",), trouble)

    assert SECRET not in RedactingFormatter("%(message)s").format(record)


def test_every_handler_of_the_application_writes_through_it() -> None:
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["()"] == "stockcraft.lib.redaction.RedactingFormatter"
