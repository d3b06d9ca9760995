"""Tokens are renewed once, by one worker, and kept before they are used."""

import threading
from datetime import timedelta

import httpx
import pytest
from django.db import connection as database
from django.test import override_settings
from django.utils import timezone

from shopsim.sim import Simulator
from shopsync.errors import Unauthorized
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.connections.tokens import Tokens
from tests_shops import CLIENT_ID, CLIENT_SECRET, simulator, transport

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("our_app"),
]


@pytest.fixture
def our_app():
    with override_settings(SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET, SHOPIFY_URL=""):
        yield


@pytest.fixture
def sim() -> Simulator:
    return simulator()


def connected(sim: Simulator, **fields: object) -> Connection:
    """A connection holding an expiring token that the shop granted."""
    account = Account.objects.open("Maple", owner=User.objects.create_user("alice@example.com", "pw"))
    token = sim.default.office.issue(["read_products"], seconds=3600, refreshable=True)
    values = {
        "access_token": token.access,
        "refresh_token": token.refresh,
        "token_expires_at": timezone.now() + timedelta(hours=1),
        **fields,
    }
    return Connection.objects.create(account=account, shop_domain=sim.default.shop.domain, **values)


def test_a_token_that_still_lives_is_used_as_it_is(sim: Simulator) -> None:
    connection = connected(sim)

    assert Tokens(connection, transport=transport(sim)).current() == connection.access_token
    assert sim.default.office.refreshes == 0


def test_a_token_near_its_end_is_renewed_and_the_pair_is_kept(sim: Simulator) -> None:
    connection = connected(sim, token_expires_at=timezone.now() + timedelta(minutes=1))
    before = connection.refresh_token

    token = Tokens(connection, transport=transport(sim)).current()

    connection.refresh_from_db()
    assert connection.access_token == token
    assert connection.refresh_token != before
    assert connection.token_expires_at > timezone.now() + timedelta(minutes=50)
    assert connection.token_claimed_until is None


def test_a_refused_token_is_renewed(sim: Simulator) -> None:
    connection = connected(sim)
    sim.default.office.expire_all()

    token = Tokens(connection, transport=transport(sim)).renew()

    assert sim.default.office.scopes_of(token) == {"read_products"}


