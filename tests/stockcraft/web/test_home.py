"""Home leads through the first steps one at a time, then shows how things stand."""

from __future__ import annotations

from django.test import Client

from stockcraft.accounts.models import Account, User
from web_cast import PASSWORD, Cast, add_product, add_run, client_of, connect, text_of

HOME = "/a/maple-thread/"


def test_the_front_door_leads_to_ones_own_account(cast: Cast, page: Client) -> None:
    assert page.get("/").url == HOME


def test_someone_without_an_account_makes_one(db: None) -> None:
    dora = User.objects.create_user("dora@example.com", name="Dora")
    client = client_of(dora)
    assert client.get("/").url == "/workspaces/new/"
    assert client.post("/workspaces/new/", {"name": "Dora’s Mugs"}).url == "/a/doras-mugs/"
    assert Account.objects.get().memberships.get().user == dora


def test_the_first_steps_open_one_at_a_time(cast: Cast, page: Client) -> None:
    text = text_of(page.get(HOME))
    assert "Welcome, Alice. Let’s bring in your products." in text
    assert "Step 2 of 4" in text
    assert 'name="shop"' in text
    connection = connect(cast.account, auto_sync=False, next_sync_at=None)
    text = text_of(page.get(HOME))
    assert "Step 3 of 4" in text
    assert "Sync Products Now" in text
    add_run(connection)
    text = text_of(page.get(HOME))
    assert "Step 4 of 4" in text
    assert 'name="on" value="1"' in text


def test_a_step_done_before_its_turn_is_not_counted_as_passed(cast: Cast, page: Client) -> None:
    connect(cast.account)
    assert "Step 3 of 4" in text_of(page.get(HOME))


def test_the_figures_follow_once_all_is_set_up(cast: Cast, page: Client) -> None:
    connection = connect(cast.account)
    add_run(connection, created=1)
    add_product(connection, cast.account, "Mug")
    text = text_of(page.get(HOME))
    assert "1 of 50" in text
    assert "Next automatic sync" in text
    assert "Welcome" not in text


def test_the_first_steps_can_be_left_and_taken_up(page: Client) -> None:
    page.post(f"{HOME}first-run/")
    assert "1 of 4 first steps done" in text_of(page.get(HOME))
    page.post(f"{HOME}first-run/")
    assert "Step 2 of 4" in text_of(page.get(HOME))


def test_signing_up_opens_the_account_and_its_first_steps(client: Client, db: None) -> None:
    form = {"name": "Dora Lee", "workspace": "Dora’s Mugs", "email": "Dora@Example.com", "password1": PASSWORD}
    response = client.post("/accounts/signup/", form, follow=True)
    assert response.redirect_chain[-1][0] == "/a/doras-mugs/"
    assert "Welcome, Dora." in text_of(response)
    dora = User.objects.get()
    assert (dora.email, dora.name, dora.language) == ("dora@example.com", "Dora Lee", "en")


def test_signing_up_without_a_workspace_makes_nobody(client: Client, db: None) -> None:
    form = {"name": "Dora", "workspace": "", "email": "dora@example.com", "password1": PASSWORD}
    response = client.post("/accounts/signup/", form)
    assert 'aria-invalid="true"' in text_of(response)
    assert not User.objects.exists()
    assert not Account.objects.exists()


def test_a_wrong_password_is_told_in_our_words(cast: Cast, client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "alice@example.com", "password": "wrong"})
    assert "Email and password do not match. Try again or reset your password." in text_of(response)


def test_the_entrance_pages_open_in_both_languages(client: Client, db: None) -> None:
    for address in ("login", "signup", "password/reset", "password/reset/done"):
        for language, word in (("en", "English"), ("fr", "catalogue Shopify, à jour")):
            text = text_of(client.get(f"/accounts/{address}/", headers={"Accept-Language": language}))
            assert word in text, (address, language)
