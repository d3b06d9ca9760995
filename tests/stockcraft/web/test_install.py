"""From Shopify's install link, or from here, to its consent page and back: signed, fresh and used once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from django.test import Client, override_settings
from django.urls import reverse

from real_processes import ShopProcess, resident, shop
from shopsim.idtokens import issue
from shopsim.oauth import sign_query
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from web_cast import PASSWORD, Cast, client_of, connect, make_cast

CLIENT_ID, SHOP = "install-id", "maple-and-thread.myshopify.com"
CLIENT_SECRET = "shpss_install_0123456789abcdef0123456789"
VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors" / "oauth_callback_hmac.json"
ID_TOKENS = VECTORS.with_name("session_token_jwt.json")


@pytest.fixture(scope="module")
def process() -> Iterator[ShopProcess]:
    with shop("--products", "2", "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET) as found:
        yield found


@pytest.fixture(autouse=True)
def _set_up(db: None, process: ShopProcess) -> Iterator[None]:
    with override_settings(SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET, SHOPIFY_URL=process.url):
        yield


def link(shop_domain: str = SHOP, secret: str = CLIENT_SECRET, at: float | None = None, **more: str) -> str:
    """Shopify's install link."""
    query = {"shop": shop_domain, "timestamp": str(int(at or time.time())), "host": "YWRtaW4", **more}
    return f"/shopify/install?{urlencode({**query, 'hmac': sign_query(query, secret)})}"


