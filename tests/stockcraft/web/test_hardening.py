"""What every answer carries, and what nobody may do too often or at all."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from real_processes import environment
from shopsync.shopify.oauth import TokenGrant
from stockcraft.accounts.models import User
from stockcraft.connections.connecting import connect
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused
from web_cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/accounts/login/", "/healthz", "/no/such/page", "/shopify/install"])
def test_every_answer_forbids_framing_sniffing_and_foreign_content(address: str) -> None:
    headers = Client().get(address).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_forms_without_their_token_are_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(reverse("connect_token", args=[cast.account.slug]), {"shop": "x", "token": "y"})
    assert answer.status_code == 403


def test_passwords_cannot_be_guessed_for_long() -> None:
    cache.clear()
    User.objects.create_user("alice@example.com", PASSWORD)
    tries = [
        Client(REMOTE_ADDR="203.0.113.7").post(
            reverse("account_login"), {"login": "alice@example.com", "password": f"a guess {number}"}
        )
        for number in range(12)
    ]
    right = Client(REMOTE_ADDR="203.0.113.7").post(
        reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD}
    )
    cache.clear()
    assert b"do not match" in tries[0].content
    assert b"do not match" not in tries[-1].content
    assert right.status_code != 302


def test_over_https_cookies_are_secure_and_browsers_are_told_to_stay_there() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_HSTS_SECONDS")
    script = f"from django.conf import settings; print([getattr(settings, name) for name in {names}])"
    https = environment(STOCKCRAFT_BASE_URL="https://stockcraft.example")
    told = subprocess.run([sys.executable, "-c", script], env=https, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[True, True, True, 31536000]"


@pytest.mark.parametrize(
    "shop",
    [
        "127.0.0.1",
        "localhost:5432",
        "http://169.254.169.254/latest/meta-data",
        "x.myshopify.com.evil.example",
        "evil.example/x.myshopify.com",
        "x.myshopify.com@evil.example",
        "evil.example#.myshopify.com",
        "admin.shopify.com/store/../evil",
        "x.myshopify.com:8080@evil.example",
    ],
)
def test_no_form_makes_the_server_talk_to_another_host_than_a_shop(cast: Cast, page: Client, shop: str) -> None:
    own_app = {"shop": shop, "client_id": "a", "client_secret": "b"}
    assert (
        page.post(reverse("connect_token", args=[cast.account.slug]), {"shop": shop, "token": "t"}).status_code == 422
    )
    assert page.post(reverse("connect_own_app", args=[cast.account.slug]), own_app).status_code == 422
    assert page.post(reverse("connect_shop", args=[cast.account.slug]), {"shop": shop}).status_code == 422
    assert not Connection.objects.exists()


def test_another_address_than_shopifys_needs_the_operators_leave(cast: Cast) -> None:
    with override_settings(ALLOW_CUSTOM_SHOPIFY_URL=False), pytest.raises(Refused):
        connect(
            cast.account, "x.myshopify.com", TokenGrant("t"), Connection.Grant.PASTED, base_url="http://127.0.0.1:1"
        )
