"""Every address of an account, walked as owner, member, stranger and signed out, so that no page can be forgotten."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from stockcraft import urls
from stockcraft.accounts.models import Account
from stockcraft.syncs.models import Trigger
from web_cast import Cast, add_product, add_run, client_of, connect

# Pages for people without an account, or for machines.
OPEN_TO_ALL = {
    "healthz",
    "readyz",
    "language",
    "shopify_webhooks",
    "shopify_install",
    "error_page",
    "help",
    "help_topic",
}
FOR_ANYONE_SIGNED_IN = {"home", "new_workspace", "shopify_callback", "shopify_install_onward", "time_zone", "times"}


@pytest.fixture
def parts(cast: Cast) -> dict[str, dict[str, object]]:
    """What each address needs to be written, by its name."""
    connection = connect(cast.account)
    run = add_run(connection)
    product = add_product(connection, cast.account, "Mug")
    values = {"connection_id": connection.pk, "number": run.number, "product_id": product.pk}
    wanted = {}
    for pattern in urls.account_urls:
        converters = pattern.pattern.converters
        wanted[pattern.name] = {name: values[name] for name in converters} | {"account_slug": cast.account.slug}
    return wanted


def addresses(parts: dict[str, dict[str, object]]) -> dict[str, str]:
    return {name: reverse(name, kwargs=kwargs) for name, kwargs in parts.items()}


def test_owner_and_member_reach_every_page(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    for user in (cast.alice, cast.bob):
        client = client_of(user)
        for name, address in addresses(parts).items():
            assert client.get(address).status_code in (200, 405), (name, user)


def test_a_stranger_gets_404_everywhere(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    client = client_of(cast.charlie)
    for name, address in addresses(parts).items():
        assert client.post(address).status_code in (404, 405), name
        assert client.get(address).status_code in (404, 405), name
        assert 404 in (client.get(address).status_code, client.post(address).status_code), name


def test_signed_out_readers_are_sent_to_sign_in(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    for name, address in addresses(parts).items():
        answers = [Client().get(address), Client().post(address)]
        redirects = [answer for answer in answers if answer.status_code == 302]
        assert redirects, name
        assert all(answer.url.startswith("/accounts/login/") for answer in redirects), name
        assert all(answer.status_code in (302, 405) for answer in answers), name


def test_a_stranger_does_not_learn_whether_an_account_exists(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    client = client_of(cast.charlie)
    theirs = client.get(reverse("products", args=[cast.account.slug]))
    nobodys = client.get(reverse("products", args=["no-such-account"]))
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)


def test_another_accounts_things_are_not_reached_through_ones_own(
    cast: Cast, parts: dict[str, dict[str, object]]
) -> None:
    client = client_of(cast.charlie)
    for name, kwargs in parts.items():
        if len(kwargs) > 1:
            address = reverse(name, kwargs=kwargs | {"account_slug": "elsewhere"})
            assert 404 in (client.get(address).status_code, client.post(address).status_code), name


def test_no_page_of_ones_own_account_shows_anothers_things(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    connection = cast.account.connections.get()
    twin = add_product(connection, cast.account, "Secret candle")
    add_product(connection, cast.account, "Secret candle", shopify_product_id=twin.shopify_product_id)
    add_run(connection, trigger=Trigger.MANUAL, requested_by=cast.alice)
    own = connect(Account.objects.get(slug="elsewhere"), "charlies-shop")
    add_run(own)
    client = client_of(cast.charlie)
    for name, kwargs in parts.items():
        response = client.get(reverse(name, kwargs={"account_slug": "elsewhere"})) if len(kwargs) == 1 else None
        if response is None or response.status_code == 405:
            continue
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert not [word for word in (b"Mug", b"Secret", b"maple", b"Alice") if word in body], name
        assert name != "duplicates" or b"No duplicates" in body


def test_every_other_address_is_listed_here() -> None:
    ours = {pattern.name for pattern in get_resolver().url_patterns if isinstance(pattern, URLPattern)}
    assert ours == OPEN_TO_ALL | FOR_ANYONE_SIGNED_IN
    prefixes = [str(found.pattern) for found in get_resolver().url_patterns if isinstance(found, URLResolver)]
    assert prefixes == ["a/<slug:account_slug>/", "accounts/"]


def test_addresses_outside_accounts_need_a_signed_in_reader_where_they_should(db: None) -> None:
    for name in FOR_ANYONE_SIGNED_IN:
        answers = [Client().get(reverse(name)), Client().post(reverse(name))]
        assert any(answer.status_code == 302 and "/accounts/login/" in answer.url for answer in answers), name


def test_only_owners_change_the_plan_and_the_name(cast: Cast) -> None:
    client = client_of(cast.bob)
    slug = cast.account.slug
    assert client.post(reverse("plan", args=[slug]), {"plan": "plus"}).status_code == 403
    assert client.post(reverse("general", args=[slug]), {"workspace": "1", "name": "Mine"}).status_code == 403
    cast.account.refresh_from_db()
    assert (cast.account.plan, cast.account.name) == ("free", "Maple & Thread")
