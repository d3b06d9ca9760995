"""A shop is connected only with a token that can read it, by one account at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from shopsync.errors import MissingScope, StoreNotFound, Unauthorized
from shopsync.shopify.oauth import TokenGrant
from stockcraft.accounts.models import Account, User
from stockcraft.connections.connecting import connect
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from tests_shops import simulator, transport

pytestmark = pytest.mark.django_db
DOMAIN = "maple-and-thread.myshopify.com"
PASTED = Connection.Grant.PASTED


@pytest.fixture
def account() -> Account:
    return Account.objects.open("Maple & Thread", owner=User.objects.create_user("alice@example.com", "pw"))


@pytest.fixture
def other_account() -> Account:
    return Account.objects.open("Other", owner=User.objects.create_user("charlie@example.com", "pw"))


def test_a_shop_is_connected_with_what_it_says_of_itself(account: Account) -> None:
    sim = simulator()

    connection = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))

    assert connection.status == Connection.Status.CONNECTED
    assert (connection.shop_name, connection.currency, connection.scopes) == (
        "Maple And Thread",
        "USD",
        ["read_products"],
    )
    assert connection.auto_sync is False


def test_the_token_is_encrypted_at_rest(account: Account) -> None:
    sim = simulator()
    token = sim.default.token()
    connect(account, DOMAIN, TokenGrant(token), PASTED, transport=transport(sim))

    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute("SELECT access_token FROM connections_connection")
        stored = bytes(cursor.fetchone()[0])

    assert token.encode() not in stored
    assert Connection.objects.get().access_token == token


def test_a_wrong_token_connects_nothing(account: Account) -> None:
    with pytest.raises(Unauthorized):
        connect(account, DOMAIN, TokenGrant("shpat_wrong"), PASTED, transport=transport(simulator()))

    assert not Connection.objects.exists()


def test_a_token_without_read_products_connects_nothing(account: Account) -> None:
    sim = simulator()
    token = sim.default.token(("read_orders",))

    with pytest.raises(MissingScope):
        connect(account, DOMAIN, TokenGrant(token), PASTED, transport=transport(sim))

    assert not Connection.objects.exists()


def test_write_products_implies_reading(account: Account) -> None:
    sim = simulator()
    token = sim.default.token(("write_products",))

    assert connect(account, DOMAIN, TokenGrant(token), PASTED, transport=transport(sim)).is_open


def test_an_address_without_a_shop_connects_nothing(account: Account) -> None:
    with pytest.raises(StoreNotFound):
        connect(account, "nobody.myshopify.com", TokenGrant("shpat_any"), PASTED, transport=transport(simulator()))


def test_a_shop_belongs_to_one_account_at_a_time(account: Account, other_account: Account) -> None:
    sim = simulator()
    grant = TokenGrant(sim.default.token())
    connection = connect(account, DOMAIN, grant, PASTED, transport=transport(sim))

    with pytest.raises(Refused, match="another StockCraft account"):
        connect(other_account, DOMAIN, grant, PASTED, transport=transport(sim))

    connection.disconnect()
    assert connect(other_account, DOMAIN, grant, PASTED, transport=transport(sim)).is_open


def test_reconnecting_takes_up_the_same_connection(account: Account) -> None:
    sim = simulator()
    first = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))
    product = account.products.create(connection=first, title="Candle", shopify_product_id=1)
    first.disconnect()

    again = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))

    assert again.pk == first.pk
    assert list(again.products.all()) == [product]


def test_reconnecting_goes_on_with_the_next_daily_sync(account: Account) -> None:
    sim = simulator()
    connection = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))
    connection.switch_auto_sync(True)
    connection.needs_reconnecting("shopify.unauthorized")
    Connection.objects.update(next_sync_at=timezone.now() - timedelta(days=3))

    again = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))

    assert (again.status, again.failure_code, again.auto_sync) == ("connected", "", True)
    assert again.next_sync_at is not None
    assert again.next_sync_at > timezone.now()


def test_disconnecting_erases_the_token_and_keeps_the_products(account: Account) -> None:
    sim = simulator()
    connection = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))
    connection.switch_auto_sync(True)
    account.products.create(connection=connection, title="Candle", shopify_product_id=1)

    connection.disconnect()

    connection.refresh_from_db()
    assert (connection.access_token, connection.auto_sync, connection.next_sync_at) == ("", False, None)
    assert account.products.count() == 1


def test_disconnecting_may_remove_the_products_of_that_shop_only(account: Account) -> None:
    sim = simulator()
    connection = connect(account, DOMAIN, TokenGrant(sim.default.token()), PASTED, transport=transport(sim))
    account.products.create(connection=connection, title="Candle", shopify_product_id=1)
    own = account.products.create(title="Only here")

    connection.disconnect(remove_products=True)

    assert list(account.products.all()) == [own]
