"""Profile, workspace, members, and the small choices of a reader."""

from __future__ import annotations

from django.test import Client

from web_cast import Cast, client_of, text_of

GENERAL = "/a/maple-thread/settings/general/"


def test_the_profile_saves_name_language_zone_and_theme(cast: Cast, page: Client) -> None:
    form = {"name": "Alice Roy", "language": "fr", "timezone": "Asia/Tokyo", "theme": "dark"}
    response = page.post(GENERAL, form, follow=True)
    cast.alice.refresh_from_db()
    assert (cast.alice.name, cast.alice.language, cast.alice.timezone, cast.alice.theme) == tuple(form.values())
    text = text_of(response)
    assert '<html lang="fr" data-theme="dark">' in text
    assert "Enregistré." in text


def test_a_zone_that_does_not_exist_is_refused(cast: Cast, page: Client) -> None:
    form = {"name": "Alice", "language": "", "timezone": "Moon/Base", "theme": "light"}
    assert page.post(GENERAL, form).status_code == 422
    cast.alice.refresh_from_db()
    assert cast.alice.timezone == "Europe/Paris"


def test_an_owner_renames_the_workspace_and_its_address_stays(cast: Cast, page: Client) -> None:
    page.post(GENERAL, {"workspace": "1", "name": "Maple & Co"})
    cast.account.refresh_from_db()
    assert (cast.account.name, cast.account.slug) == ("Maple & Co", "maple-thread")


def test_a_member_sees_the_name_without_a_form(cast: Cast) -> None:
    text = text_of(client_of(cast.bob).get(GENERAL))
    assert 'name="workspace"' not in text
    assert "Your profile" in text


def test_members_are_listed_with_their_roles(page: Client) -> None:
    text = text_of(page.get("/a/maple-thread/settings/members/"))
    for words in ("alice@example.com", "bob@example.com", "Owner", "Member"):
        assert words in text
    assert "charlie@example.com" not in text


def test_the_browser_tells_its_zone_once(cast: Cast, page: Client) -> None:
    page.post("/preferences/time-zone/", {"timezone": "Asia/Tokyo"})
    cast.alice.refresh_from_db()
    assert cast.alice.timezone == "Europe/Paris"
    cast.alice.timezone = ""
    cast.alice.save()
    page.post("/preferences/time-zone/", {"timezone": "Asia/Tokyo"})
    cast.alice.refresh_from_db()
    assert cast.alice.timezone == "Asia/Tokyo"
    assert page.post("/preferences/time-zone/", {"timezone": "Nowhere"}).status_code == 422


def test_the_language_link_goes_back_where_it_was_and_nowhere_else(cast: Cast, page: Client) -> None:
    assert page.get("/language/fr/", {"next": "/accounts/login/"}).url == "/accounts/login/"
    cast.alice.refresh_from_db()
    assert cast.alice.language == "fr"
    assert page.get("/language/fr/", {"next": "https://evil.example/"}).url == "/"
    assert page.get("/language/xx/").status_code == 404


def test_a_browsers_language_counts_for_those_who_chose_none(client: Client, db: None) -> None:
    text = text_of(client.get("/accounts/login/", headers={"Accept-Language": "fr-CA,fr;q=0.9"}))
    assert '<html lang="fr">' in text
    assert "Se connecter" in text
