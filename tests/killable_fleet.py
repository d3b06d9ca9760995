"""A fleet to be hurt: shops, a web server and workers as processes of their own, on the database of the test run."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import httpx
import psutil
from django.conf import settings
from django.db import connection as database
from django.db.models import Sum
from django.db.utils import InterfaceError, OperationalError
from django.test import Client

from catalogues import catalogue, shown
from real_processes import TOKEN, ShopProcess, WorkerProcess, environment
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.lib import embedded
from stockcraft.syncs.models import Change, SyncRun

WORKERS = 3
PRODUCTS = 420
# Seconds that the shop takes to answer, so that a sync lasts long enough to be killed several times.
SLOW = 1.0
PATIENCE = 120.0
STALLED_AFTER = 3
# How often each kind of kill is chosen, of a hundred.
KINDS = {"worker": 42, "database connection": 38, "web server": 14, "paused worker": 4, "PostgreSQL": 2}

TERMINATE_ONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
     ORDER BY random() LIMIT 1
"""
# A product's title in each run that changed it, oldest first: what one run wrote is what the next one found.
BROKEN_TITLES = """
    WITH told AS (
        SELECT run.connection_id, run.number, change.shopify_product_id, field->>'before' AS before,
               lag(field->>'after') OVER (
                   PARTITION BY run.connection_id, change.shopify_product_id ORDER BY run.number
               ) AS earlier,
               field->>'after' AS after
          FROM syncs_change AS change
          JOIN syncs_syncrun AS run ON run.id = change.run_id
          CROSS JOIN jsonb_array_elements(change.fields) AS field
         WHERE field->>'field' = 'title' AND change.kind IN ('update', 'restore')
    )
    SELECT * FROM told WHERE before = after OR earlier <> before
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
        self.process = subprocess.Popen(command, env=environment(), start_new_session=True, stderr=subprocess.DEVNULL)

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
        self._kept: dict[int, tuple[str, Decimal]] = {}
        self._paused: list[tuple[float, WorkerProcess]] = []

    def __enter__(self) -> Fleet:
        self.owner = User.objects.create_user("alice@example.com", "pw")
        self.account = Account.objects.open("Fleet", owner=self.owner, plan="plus")
        self.shops = [self._open_shop(number) for number in range(self._count)]
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
        """Press Sync Products Now for every shop that has no sync under way; the shop has changed since the last."""
        busy = set(self._ask(lambda: list(SyncRun.objects.live().values_list("connection_id", flat=True))))
        for there, connection in self.shops:
            if connection.pk not in busy:
                self._disturb(there)
                self._press(connection)

    def merchants_work(self) -> None:
        """The merchant writes a note and a cost of their own."""
        variant = self._ask(lambda: Variant.objects.order_by("?").first())
        if variant is not None:
            note, cost = f"note {self._chance.random()}", Decimal(self._chance.randint(1, 999))
            self._ask(lambda: Variant.objects.filter(pk=variant.pk).update(notes=note, own_cost=cost))
            self._kept[variant.pk] = (note, cost)

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
        """Kill one thing, chosen at random; returns its kind."""
        kind = self._chance.choices(list(KINDS), list(KINDS.values()))[0]
        match kind:
            case "worker":
                self._chance.choice(self.workers).kill()
            case "web server":
                self.web.kill()
            case "database connection":
                self._ask(self._terminate_one)
            case "paused worker":
                worker = self._chance.choice(self.workers)
                worker.pause()
                # Long enough for another to take its run over; it wakes late and must write nothing.
                self._paused.append((time.monotonic() + STALLED_AFTER * 2, worker))
            case "PostgreSQL":
                crash_postgresql()
        return kind

    def _terminate_one(self) -> None:
        with database.cursor() as cursor:
            cursor.execute(TERMINATE_ONE)

    def bring_back_what_died(self, *, all_of_it: bool = False) -> None:
        """Start again what was killed, as a supervisor would, and wake who was paused long enough."""
        for wakes_at, worker in list(self._paused):
            if all_of_it or time.monotonic() >= wakes_at:
                worker.wake()
                self._paused.remove((wakes_at, worker))
        self.web.bring_back()
        self.workers = [self._new_worker() if worker.is_dead else worker for worker in self.workers]

    def let_everything_end(self) -> None:
        """Bring everything back and wait for the last run."""
        for there, _connection in self.shops:
            there.fault(slow=0.0)
        deadline = time.monotonic() + PATIENCE
        while self.live():
            assert time.monotonic() < deadline, f"{self.live()} runs did not end"
            self.bring_back_what_died(all_of_it=True)
            time.sleep(0.2)

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
        return self._ask(lambda: SyncRun.objects.live().count())

    def ended(self) -> int:
        return self._ask(lambda: SyncRun.objects.exclude(status__in=SyncRun.LIVE).count())

    def statuses(self) -> Counter[str]:
        """How many runs ended how, with the reason of those that failed."""
        return Counter(
            f"{status} {code}".strip() for status, code in SyncRun.objects.values_list("status", "failure_code")
        )

    def takeovers(self) -> int:
        """How often a run was claimed again."""
        return (SyncRun.objects.aggregate(claims=Sum("attempt"))["claims"] or 0) - SyncRun.objects.count()

    def differing_shops(self) -> list[str]:
        """Shops whose catalogue here is not what the shop shows, or whose last sync had something to say."""
        last = {connection.pk: connection.runs.latest("pk") for _there, connection in self.shops}
        return [
            connection.shop_domain
            for there, connection in self.shops
            if catalogue(connection) != shown(there) or last[connection.pk].status != SyncRun.Status.SUCCEEDED
        ]

    def lost_local_fields(self) -> list[int]:
        """Variants whose note and cost are not what the merchant wrote last."""
        rows = Variant.objects.filter(pk__in=self._kept).values_list("pk", "notes", "own_cost")
        found = {pk: (notes, cost) for pk, notes, cost in rows}
        return [pk for pk, kept in self._kept.items() if found.get(pk) != kept]

    def lost_tokens(self) -> list[str]:
        """Connections that are not connected with their token any more."""
        found = Connection.objects.filter(pk__in=[connection.pk for _there, connection in self.shops])
        return [one.shop_domain for one in found if (one.access_token, one.status) != (TOKEN, "connected")]

    def repeated_changes(self) -> list[int]:
        """Runs whose change rows name a product twice, and products that came in twice."""
        seen = Counter(Change.objects.values_list("run_id", "shopify_product_id"))
        created = Counter(Change.objects.filter(kind="create").values_list("run__connection_id", "shopify_product_id"))
        products = Counter(Product.objects.values_list("connection_id", "shopify_product_id"))
        return [key[1] for counter in (seen, created, products) for key, count in counter.items() if count > 1]

    def broken_histories(self) -> list[object]:
        """Changes that tell something else than what the run before them left."""
        with database.cursor() as cursor:
            cursor.execute(BROKEN_TITLES)
            return list(cursor.fetchall())

    def changes(self) -> int:
        return Change.objects.count()

    def local_fields(self) -> int:
        return 2 * len(self._kept)

    # --- How it is made -------------------------------------------------------------------------------------------

    def _open_shop(self, number: int) -> tuple[ShopProcess, Connection]:
        there = ShopProcess("--products", str(PRODUCTS), "--variants", "2", "--seed", str(number), "--no-throttle")
        there.fault(slow=SLOW)
        connection = Connection.objects.create(
            account=self.account,
            shop_domain=f"fleet-{number}.myshopify.com",
            access_token=TOKEN,
            grant="pasted",
            base_url=there.url,
        )
        return there, connection

    def _signed_in(self) -> str:
        client = Client()
        client.force_login(self.owner)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def _new_worker(self) -> WorkerProcess:
        return WorkerProcess(STOCKCRAFT_STALLED_AFTER=str(STALLED_AFTER), STOCKCRAFT_LOG_LEVEL="CRITICAL")

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
