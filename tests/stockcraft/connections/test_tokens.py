"""Tokens are renewed once, by one worker, and kept before they are used."""

import threading
from datetime import timedelta

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


def test_two_workers_race_for_one_refresh(sim: Simulator) -> None:
    connection = connected(sim, token_expires_at=timezone.now())
    got: list[str] = []

    def work() -> None:
        got.append(Tokens(connection, transport=transport(sim)).current())
        database.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(set(got)) == 1
    assert sim.default.office.refreshes == 1


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
