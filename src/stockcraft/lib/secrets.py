"""The installation's own secrets: given by the environment, or made once and kept in the data folder."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from stockcraft.lib.embedded import is_embedded
from stockcraft.lib.env import ConfigError, data_folder, text, words

KEY_FILE = "encryption.key"


def secret_key() -> str:
    """Django's signing key (`STOCKCRAFT_SECRET_KEY`)."""
    return text("STOCKCRAFT_SECRET_KEY") or _kept(
        "secret.key", lambda: secrets.token_urlsafe(50), "STOCKCRAFT_SECRET_KEY"
    )


def encryption_keys() -> list[str]:
    """Keys for what is encrypted at rest, newest first (`STOCKCRAFT_ENCRYPTION_KEYS`, separated by commas)."""
    given = words("STOCKCRAFT_ENCRYPTION_KEYS")
    for key in given:
        try:
            Fernet(key)
        except ValueError as error:
            raise ConfigError("STOCKCRAFT_ENCRYPTION_KEYS holds a key that is not 32 url-safe base64 bytes.") from error
    return given or _kept(KEY_FILE, new_encryption_key, "STOCKCRAFT_ENCRYPTION_KEYS").split()


def new_encryption_key() -> str:
    """A fresh key, as `STOCKCRAFT_ENCRYPTION_KEYS` takes it."""
    return Fernet.generate_key().decode()


def add_encryption_key() -> None:
    """Put a new key before the one that this installation made for itself, and forget the one before that. Keys given
    by the environment are left alone: whoever gave them puts the new one first."""
    if words("STOCKCRAFT_ENCRYPTION_KEYS"):
        return
    known = encryption_keys()
    path = data_folder() / KEY_FILE
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("\n".join([new_encryption_key(), known[0]]))
    draft.replace(path)


def _kept(name: str, make: Callable[[], str], setting: str) -> str:
    """Read the secret from the data folder, making it the first time; only where the database is embedded too."""
    if not is_embedded():
        raise ConfigError(
            f"{setting} is not set. With DATABASE_URL several processes share one database, "
            f"so they must share their secrets too: set {setting} or {setting}_FILE."
        )
    path = data_folder() / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _make(path, make())
    except OSError as error:
        raise ConfigError(f"The secret {path} cannot be read: {error.strerror}.") from error


def _make(path: Path, value: str) -> str:
    """Write the secret so that of two processes starting at once one wins and both use its value."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(value)
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text().strip()
        finally:
            draft.unlink()
    except OSError as error:
        raise ConfigError(
            f"The data folder {path.parent} cannot be written to: {error.strerror}. "
            "Choose another with STOCKCRAFT_DATA."
        ) from error
    return value
