"""A fleet to be hurt: shops, a web server and workers as processes of their own, on the database of the test run.

Each shop changes before each of its syncs and is quiet until it ends, so `fleet_books` can hold every sync against the
shop and not only the last one.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
from django.conf import settings
from django.db import connection as database
from django.db.utils import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

import exact_faults
from fleet_books import Books
from real_processes import TOKEN, ShopProcess, WorkerProcess, environment
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.connections.tokens import Tokens
from stockcraft.lib import embedded
from stockcraft.syncs.models import SyncRun

WORKERS = 3
WEB = "web"
PRODUCTS = 420
# Seconds that the shop takes to answer, so that a sync lasts long enough to be killed several times.
SLOW = 0.6
PATIENCE = 120.0
STALLED_AFTER = 3
# How often each kind of kill is chosen, of a hundred, once each was chosen.
KINDS = {
    "worker": 20,
    "worker in a step": 24,
    "database connection": 16,
    "connection in a step": 22,
    "web server": 12,
    "paused worker": 4,
    "PostgreSQL": 2,
}
# A fault in a step comes before one of so many writing statements; about what two steps have.
STATEMENTS = 25
# Seconds after which a process that was to be killed in a step is killed wherever it is.
SOON = 3.0
# The app that the simulator knows.
CLIENT = {"client_id": "shopsim-client-id", "client_secret": "shopsim-client-secret"}
# Merchants write so much of their own at once.
OWN = 40

TERMINATE_ONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
     ORDER BY random() LIMIT 1
"""


class WebProcess:
    """A `stockcraft serve` of its own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "stockcraft", "serve", "--port", str(self.port)]
        settled = environment(DATABASE_URL=f"{environment()['DATABASE_URL']}&application_name={WEB}")
        self.process = subprocess.Popen(command, env=settled, start_new_session=True, stderr=subprocess.DEVNULL)

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def kill(self) -> None:
        """Kill it and the processes it made."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def bring_back(self) -> None:
        if self.is_dead:
            self._start()


