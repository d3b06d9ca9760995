"""What a connection keeps from one whole read of its shop to the next."""

from __future__ import annotations

import pytest

from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection
from stockcraft.connections.source import TextKeeper

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> TextKeeper:
    monkeypatch.setattr(TextKeeper, "PART_BYTES", 3)
    return TextKeeper(connected("keeps"))


def connected(shop: str) -> Connection:
    account = Account.objects.create(name=shop, slug=shop)
    return Connection.objects.create(account=account, shop_domain=f"{shop}.myshopify.com")


def test_what_is_saved_in_parts_is_loaded_whole(keeper: TextKeeper) -> None:
    assert keeper.load() == b""
    keeper.save(b"\0one two three")
    assert keeper.load() == b"\0one two three"


def test_what_is_saved_takes_the_place_of_what_was(keeper: TextKeeper) -> None:
    other = TextKeeper(connected("other"))
    other.save(b"its own")
    keeper.save(b"very much of it")
    keeper.save(b"less")
    assert (keeper.load(), other.load()) == (b"less", b"its own")
