"""Every address of the application, taken from its own table and walked as owner, member, stranger and signed out, so
that no page can be forgotten: a new one that is not an account's has to be named here."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from address_table import LEAVES
from stockcraft.accounts.models import Account
from stockcraft.syncs.models import Trigger
from stockcraft.syncs.resolving import remove
from web_cast import Cast, add_product, add_run, client_of, connect

# Signing in and up belong to django-allauth.
OF_OTHERS = ("accounts/",)
OF_OPERATORS = "operators/"
# Pages for people without an account, or for machines.
OPEN_TO_ALL = {
    "healthz",
    "metrics",
    "readyz",
    "language",
    "shopify_webhooks",
    "shopify_install",
    "error_page",
    "help",
    "help_topic",
}
FOR_ANYONE_SIGNED_IN = {"home", "new_workspace", "shopify_callback", "shopify_install_onward", "time_zone", "times"}


METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@pytest.fixture
def parts(cast: Cast) -> dict[str, dict[str, object]]:
    """What each address of an account needs to be written, by its name."""
    connection = connect(cast.account)
    run = add_run(connection)
    first = add_product(connection, cast.account, "Mug")
    product = add_product(connection, cast.account, "Mug twin", shopify_product_id=first.shopify_product_id)
    values = {
        "account_slug": cast.account.slug,
        "connection_id": connection.pk,
        "number": run.number,
        "product_id": product.pk,
        "resolution_id": remove(add_product(connection, cast.account, "Mugs"), cast.alice).pk,
    }
    preview = add_run(connection, trigger=Trigger.PREVIEW)
    found = {leaf.name: {part: values[part] for part in leaf.converters} for leaf in LEAVES if leaf.is_an_accounts}
    return found | {"preview": found["preview"] | {"number": preview.number}}


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All rows of the application's own tables."""
    models = [model for model in apps.get_models() if model.__module__.startswith("stockcraft.")]
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in models}


def addresses(parts: dict[str, dict[str, object]]) -> dict[str, str]:
    return {name: reverse(name, kwargs=kwargs) for name, kwargs in parts.items()}


def test_owner_and_member_reach_every_page(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    for user in (cast.alice, cast.bob):
        client = client_of(user)
        for name, address in addresses(parts).items():
            assert client.get(address).status_code in (200, 405), (name, user)


def test_a_stranger_gets_404_everywhere_and_changes_nothing(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    client, before = client_of(cast.charlie), everything()
    for name, address in addresses(parts).items():
        answers = {method: getattr(client, method)(address).status_code for method in METHODS}
        assert set(answers.values()) <= {404, 405}, (name, answers)
        assert 404 in answers.values(), name
    assert everything() == before


def test_signed_out_readers_are_sent_to_sign_in_and_change_nothing(
    cast: Cast, parts: dict[str, dict[str, object]]
) -> None:
    before = everything()
    for name, address in addresses(parts).items():
        answers = [getattr(Client(), method)(address) for method in METHODS]
        redirects = [answer for answer in answers if answer.status_code == 302]
        assert redirects, name
        assert all(answer.url.startswith("/accounts/login/") for answer in redirects), name
        assert all(answer.status_code in (302, 405) for answer in answers), name
    assert everything() == before


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


def operators_addresses() -> list[str]:
    """Every address of operators, written with 1 for whichever row and, where any word will do, with one."""
    routes = [leaf.route for leaf in LEAVES if leaf.route.startswith(OF_OPERATORS)]
    words = {r"\(\?P<app_label>[^)]*\)": "accounts", r"\(\?P<url>[^)]*\)": "anything", r"<[^>]+>": "1", r"[\^$]": ""}
    for pattern, word in words.items():
        routes = [re.sub(pattern, word, route) for route in routes]
    return sorted({f"/{route}" for route in routes})


def test_addresses_of_operators_exist_for_nobody_else(cast: Cast, parts: dict[str, dict[str, object]]) -> None:
    clients = [client_of(user) for user in (cast.alice, cast.bob, cast.charlie)]
    before, walked = everything(), operators_addresses()
    assert len(walked) > 30
    for client in clients:
        for address in walked:
            assert {getattr(client, method)(address).status_code for method in METHODS} == {404}, address
    for address in walked:
        answer = Client().get(address)
        assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True), address  # type: ignore[attr-defined]
    assert everything() == before


def test_every_other_address_is_listed_here() -> None:
    others = [leaf for leaf in LEAVES if not leaf.is_an_accounts]
    ours = {leaf.name for leaf in others if not leaf.route.startswith((*OF_OTHERS, OF_OPERATORS))}
    assert ours == OPEN_TO_ALL | FOR_ANYONE_SIGNED_IN
    assert {leaf.route.split("/")[0] for leaf in LEAVES if leaf.is_an_accounts} == {"a"}


def test_nobody_is_led_to_another_site(cast: Cast, page: Client, parts: dict[str, dict[str, object]]) -> None:
    evil = "https://evil.example/"
    for name, address in addresses(parts).items():
        for answer in (page.get(address, {"next": evil}), page.post(address, {"next": evil})):
            assert "evil.example" not in answer.get("Location", ""), name
    for address in (reverse("language", args=["fr"]), reverse("account_login"), reverse("account_logout")):
        for answer in (page.get(address, {"next": evil}), page.post(address, {"next": evil})):
            assert "evil.example" not in answer.get("Location", ""), address


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