@pytest.mark.parametrize("races", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_two_workers_race_for_one_refresh(sim: Simulator, races: int) -> None:
    connection = connected(sim)
    got: list[str] = []
    start = threading.Barrier(2)

    def work() -> None:
        for _ in range(races):
            start.wait()
            got.append(Tokens(connection, transport=transport(sim)).current())
            if start.wait() == 0:
                Connection.objects.update(token_expires_at=timezone.now())
        database.close()

    Connection.objects.update(token_expires_at=timezone.now())
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(got) == 2 * races
    assert len(set(got)) == races
    assert sim.default.office.refreshes == races
    connection.refresh_from_db()
    assert sim.default.office.scopes_of(connection.access_token) == {"read_products"}
    assert Tokens(connection, transport=transport(sim)).renew() not in got


class Killed(BaseException):
    """The process ends here."""


class KilledAfterTheAnswer(httpx.BaseTransport):
    """Shopify answers, and the worker is killed before it can keep the answer."""

    def __init__(self, sim: Simulator) -> None:
        self._real = transport(sim)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._real.handle_request(request).read()
        raise Killed


def killed_while_renewing(sim: Simulator, connection: Connection) -> None:
    """As a kill -9 leaves it: the refresh token is used up at Shopify, and the claim still stands."""
    with pytest.raises(Killed):
        Tokens(connection, transport=KilledAfterTheAnswer(sim)).current()
    Connection.objects.update(token_claimed_until=timezone.now() + timedelta(seconds=0.3))


def test_a_worker_killed_between_the_answer_and_keeping_it_loses_nothing(sim: Simulator) -> None:
    connection = connected(sim, token_expires_at=timezone.now())
    killed_while_renewing(sim, connection)

    token = Tokens(connection, transport=transport(sim)).current()

    assert sim.default.office.scopes_of(token) == {"read_products"}
    connection.refresh_from_db()
    assert connection.access_token == token


def test_until_its_own_end_the_old_token_still_reads_the_shop(sim: Simulator) -> None:
    connection = connected(sim, token_expires_at=timezone.now() + timedelta(minutes=4))
    old = connection.access_token
    killed_while_renewing(sim, connection)
    assert sim.default.office.scopes_of(old) == {"read_products"}


class Overtaken(httpx.BaseTransport):
    """While this worker waits for its answer its claim runs out, and another renews, perhaps twice."""

    def __init__(self, sim: Simulator, connection: Connection, renewals: int, late: bool) -> None:
        self._sim, self._connection, self._renewals, self._late = sim, connection, renewals, late

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._late:
            answer = transport(self._sim).handle_request(request)
            answer.read()
        Connection.objects.update(token_claimed_until=timezone.now() - timedelta(seconds=1))
        for _ in range(self._renewals):
            Tokens(self._connection, transport=transport(self._sim)).renew()
        return transport(self._sim).handle_request(request) if self._late else answer


@pytest.mark.parametrize("renewals", [1, 2])
@pytest.mark.parametrize("late", [False, True])
def test_a_slow_worker_never_puts_an_older_pair_over_a_newer_one(sim: Simulator, renewals: int, late: bool) -> None:
    connection = connected(sim, token_expires_at=timezone.now())

    token = Tokens(connection, transport=Overtaken(sim, connection, renewals, late)).current()

    connection.refresh_from_db()
    assert token == connection.access_token
    assert sim.default.office.scopes_of(token) == {"read_products"}
    assert Tokens(connection, transport=transport(sim)).renew() != token


def test_a_worker_that_died_with_the_claim_does_not_block_the_next(sim: Simulator) -> None:
    past = timezone.now() - timedelta(seconds=1)
    connection = connected(sim, token_expires_at=timezone.now(), token_claimed_until=past)

    assert Tokens(connection, transport=transport(sim)).current()


def test_a_revoked_refresh_token_needs_a_person_and_frees_the_claim(sim: Simulator) -> None:
    connection = connected(sim, token_expires_at=timezone.now())
    sim.default.office.revoke_all()

    with pytest.raises(Unauthorized):
        Tokens(connection, transport=transport(sim)).current()

    connection.refresh_from_db()
    assert connection.token_claimed_until is None


def test_a_pasted_token_cannot_be_renewed(sim: Simulator) -> None:
    connection = connected(sim, grant=Connection.Grant.PASTED)

    with pytest.raises(Unauthorized):
        Tokens(connection, transport=transport(sim)).renew()


def test_the_merchants_own_app_buys_a_new_token_with_its_credentials(sim: Simulator) -> None:
    connection = connected(
        sim,
        grant=Connection.Grant.CLIENT_CREDENTIALS,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        refresh_token="",
        token_expires_at=timezone.now(),
    )

    token = Tokens(connection, transport=transport(sim)).current()

    assert sim.default.office.scopes_of(token) == {"read_products"}
    connection.refresh_from_db()
    assert connection.token_expires_at > timezone.now() + timedelta(hours=23)


def test_tokens_never_show_in_a_representation(sim: Simulator) -> None:
    connection = connected(sim)

    shown = repr(Tokens(connection)) + repr(connection)

    assert connection.access_token not in shown


def test_a_token_that_comes_after_the_connection_ended_is_not_kept(sim: Simulator) -> None:
    class Slow(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = transport(sim).handle_request(request)
            answer.read()
            Connection.objects.get().disconnect()
            return answer

    connection = connected(sim, token_expires_at=timezone.now())
    assert Tokens(connection, transport=Slow()).current() == ""
    connection.refresh_from_db()
    assert (connection.access_token, connection.refresh_token) == ("", "")