def approved(address: str, decision: str = "approve") -> str:
    """The merchant decides on Shopify's page; where the browser is sent then, without its host."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = httpx.post(address.split("?")[0], data={**asked, "decision": decision})
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def begin(client: Client, account: Account, name: str = SHOP) -> str:
    """Begin from the integrations page; where Shopify asks for approval."""
    answer = client.post(reverse("connect_shop", args=[account.slug]), {"shop": name})
    assert answer.status_code == 302
    return answer["Location"]


def test_the_install_link_leads_at_once_to_shopifys_approval_and_back_to_a_connected_shop(cast: Cast) -> None:
    alice = client_of(cast.alice)
    answer = alice.get(link(), follow=False)
    asked = alice.get(answer["Location"])["Location"]
    assert "/admin/oauth/authorize" in asked
    assert parse_qs(urlsplit(asked).query)["scope"] == ["read_products"]

    done = alice.get(approved(asked))

    assert done["Location"] == reverse("preview", args=[cast.account.slug, 1])
    connection = Connection.objects.get()
    assert (connection.account, connection.shop_domain, connection.status) == (cast.account, SHOP, "connected")
    assert connection.refresh_token
    assert connection.tended_at is None


def test_someone_who_signs_up_in_the_middle_of_an_install_goes_on_where_they_were() -> None:
    newcomer = Client()
    sign_in = newcomer.get(link())["Location"]
    assert sign_in.startswith(reverse("account_login"))
    onward = parse_qs(urlsplit(sign_in).query)["next"][0]
    page = newcomer.get(sign_in).content.decode()
    assert f"{reverse('account_signup')}?next={quote(onward, safe='')}" in page

    form = {"name": "Nora", "workspace": "Nora’s", "email": "nora@example.com", "password1": PASSWORD, "next": onward}
    answer = newcomer.post(reverse("account_signup"), form)
    assert answer["Location"] == onward
    done = newcomer.get(approved(newcomer.get(onward)["Location"]))

    assert done.status_code == 302
    assert Connection.objects.get().account.memberships.get().user == User.objects.get(email="nora@example.com")


def test_opening_the_app_of_a_connected_shop_shows_its_page(cast: Cast) -> None:
    connect(cast.account)
    answer = client_of(cast.bob).get(link(), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("integrations", args=[cast.account.slug])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (link(secret="a guess"), 401),
        (link("evil.example"), 401),
        (link("maple.myshopify.com.evil.example"), 401),
        ("/shopify/install", 401),
        (f"/shopify/install?shop={SHOP}&hmac=&timestamp=1", 401),
        (link(at=1_000), 400),
        (link(at=time.time() + 10_000), 400),
    ],
)
def test_other_links_are_refused_with_a_sentence(cast: Cast, address: str, status: int) -> None:
    answer = client_of(cast.alice).get(address)
    assert (answer.status_code, b"Shopify" in answer.content) == (status, True)


def test_an_id_token_opens_the_app_as_a_signed_link_does(cast: Cast) -> None:
    alice = client_of(cast.alice)
    token = issue(SHOP, CLIENT_ID, CLIENT_SECRET, time.time())
    for address in (f"/shopify/install?shop={SHOP}&id_token={token}", link(id_token=token)):
        assert "/admin/oauth/authorize" in alice.get(alice.get(address)["Location"])["Location"]
    of_another_shop = alice.get(f"/shopify/install?shop=other.myshopify.com&id_token={token}")
    tampered = alice.get(link(id_token=token[:-3]))
    assert (of_another_shop.status_code, tampered.status_code) == (401, 401)
    assert b"Shopify" in of_another_shop.content


@pytest.mark.skipif(not ID_TOKENS.exists(), reason="the published vectors are not beside the project")
def test_the_published_id_tokens_have_their_verdicts(cast: Cast) -> None:
    vectors = json.loads(ID_TOKENS.read_text())
    app = {"SHOPIFY_CLIENT_ID": vectors["api_key"], "SHOPIFY_CLIENT_SECRET": vectors["secret"]}
    with override_settings(**app):
        for case in vectors["cases"]:
            address = f"/shopify/install?shop=sample-shop.myshopify.com&id_token={case['token']}"
            expected = 302 if case["expect"] == "accept" else 401
            assert client_of(cast.alice).get(address).status_code == expected, case["id"]


def test_an_approval_works_once(cast: Cast) -> None:
    alice = client_of(cast.alice)
    back = approved(begin(alice, cast.account))
    alice.get(back)
    connected_at = Connection.objects.get().connected_at

    again = alice.get(back, follow=True)

    assert b"used already" in again.content
    assert Connection.objects.get().connected_at == connected_at


def test_an_approval_of_another_session_is_refused(cast: Cast) -> None:
    back = approved(begin(client_of(cast.alice), cast.account))
    assert b"not started here" in client_of(cast.bob).get(back, follow=True).content
    assert not Connection.objects.exists()


@pytest.mark.parametrize("name", ["hmac", "state", "shop", "code", "timestamp"])
def test_an_answer_that_was_tampered_with_is_refused(cast: Cast, name: str) -> None:
    alice = client_of(cast.alice)
    path, query = approved(begin(alice, cast.account)).split("?")
    parameters = {key: values[0] for key, values in parse_qs(query).items()}
    parameters[name] = "other.myshopify.com" if name == "shop" else parameters[name][:-1] + "x"

    answer = alice.get(f"{path}?{urlencode(parameters)}")

    assert answer.status_code == 422
    assert not Connection.objects.exists()


@pytest.mark.parametrize("state", ["é", "\0", "", "x" * 5000])
def test_a_state_that_is_none_of_ours_is_refused_whatever_it_is_made_of(cast: Cast, state: str) -> None:
    alice = client_of(cast.alice)
    begin(alice, cast.account)
    assert alice.get(f"/shopify/callback/?{urlencode({'state': state, 'shop': SHOP})}").status_code == 422


def test_declining_connects_nothing(cast: Cast) -> None:
    alice = client_of(cast.alice)
    answer = alice.get(approved(begin(alice, cast.account), "cancel"))
    assert (answer.status_code, b"not approved" in answer.content) == (422, True)
    assert not Connection.objects.exists()


def test_a_scope_taken_away_on_shopifys_page_is_noticed(cast: Cast) -> None:
    alice = client_of(cast.alice)
    answer = alice.get(approved(begin(alice, cast.account), "chosen"))
    assert answer.status_code == 422
    assert "permission to read products" in answer.content.decode()


def test_a_shop_two_accounts_want_stays_with_the_first_and_says_what_to_do(cast: Cast) -> None:
    connect(cast.account)
    charlie = client_of(cast.charlie)
    elsewhere = Account.objects.get(slug="elsewhere")

    answer = charlie.get(approved(begin(charlie, elsewhere)))

    assert (answer.status_code, b"Disconnect it there" in answer.content) == (422, True)
    assert Connection.objects.get().account == cast.account


def test_a_shop_whose_former_owner_lost_access_goes_to_who_proves_access_now(cast: Cast) -> None:
    former = connect(cast.account)
    former.needs_reconnecting("shopify.unauthorized")
    charlie = client_of(cast.charlie)

    charlie.get(approved(begin(charlie, Account.objects.get(slug="elsewhere"))))

    former.refresh_from_db()
    assert (former.status, former.access_token) == ("disconnected", "")
    assert Connection.objects.get(status="connected").account.slug == "elsewhere"


def test_reconnecting_takes_the_same_connection_up_again(cast: Cast) -> None:
    connection = connect(cast.account)
    connection.disconnect()
    alice = client_of(cast.alice)
    alice.get(approved(begin(alice, cast.account)))
    assert Connection.objects.get().pk == connection.pk


def test_the_published_vectors_get_their_verdict_through_the_application() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    vectors = json.loads(VECTORS.read_text())
    for case in vectors["cases"]:
        with override_settings(SHOPIFY_CLIENT_SECRET=case["secret"]):
            answer = Client().get(f"/shopify/install?{case['query']}")
        # Signed ones are told that they have run out: they are fourteen years old, or bear no time.
        assert answer.status_code in {True: (400,), False: (401,), None: (400, 401)}[case["hmac_valid"]], case["id"]
    cast = make_cast()
    alice = client_of(cast.alice)
    for status, names in ((302, vectors["shop_names"]["valid"]), (422, vectors["shop_names"]["invalid"])):
        for name in names:
            answer = alice.post(reverse("connect_shop", args=[cast.account.slug]), {"shop": name})
            assert answer.status_code == status, name


# What a process may grow by, in bytes, while three quarters of the noise come in.
MEMORY = 20_000_000


@pytest.mark.usefixtures("unlogged")
@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.slow)])
def test_fuzzed_links_and_answers_are_never_accepted_and_never_an_error(cast: Cast, count: int) -> None:
    chance = random.Random(count)
    alice = client_of(cast.alice)
    state = parse_qs(urlsplit(begin(alice, cast.account)).query)["state"][0]
    names = ("hmac", "state", "shop", "code", "timestamp", "host", "error", "ids[]", "id_token", "")
    values = (SHOP, state, "1337178173", "é", "\0", "%", "a" * 3000, "", "access_denied", "-1", "9" * 400)
    for number in range(count):
        # By now everything is loaded that is loaded but once.
        if number == count // 4:
            early = resident()
        if number % 5 == 0:
            begin(alice, cast.account)
        query = [(chance.choice(names), chance.choice(values)) for _ in range(chance.randrange(9))]
        text = urlencode(query) if chance.random() < 0.7 else "".join(f"{n}={v}&" for n, v in query)
        answer = alice.get(f"/shopify/{chance.choice(('callback/', 'install'))}?{text}")
        assert answer.status_code in (302, 400, 401, 422), (answer.status_code, text)
        assert answer.status_code != 302 or "oauth" not in answer["Location"]
    assert not Connection.objects.exists()
    assert resident() - early < MEMORY
