"""The webhook address: what Shopify signed is kept once, anything else is refused, and nothing makes it stumble."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from real_processes import resident
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Delivery
from stockcraft.web.webhooks import LARGEST_BODY, REFUSALS_A_MINUTE
from web_cast import Cast, connect
from webhook_scene import SETTINGS, post, signature

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "vectors" / "webhook_hmac.json"
PAYLOADS = VECTORS.parents[1] / "payloads"
SHOP = "maple-and-thread.myshopify.com"
TOUCHED = {"id": 7, "updated_at": "2026-11-25T10:00:00Z"}


@pytest.fixture(autouse=True)
def _set_up(db: None) -> Iterator[None]:
    cache.clear()
    with override_settings(**SETTINGS):
        yield
    cache.clear()


def test_a_signed_delivery_is_kept_with_one_statement() -> None:
    with CaptureQueriesContext(
        database,
    ) as asked:
        assert post("products/update", TOUCHED, webhook_id="b1234567") == 200

    assert len(asked) == 1
    delivery = Delivery.objects.get()
    assert (delivery.webhook_id, delivery.topic, delivery.shop_domain) == ("b1234567", "products/update", SHOP)
    assert (delivery.shopify_product_id, delivery.status, delivery.own_app) == (7, "waiting", False)


def test_a_delivery_passes_nothing_that_only_people_need() -> None:
    answer = Client().post("/shopify/webhooks", b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert not answer.cookies
    assert {"Content-Language", "Content-Security-Policy", "Vary"}.isdisjoint(answer.headers)


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_kept_although_the_database_ended_the_connection_meanwhile() -> None:
    assert post("products/update", TOUCHED, webhook_id="b1234567") == 200
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = cursor.fetchone()[0]
    other = database.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    other.close()
    assert post("products/update", TOUCHED, webhook_id="b7654321") == 200
    assert set(Delivery.objects.values_list("webhook_id", flat=True)) == {"b1234567", "b7654321"}


def test_a_delivery_that_comes_twice_is_kept_once() -> None:
    assert [post("products/update", TOUCHED, webhook_id="b1234567") for _ in range(3)] == [200] * 3
    assert Delivery.objects.count() == 1


def test_the_previous_secret_counts_after_a_rotation() -> None:
    with override_settings(SHOPIFY_PREVIOUS_SECRET="older"):
        assert post("products/update", TOUCHED, secret="older") == 200
        assert post("products/update", TOUCHED, secret="oldest") == 401


@pytest.mark.parametrize("topic", ["products/update", "customers/data_request", "customers/redact", "shop/redact"])
def test_a_bad_signature_is_refused_on_every_topic(topic: str) -> None:
    assert post(topic, TOUCHED, secret="a guess") == 401
    assert Client().post("/shopify/webhooks", b"{}", content_type="application/json").status_code == 401
    assert not Delivery.objects.exists()


def test_other_bytes_of_the_same_json_are_refused() -> None:
    signed = signature(json.dumps(TOUCHED).encode(), "test-secret")
    other = json.dumps(TOUCHED, indent=1).encode()
    assert post("products/update", other, **{"X-Shopify-Hmac-Sha256": signed}) == 401


def test_a_merchants_own_app_signs_for_its_own_shop_only(cast: Cast) -> None:
    connect(cast.account, grant=Connection.Grant.CLIENT_CREDENTIALS, client_id="own", client_secret="own secret")
    assert post("products/update", TOUCHED, secret="own secret") == 200
    assert Delivery.objects.get().own_app
    assert post("products/update", {"id": 8}, secret="own secret", shop="other.myshopify.com") == 401


def test_a_connection_that_ended_signs_nothing(cast: Cast) -> None:
    connect(
        cast.account, grant=Connection.Grant.CLIENT_CREDENTIALS, client_id="own", client_secret="own secret"
    ).disconnect()
    assert post("products/update", TOUCHED, secret="own secret") == 401


def test_a_known_and_an_unknown_shop_cost_the_same(cast: Cast) -> None:
    connect(cast.account, grant=Connection.Grant.CLIENT_CREDENTIALS, client_id="own", client_secret="own secret")
    asked = []
    for shop in (SHOP, "nobody.myshopify.com"):
        with CaptureQueriesContext(database) as queries:
            assert post("products/update", TOUCHED, secret="a guess", shop=shop) == 401
        asked.append(len(queries))
    assert asked == [1, 1]


def test_what_is_too_long_is_not_read() -> None:
    assert post("products/update", b"x" * (LARGEST_BODY + 1)) == 413
    assert post("products/update", b'"' + b"x" * (LARGEST_BODY - 2) + b'"') == 200


def test_who_keeps_sending_unsigned_requests_is_no_longer_looked_up_and_shopify_still_is_heard() -> None:
    answers = {post("products/update", TOUCHED, secret="a guess") for _ in range(REFUSALS_A_MINUTE)}
    assert answers == {401}
    with CaptureQueriesContext(database) as asked:
        assert post("products/update", TOUCHED, secret="a guess") == 429
    assert not asked
    assert post("products/update", TOUCHED) == 200


def test_only_post_is_answered_and_nobody_needs_to_be_signed_in() -> None:
    assert Client().get("/shopify/webhooks").status_code == 405
    client = Client(enforce_csrf_checks=True)
    assert post("products/update", TOUCHED, client=client) == 200


def test_a_time_still_to_come_is_taken_for_now() -> None:
    post("products/update", TOUCHED, at=timezone.now() + timedelta(days=400))
    assert Delivery.objects.get().triggered_at <= timezone.now()


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"text"', b"{}", b'{"id": "7"}', b'{"id": -1}',
     b'{"id": 9223372036854775808}', b'{"id": 1e400}', b"\xff\xfe", b"{" * 5000],
)  # fmt: skip
def test_a_signed_body_that_names_no_product_is_kept_and_harmless(body: bytes) -> None:
    assert post("products/update", body) == 200
    assert Delivery.objects.get().shopify_product_id is None


@pytest.mark.parametrize(
    "name", ["X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id", "X-Shopify-Triggered-At"]
)
@pytest.mark.parametrize(
    "value", ["", "é", "\0", "x" * 5000, "../../etc/passwd", "0001-01-01", "a.myshopify.com.evil.example"]
)
def test_headers_are_not_signed_so_no_header_makes_it_stumble(name: str, value: str) -> None:
    assert post("products/update", TOUCHED, **{name: value}) == 200
    assert Delivery.objects.count() == 1


def test_the_published_vectors_get_their_verdict_through_the_application() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    for case in json.loads(VECTORS.read_text())["cases"]:
        with override_settings(SHOPIFY_CLIENT_SECRET=case["secret"]):
            headers = {"X-Shopify-Hmac-Sha256": case["hmac"]} if case["hmac"] else {}
            answer = Client().post(
                "/shopify/webhooks",
                case["body"].encode(),
                content_type="application/json",
                headers={"X-Shopify-Topic": "products/update", "X-Shopify-Shop-Domain": SHOP, **headers},
            )
        assert answer.status_code == (200 if case["valid"] else 401), case["id"]


def test_recorded_payloads_are_taken(cast: Cast) -> None:
    if not PAYLOADS.exists():
        pytest.skip("the recorded payloads are not beside the project")
    for path in sorted(PAYLOADS.glob("webhook_*.json")):
        topic = path.stem.removeprefix("webhook_").replace("_", "/", 1)
        topic = "products/update" if topic.startswith("products/update") else topic
        assert post(topic, path.read_bytes(), shop="example.myshopify.com") == 200
    kept = dict(Delivery.objects.values_list("topic", "shopify_product_id"))
    assert kept["products/update"] == kept["products/delete"] == 788032119674292922


# What a process may grow by, in bytes, while three quarters of the noise come in.
MEMORY = 20_000_000


@pytest.mark.usefixtures("unlogged")
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_fuzzed_deliveries_are_never_accepted_and_never_an_error(count: int) -> None:
    chance = random.Random(count)
    client = Client()
    allowed = {400, 401, 413, 429}
    for number in range(count):
        # By now everything is loaded that is loaded but once.
        if number == count // 4:
            early = resident()
        body = chance.randbytes(chance.choice((0, 1, 30, 3000)))
        headers = {
            name: "".join(map(chr, (chance.randrange(1, 255) for _ in range(chance.randrange(60)))))
            for name in ("X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id", "X-Shopify-Triggered-At")
            if chance.random() < 0.7
        }
        if chance.random() < 0.8:
            headers["X-Shopify-Hmac-Sha256"] = chance.choice(
                (base64.b64encode(chance.randbytes(32)).decode(), signature(body, "guess"), "é\0", "=" * 4000)
            )
        if chance.random() < 0.2:
            cache.clear()
            headers["X-Shopify-Shop-Domain"] = SHOP
        kind = chance.choice(("application/json", "text/plain", "multipart/form-data; boundary=x", ""))
        answer = client.post("/shopify/webhooks", body, content_type=kind, headers=headers)
        assert answer.status_code in allowed, (answer.status_code, headers)
    assert not Delivery.objects.exists()
    assert resident() - early < MEMORY
