"""Settings from the environment, with `NAME_FILE` for secrets and a loud, clear failure."""

import os
from gettext import gettext as _
from pathlib import Path


class ConfigError(Exception):
    """The environment does not allow StockCraft to run; the message says what to set."""


def text(name: str, default: str = "") -> str:
    """The setting as text; `NAME_FILE` names a file that holds it, as container secrets do."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ConfigError(
                _("%(name)s_FILE names %(file)s, which cannot be read: %(reason)s.")
                % {"name": name, "file": file, "reason": error.strerror}
            ) from error
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """The setting as yes or no."""
    value = text(name).strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not value else value in ("1", "true", "yes", "on")
    raise ConfigError(_("%(name)s is “%(value)s”; say 1 or 0.") % {"name": name, "value": value})


def integer(name: str, default: int, *, least: int | None = None) -> int:
    """The setting as a whole number, not below ``least``."""
    value = text(name)
    try:
        number = int(value) if value else default
    except ValueError as error:
        raise ConfigError(
            _("%(name)s is “%(value)s”; it takes a whole number.") % {"name": name, "value": value}
        ) from error
    if least is not None and number < least:
        raise ConfigError(
            _("%(name)s is %(number)s; it takes %(least)s or more.") % {"name": name, "number": number, "least": least}
        )
    return number


def words(name: str, default: str = "") -> list[str]:
    """The setting as a list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def data_folder() -> Path:
    """The folder of the embedded database and of generated secrets (`STOCKCRAFT_DATA`)."""
    default = Path.home() / ".local" / "share" / "stockcraft"
    return Path(text("STOCKCRAFT_DATA") or default).expanduser().resolve()
