"""An ID token speaks for one shop, to one app, for a minute; anything else says nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt
import pytest

from shopsim import idtokens
from shopsync.shopify.idtokens import shop_of

SHOP, APP = "maple-and-thread.myshopify.com", "app-id"
SECRET, PREVIOUS = "shpss_0123456789abcdef0123456789abcdef", "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"


def token(secret: str = SECRET, app: str = APP, at: float | None = None) -> str:
    return idtokens.issue(SHOP, app, secret, at or time.time())


def claims(**changed: object) -> str:
    now = int(time.time())
    own = {"iss": f"https://{SHOP}/admin", "dest": f"https://{SHOP}", "aud": APP, "nbf": now, "exp": now + 60}
    return jwt.encode({name: value for name, value in {**own, **changed}.items() if value}, SECRET, "HS256")


def test_a_fresh_token_names_its_shop_by_the_present_or_the_previous_secret() -> None:
    assert shop_of(token(), APP, [SECRET, PREVIOUS]) == SHOP
    assert shop_of(token(PREVIOUS), APP, [SECRET, PREVIOUS]) == SHOP
    assert shop_of(claims(), APP, [SECRET]) == SHOP


# Made when the test runs: tokens live a minute, and a suite takes longer.
OTHERS: dict[str, Callable[[], str]] = {
    "of another app": lambda: token(app="another-app"),
    "ended": lambda: token(at=time.time() - 120),
    "of the future": lambda: token(at=time.time() + 120),
    "signed by somebody else": lambda: token("shpss_of_somebody_else_0123456789abcdef"),
    "issued by another shop": lambda: claims(iss="https://other.myshopify.com/admin"),
    "of no shop": lambda: claims(dest="https://evil.example", iss="https://evil.example/admin"),
    "without an end": lambda: claims(exp=None),
    "without a shop": lambda: claims(dest=None),
    "unsigned": lambda: jwt.encode({"dest": f"https://{SHOP}"}, None, "none"),
    "empty": lambda: "",
    "no token": lambda: "a.b.c",
    "not ASCII": lambda: "é",
}


@pytest.mark.parametrize("said", OTHERS)
def test_any_other_token_speaks_for_no_shop(said: str) -> None:
    assert shop_of(OTHERS[said](), APP, [SECRET]) is None


def test_an_empty_secret_signs_nothing() -> None:
    forged = idtokens.issue(SHOP, APP, "", time.time())
    assert shop_of(forged, APP, ["", ""]) is None
