"""The installation's own secrets: given by the environment, or made once and kept in the data folder."""

import os
import secrets
from collections.abc import Callable
from gettext import gettext as _
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
            raise ConfigError(
                _("STOCKCRAFT_ENCRYPTION_KEYS holds a key that is not 32 url-safe base64 bytes.")
            ) from error
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
            _(
                "%(setting)s is not set. With DATABASE_URL several processes share one database, so they must share "
                "their secrets too: set %(setting)s or %(setting)s_FILE."
            )
            % {"setting": setting}
        )
    path = data_folder() / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _make(path, make())
    except OSError as error:
        raise ConfigError(
            _("The secret %(file)s cannot be read: %(reason)s.") % {"file": path, "reason": error.strerror}
        ) from error


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
            _("The data folder %(folder)s cannot be written to: %(reason)s. Choose another with STOCKCRAFT_DATA.")
            % {"folder": path.parent, "reason": error.strerror}
        ) from error
    return value
