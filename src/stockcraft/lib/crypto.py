"""Secrets at rest: encrypted with the newest key, readable with any key of the list."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from stockcraft.lib.secrets import encryption_keys


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


def seal(value: str) -> bytes:
    """Encrypt a secret for the database."""
    return _box().encrypt(value.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt a secret. Raises ``cryptography.fernet.InvalidToken`` when no key of the list made it."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        # The keys may have been rotated since this process began.
        settings.ENCRYPTION_KEYS = encryption_keys()
        return _box().decrypt(bytes(sealed)).decode()


def reseal(sealed: bytes) -> bytes:
    """The same secret, encrypted with the newest key. Raises InvalidToken as above."""
    return _box().rotate(bytes(sealed))


class SealedField(models.Field):
    """A text that is encrypted in the database and plain in Python; empty text is stored empty."""

    def db_type(self, connection: Any) -> str:
        return "bytea"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return seal(value) if value else b""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return unseal(value) if value else ""
