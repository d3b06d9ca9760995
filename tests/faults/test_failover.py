"""The database fails over to its standby while a worker is at work: the run goes on there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from catalogues import shown
from real_processes import TOKEN, WorkerProcess, environment, shop
from stockcraft.lib import embedded

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PATIENCE = 90.0
PORTS = {"primary": 5432, "standby": 5433}

ASK_FOR_A_SYNC = """
import django; django.setup()
from stockcraft.connections.models import Connection
from stockcraft.workflows.start import request_sync
request_sync(Connection.objects.get(), "manual")
"""
CATALOGUE = """
import json, django; django.setup()
from catalogues import catalogue
from stockcraft.connections.models import Connection
print(json.dumps(sorted(catalogue(Connection.objects.get()).items())))
"""


class Pair:
    """Two PostgreSQL servers, the second of which follows the first and can take its place."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._programs = folder, embedded.programs()
        # PostgreSQL does not run as root.
        owner = os.stat(embedded.folder())
        self._as = {"user": owner.st_uid, "group": owner.st_gid} if os.getuid() == 0 else {}
        os.chown(folder, owner.st_uid, owner.st_gid)
        self._run("initdb", "-D", self._data("primary"), "-U", "postgres", "-A", "trust", "--no-sync")
        self._start("primary")
        primary = ("-h", str(folder), "-p", str(PORTS["primary"]), "-U", "postgres")
        self._run("pg_basebackup", *primary, "-D", self._data("standby"), "-R", "-c", "fast")
        self._start("standby")

    @property
    def url(self) -> str:
        """Both, and that the one which takes writes is meant."""
        hosts, ports = f"{self._folder},{self._folder}", ",".join(str(port) for port in PORTS.values())
        return f"postgresql://postgres@/postgres?host={hosts}&port={ports}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """The first dies as by a power cut, whatever it was doing; the second takes over."""
        self._run("pg_ctl", "-D", self._data("primary"), "-m", "immediate", "stop")
        self._run("pg_ctl", "-D", self._data("standby"), "promote")

    def stop(self) -> None:
        """End both."""
        for name in PORTS:
            self._run("pg_ctl", "-D", self._data(name), "-m", "immediate", "stop", check=False)

    def ask(self, question: str) -> tuple[Any, ...]:
        """One row; whichever server answers."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(question).fetchone()
        assert found is not None
        return found

    def _data(self, name: str) -> str:
        return str(self._folder / name)

    def _start(self, name: str) -> None:
        options = f"-p {PORTS[name]} -k {self._folder} -c listen_addresses= -c fsync=off"
        self._run("pg_ctl", "-D", self._data(name), "-l", f"{self._data(name)}.log", "-w", "-o", options, "start")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=check, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as)


@pytest.fixture
def pair() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="sc-pair-", dir="/tmp"))
    both = Pair(folder)
    yield both
    both.stop()
    shutil.rmtree(folder)


def test_a_run_goes_on_at_the_standby_when_the_database_fails_over(pair: Pair) -> None:
    with shop("--products", "900", "--variants", "2", "--no-throttle") as there:
        account = ("accounts", "create", "--email", "alice@example.com", "--password", "a-long-one-0", "--plan", "plus")
        stockcraft(pair, "migrate")
        slug = stockcraft(pair, *account).split()[-1]
        stockcraft(pair, "connect", "pair", "--account", slug, "--token", TOKEN, "--url", there.url)
        there.fault(slow=0.6)
        worker = WorkerProcess(DATABASE_URL=pair.url, STOCKCRAFT_STALLED_AFTER="2", STOCKCRAFT_LOG_LEVEL="CRITICAL")
        try:
            python(pair, ASK_FOR_A_SYNC)
            until(pair, "SELECT pages >= 2 FROM syncs_syncrun")

            pair.fail_over()

            (read,) = pair.ask("SELECT products_read FROM syncs_syncrun WHERE status IN ('queued', 'running')")
            assert pair.ask("SELECT count(*) FROM catalog_product") == (read,)
            assert 0 < read < 900
            there.fault(slow=0.0)
            until(pair, "SELECT status NOT IN ('queued', 'running') FROM syncs_syncrun")
        finally:
            assert worker.stop() == 0
        assert pair.ask("SELECT status, attempt > 1 FROM syncs_syncrun") == ("succeeded", True)
        assert json.loads(python(pair, CATALOGUE)) == json.loads(json.dumps(sorted(shown(there).items())))


def until(pair: Pair, question: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not pair.ask(question)[0]:
        assert time.monotonic() < deadline, question
        time.sleep(0.05)


def stockcraft(pair: Pair, *arguments: str) -> str:
    return called(pair, "-m", "stockcraft", *arguments)


def python(pair: Pair, code: str) -> str:
    return called(pair, "-c", code)


def called(pair: Pair, *arguments: str) -> str:
    tests = str(Path(__file__).parents[1])
    settled = environment(DATABASE_URL=pair.url, PYTHONPATH=tests, DJANGO_SETTINGS_MODULE="stockcraft.settings")
    done = subprocess.run([sys.executable, *arguments], env=settled, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