class Fleet:
    """Shops of one owner that are synced again and again, and everything that can be killed meanwhile."""

    def __init__(self, shops: int, chance: random.Random) -> None:
        self._chance = chance
        self._count = shops
        self._started = 0
        self._untried = chance.sample(list(KINDS), len(KINDS))
        self._paused: list[tuple[float, WorkerProcess]] = []

    def __enter__(self) -> Fleet:
        self.owner = User.objects.create_user("alice@example.com", "pw")
        self.account = Account.objects.open("Fleet", owner=self.owner, plan="plus")
        self.shops = [self._open_shop(number) for number in range(self._count)]
        self.books = Books(self.shops)
        self._session = self._signed_in()
        self.web = WebProcess()
        self.workers = [self._new_worker() for _ in range(WORKERS)]
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        self.web.kill()
        for there, _connection in self.shops:
            there.stop()

    # --- What goes on ---------------------------------------------------------------------------------------------

    def keep_syncing(self) -> None:
        """Press Sync Products Now for every shop that has no sync under way; the shop has changed since the last, and
        now and then its token is near its end."""
        busy = set(self._ask(lambda: list(SyncRun.objects.live().values_list("connection_id", flat=True))))
        for there, connection in self.shops:
            if connection.pk not in busy:
                if self._ask(lambda there=there, connection=connection: self.books.close(there, connection)):
                    self._disturb(there)
                    self._age_token(connection)
                self._press(connection)

    def is_at_work(self) -> bool:
        """Whether some sync is being carried out: a kill at any other time proves little."""
        return self._ask(lambda: SyncRun.objects.filter(status=SyncRun.Status.RUNNING).exists())

    def merchants_work(self) -> None:
        """The merchant writes names, notes and costs of their own."""
        self._ask(lambda: self.books.merchants_write(self._chance, OWN))

    def _age_token(self, connection: Connection) -> None:
        if self._chance.random() < 0.5:
            mine = Connection.objects.filter(pk=connection.pk)
            self._ask(lambda: mine.update(token_expires_at=timezone.now()))

    def _disturb(self, there: ShopProcess) -> None:
        products = there.products()
        for product in self._chance.sample(products, 12):
            there.edit(product["id"], title=f"Renamed {self._chance.random()}")
        there.price(self._chance.choice(products[0]["variants"])["id"], f"{self._chance.randint(1, 999)}.50")
        there.add(f"New {self._chance.random()}")
        there.delete(products[-1]["id"])

    def _press(self, connection: Connection) -> None:
        """Press the button over HTTP; a web server that does not answer is asked again in the next round."""
        address = f"http://127.0.0.1:{self.web.port}/a/{self.account.slug}/connections/{connection.pk}/runs/"
        secret = "s" * 32
        with suppress(httpx.HTTPError):
            httpx.post(
                address,
                cookies={settings.SESSION_COOKIE_NAME: self._session, "csrftoken": secret},
                headers={"X-CSRFToken": secret},
                timeout=5,
            )

    # --- What goes wrong ------------------------------------------------------------------------------------------

    def kill_something(self) -> str:
        """Kill one thing, chosen at random, so that a few kills are of different kinds; returns its kind."""
        kind = self._untried.pop() if self._untried else self._chance.choices(list(KINDS), list(KINDS.values()))[0]
        match kind:
            case "worker":
                self._chance.choice(self.workers).kill()
            case "web server":
                self.web.kill()
            case "worker in a step":
                self._ask(self._kill_in_a_step)
            case "database connection":
                self._ask(self._terminate_one)
            case "connection in a step":
                self._ask(lambda: exact_faults.plan(self._chance.randint(1, STATEMENTS)))
            case "paused worker":
                worker = self._chance.choice(self.workers)
                worker.pause()
                # Long enough for another to take its run over and end it, and often for the next to be well on its
                # way; it wakes late and must write nothing.
                self._paused.append((time.monotonic() + STALLED_AFTER * self._chance.choice((2, 6)), worker))
            case "PostgreSQL":
                crash_postgresql()
        return kind

    def _kill_in_a_step(self) -> None:
        """Kill whoever is about to carry out a certain write, with its transaction open."""
        with exact_faults.held_up(self._chance.randint(1, STATEMENTS)) as who:
            name = who(SOON)
            process = next((one for one in self.workers if one.name == name), None)
            (process or (self.web if name == WEB else self._chance.choice(self.workers))).kill()

    def _terminate_one(self) -> None:
        with database.cursor() as cursor:
            cursor.execute(TERMINATE_ONE)

    def bring_back_what_died(self, *, all_of_it: bool = False) -> None:
        """Start again what was killed, as a supervisor would, and wake who was paused long enough."""
        for wakes_at, worker in list(self._paused):
            if all_of_it or time.monotonic() >= wakes_at:
                worker.wake()
                self._paused.remove((wakes_at, worker))
        self._ask(self._hurry)
        self.web.bring_back()
        self.workers = [self._new_worker() if worker.is_dead else worker for worker in self.workers]

    def _hurry(self) -> None:
        """Let runs that were put off for half a minute and more be tried again now: that much time has passed."""
        with database.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at > now()")

    def let_everything_end(self) -> None:
        """Bring everything back and wait for the last run."""
        for there, _connection in self.shops:
            there.fault(slow=0.0)
        deadline = time.monotonic() + PATIENCE
        while self.live():
            assert time.monotonic() < deadline, f"{self.live()} runs did not end"
            self.bring_back_what_died(all_of_it=True)
            time.sleep(0.2)

    def hold_against_shops(self) -> None:
        """Check what has ended, while the shops are quiet."""
        for there, connection in self.shops:
            self.books.close(there, connection)

    def sync_all_once_more(self) -> None:
        """One more sync of each shop, undisturbed."""
        earlier = {connection.pk: connection.runs.count() for _there, connection in self.shops}
        deadline = time.monotonic() + PATIENCE
        while waiting := [one for _there, one in self.shops if one.runs.count() == earlier[one.pk]]:
            assert time.monotonic() < deadline, "the web server did not come back"
            self.bring_back_what_died(all_of_it=True)
            for connection in waiting:
                self._press(connection)
        self.let_everything_end()

    # --- What came of it ------------------------------------------------------------------------------------------

    def live(self) -> int:
        """How many runs have not ended."""
        return self._ask(lambda: SyncRun.objects.live().count())

    def ended(self) -> int:
        """How many have."""
        return self._ask(lambda: SyncRun.objects.exclude(status__in=SyncRun.LIVE).count())

    # --- How it is made -------------------------------------------------------------------------------------------

    def _open_shop(self, number: int) -> tuple[ShopProcess, Connection]:
        there = ShopProcess("--products", str(PRODUCTS), "--variants", "2", "--seed", str(number), "--no-throttle")
        there.fault(slow=SLOW)
        connection = Connection.objects.create(
            account=self.account,
            shop_domain=f"fleet-{number}.myshopify.com",
            access_token=TOKEN,
            base_url=there.url,
            tended_at=timezone.now(),
            **CLIENT,
        )
        # Exchanges the endless token for one that ends, with its refresh token.
        Tokens(connection).keep_alive()
        connection.refresh_from_db()
        return there, connection

    def _signed_in(self) -> str:
        client = Client()
        client.force_login(self.owner)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def _new_worker(self) -> WorkerProcess:
        self._started += 1
        name = f"worker-{self._started}"
        url = f"{environment()['DATABASE_URL']}&application_name={name}"
        quiet = {"STOCKCRAFT_STALLED_AFTER": str(STALLED_AFTER), "STOCKCRAFT_LOG_LEVEL": "CRITICAL"}
        return WorkerProcess(name=name, DATABASE_URL=url, **quiet)

    def _ask(self, question):  # type: ignore[no-untyped-def]
        """Ask the database, which may just be coming back."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return question()
            except (OperationalError, InterfaceError):
                database.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def crash_postgresql() -> None:
    """Stop the embedded server as a crash would, and start it again."""
    folder: Path = embedded.folder()
    postmaster = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    # https://www.postgresql.org/docs/current/server-shutdown.html: SIGQUIT leaves recovery to the next start.
    postmaster.send_signal(signal.SIGQUIT)
    postmaster.wait(timeout=30)
    start = "from stockcraft.lib import embedded; embedded.start()"
    subprocess.run([sys.executable, "-c", start], check=True, timeout=60, stdout=subprocess.DEVNULL)
    database.close()
