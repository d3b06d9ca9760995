"""A backup of the embedded installation: one file with the database's dump and the secrets that belong to it."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from gettext import gettext as _
from pathlib import Path

from stockcraft.lib import embedded
from stockcraft.lib.env import ConfigError, data_folder

DUMP = "database.dump"
# What is encrypted in the database can be read with these alone.
SECRETS = ("secret.key", "encryption.key")

EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner"


def write(target: Path) -> None:
    """Write the backup, whole or not at all, readable by its owner alone. The database may be in use meanwhile.

    Raises ConfigError when the database cannot be dumped or the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="stockcraft-backup-") as folder:
        dump = Path(folder) / DUMP
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={dump}")
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            draft.touch(mode=0o600)
            with tarfile.open(draft, "w") as archive:
                archive.add(dump, DUMP)
                for name in SECRETS:
                    if (path := data_folder() / name).exists():
                        archive.add(path, name)
            draft.replace(target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ConfigError(
                _("The backup %(file)s cannot be written: %(reason)s.") % {"file": target, "reason": error.strerror}
            ) from error


def read(source: Path, *, replace: bool = False) -> None:
    """Make this installation what the backup holds: its database, started here, and its secrets.

    Raises ConfigError when the file is no backup, or when the database holds something and is not to be replaced.
    """
    with tempfile.TemporaryDirectory(prefix="stockcraft-restore-") as folder:
        unpacked = Path(folder)
        _unpack(source, unpacked)
        embedded.start()
        script = unpacked / "database.sql"
        _run("pg_restore", "--no-owner", f"--file={script}", str(unpacked / DUMP))
        if _holds_tables() and not replace:
            raise ConfigError(_("The database is not empty. Give --replace to put the backup in its place."))
        # One transaction: what is there goes only when the backup is in.
        whole = ("--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        _run("psql", *whole, f"--command={EMPTY}", f"--file={script}")
        for name in SECRETS:
            if (kept := unpacked / name).exists():
                _put(data_folder() / name, kept.read_bytes())


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as archive:
            for name in (DUMP, *SECRETS):
                if name in archive.getnames():
                    archive.extract(name, folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise ConfigError(
            _("%(file)s cannot be read as a backup: %(reason)s.")
            % {"file": source, "reason": str(error).splitlines()[0].rstrip(":")}
        ) from error
    if not (folder / DUMP).exists():
        raise ConfigError(
            _("%(file)s is no backup of StockCraft: it holds no %(dump)s.") % {"file": source, "dump": DUMP}
        )


def _holds_tables() -> bool:
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    return _run("psql", "--tuples-only", "--no-align", f"--command={count}").strip() != "0"


def _put(path: Path, secret: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secret)
    draft.replace(path)


def _run(program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs, as they come with the embedded server, on its database."""
    server = {"PGHOST": str(embedded.socket_folder()), "PGUSER": "postgres", "PGDATABASE": "postgres"}
    done = subprocess.run(
        [str(embedded.programs() / program), *arguments],
        env={**os.environ, **server},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ConfigError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout
