"""The keys of what is encrypted at rest are rotated while everything goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connection as database

from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.lib import rotation
from stockcraft.lib.crypto import seal, unseal
from stockcraft.lib.secrets import KEY_FILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Iterator[Connection]:
    before = settings.ENCRYPTION_KEYS
    (Path(settings_folder()) / KEY_FILE).write_text("\n".join(before))
    account = Account.objects.open("Maple", owner=User.objects.create_user("alice@example.com"))
    yield Connection.objects.create(
        account=account, shop_domain="a.myshopify.com", access_token="one", refresh_token="two"
    )
    settings.ENCRYPTION_KEYS = before
    (Path(settings_folder()) / KEY_FILE).write_text("\n".join(before))


def settings_folder() -> str:
    from stockcraft.lib.env import data_folder

    return str(data_folder())


def sealed() -> bytes:
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token FROM connections_connection")
        return bytes(cursor.fetchone()[0])


def test_after_a_rotation_everything_is_readable_with_the_newest_key_alone(connection: Connection) -> None:
    assert rotation.rotate() == 2

    newest = settings.ENCRYPTION_KEYS[0]
    assert Fernet(newest).decrypt(sealed()) == b"one"
    connection.refresh_from_db()
    assert (connection.access_token, connection.refresh_token, connection.client_secret) == ("one", "two", "")


def test_two_rotations_later_the_first_key_is_forgotten(connection: Connection) -> None:
    first = settings.ENCRYPTION_KEYS[0]
    rotation.rotate()
    assert first in settings.ENCRYPTION_KEYS
    rotation.rotate()
    assert first not in settings.ENCRYPTION_KEYS
    connection.refresh_from_db()
    assert connection.access_token == "one"


def test_a_process_that_began_before_learns_the_new_key_when_it_meets_it(connection: Connection) -> None:
    old = settings.ENCRYPTION_KEYS
    rotation.rotate()
    settings.ENCRYPTION_KEYS = old

    connection.refresh_from_db()

    assert connection.access_token == "one"


def test_keys_of_the_environment_are_the_operators_to_add(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = Fernet.generate_key().decode()
    monkeypatch.setenv("STOCKCRAFT_ENCRYPTION_KEYS", ",".join([newest, *settings.ENCRYPTION_KEYS]))

    rotation.rotate()

    assert settings.ENCRYPTION_KEYS[0] == newest
    assert Fernet(newest).decrypt(sealed()) == b"one"


def test_a_secret_of_an_unknown_key_is_refused_and_left(connection: Connection) -> None:
    stranger = Fernet(Fernet.generate_key()).encrypt(b"lost")
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_connection SET access_token = %s", [stranger])

    with pytest.raises(InvalidToken):
        rotation.rotate()
    with pytest.raises(InvalidToken):
        unseal(stranger)
    assert sealed() == stranger
    assert unseal(seal("as before")) == "as before"
