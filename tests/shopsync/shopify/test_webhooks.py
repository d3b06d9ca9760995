"""Did Shopify send this delivery?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shopsync.shopify.webhooks import is_signed

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors" / "webhook_hmac.json"
BODY, SECRET = b'{"foo": "bar"}', "test_secret_key"
SIGNATURE = "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="


def test_a_signed_body_is_accepted_byte_for_byte() -> None:
    assert is_signed(BODY, SIGNATURE, [SECRET])
    assert not is_signed(b'{"foo":"bar"}', SIGNATURE, [SECRET])


def test_after_a_rotation_the_previous_secret_still_counts() -> None:
    assert is_signed(BODY, SIGNATURE, ["new", SECRET])
    assert not is_signed(BODY, SIGNATURE, ["new", "newer"])


@pytest.mark.parametrize("signature", [None, "", "é", "not base64", SIGNATURE.lower(), SIGNATURE + "\n"])
def test_anything_else_is_no_signature(signature: str | None) -> None:
    assert not is_signed(BODY, signature, [SECRET])


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed(BODY, SIGNATURE, [])
    assert not is_signed(b"", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=", [""])


def test_the_published_vectors() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    for case in json.loads(VECTORS.read_text())["cases"]:
        assert is_signed(case["body"].encode(), case["hmac"], [case["secret"]]) is case["valid"], case["id"]
