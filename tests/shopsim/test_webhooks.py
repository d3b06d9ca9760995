"""Webhooks: what is told to whom, signed how, and how often when nobody listens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from shopsim.sim import Simulator, Tenant

CREATE = """mutation ($topic: WebhookSubscriptionTopic!, $asked: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $asked) {
    webhookSubscription { id topic uri format includeFields filter name } userErrors { field message } } }"""
ADDRESS = ["webhookSubscription", "callbackUrl"]
Ask = Callable[..., dict]


class App:
    """An app that listens over HTTP, and answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                app.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(app.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.uri = f"http://127.0.0.1:{self._server.server_port}/hooks"

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(body) for _headers, body in self.heard]

    @property
    def topics(self) -> list[str]:
        return [headers["x-shopify-topic"] for headers, _body in self.heard]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def app() -> Iterator[App]:
    listening = App()
    yield listening
    listening.stop()


@pytest.fixture
def sim() -> Simulator:
    made = Simulator(client_secret="the-secret", throttled=False, webhooks_in_background=False)
    made.allow_any_webhook_address()
    return made


def subscribe(tenant: Tenant, app: App, topic: str = "products/update", **asked: object) -> int:
    return tenant.post.subscriptions.create(topic, {"uri": app.uri, **asked}).id


def test_a_delivery_is_signed_over_its_bytes_and_says_what_it_is(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create", name="mine")
    product = tenant.shop.add_product("Schüssel / bowl")
    assert sim.courier.run_due() == 1
    ((headers, body),) = app.heard
    signature = base64.b64encode(hmac.new(b"the-secret", body, hashlib.sha256).digest()).decode()
    assert headers["x-shopify-hmac-sha256"] == signature
    assert headers["x-shopify-topic"] == "products/create"
    assert headers["x-shopify-shop-domain"] == "maple-and-thread.myshopify.com"
    assert headers["x-shopify-api-version"] == "2026-10"
    assert headers["x-shopify-name"] == "mine"
    assert headers["x-shopify-triggered-at"].endswith("Z")
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["admin_graphql_api_id"] == f"gid://shopify/Product/{product.id}"


def test_two_addresses_hear_of_one_event_in_two_deliveries(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app)
    tenant.post.subscriptions.create("products/update", {"uri": f"{app.uri}/too"})
    tenant.shop.rename(tenant.shop.add_product("Bowl").id, "Dish")
    sim.courier.run_due()
    first, second = (headers for headers, _body in app.heard)
    assert first["x-shopify-event-id"] == second["x-shopify-event-id"]
    assert first["x-shopify-webhook-id"] != second["x-shopify-webhook-id"]


def test_a_body_is_shaped_like_the_rest_api(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    tenant.shop.add_product("Bowl", price="24.00", tags=["blue", "new"], status="DRAFT", published=False)
    sim.courier.run_due()
    (body,) = app.bodies
    assert (body["status"], body["tags"], body["published_at"]) == ("draft", "blue, new", None)
    assert body["created_at"].endswith(("+01:00", "+02:00"))
    (variant,) = body["variants"]
    assert (variant["price"], variant["option1"], variant["inventory_policy"]) == ("24.00", "Default Title", "deny")
    assert "cost" not in variant
    assert "weight" not in variant


def test_a_body_holds_a_hundred_variants_and_names_them_all(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    values = [f"Size {number}" for number in range(101)]
    rows = [{"option_values": [value]} for value in values]
    product = tenant.shop.add_product("Bowl", options=[("Size", values)], variants=rows)
    sim.courier.run_due()
    (body,) = app.bodies
    assert len(body["variants"]) == 100
    named = [one["admin_graphql_api_id"] for one in body["variant_gids"]]
    assert named == [f"gid://shopify/ProductVariant/{variant.id}" for variant in product.variants]
    assert body["variant_gids"][0]["updated_at"].endswith(".000Z")


def test_every_topic_is_told_with_its_body(sim: Simulator, tenant: Tenant, app: App, http: httpx.Client) -> None:
    topics = ("products/create", "products/update", "products/delete", "inventory_items/update", "shop/update")
    for topic in (*topics, "app/uninstalled", "app/scopes_update"):
        subscribe(tenant, app, topic)
    bowl = tenant.shop.add_product("Bowl")
    tenant.shop.set_cost(bowl.variants[0].id, "4.50")
    tenant.shop.adjust_stock(bowl.variants[0].id, -1)
    tenant.shop.delete(bowl.id)
    http.post("/_sim/shop", json={"title": "Other"}).raise_for_status()
    tenant.token(["read_products"])
    tenant.change_scopes(["read_products", "read_inventory"])
    tenant.uninstall()
    sim.courier.run_due()
    told = dict(zip(app.topics, app.bodies, strict=True))
    assert list(told) == [
        "products/create", "inventory_items/update", "products/update", "products/delete", "shop/update",
        "app/scopes_update", "app/uninstalled",
    ]  # fmt: skip
    assert told["inventory_items/update"]["cost"] == "4.50"
    assert told["products/delete"] == {"id": bowl.id}
    assert told["shop/update"]["name"] == "Other"
    assert told["app/scopes_update"]["previous"] == ["read_products"]
    assert told["app/scopes_update"]["current"] == ["read_inventory", "read_products"]
    assert told["app/uninstalled"]["myshopify_domain"] == "maple-and-thread.myshopify.com"


def test_a_finished_bulk_operation_is_told_in_lower_case(sim: Simulator, tenant: Tenant, app: App, ask: Ask) -> None:
    subscribe(tenant, app, "bulk_operations/finish")
    tenant.shop.add_product("Bowl")
    query = "{ products { edges { node { id } } } }"
    run = "mutation ($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id } } }"
    started = ask(run, query=query)["data"]["bulkOperationRunQuery"]["bulkOperation"]
    for _ in range(3):
        sim.clock.move(2)
        tenant.bulk.advance()
    sim.courier.run_due()
    (body,) = app.bodies
    assert body["admin_graphql_api_id"] == started["id"]
    assert (body["status"], body["type"], body["error_code"]) == ("completed", "query", None)


def test_a_failed_delivery_is_tried_eight_times_more_within_four_hours(
    sim: Simulator, tenant: Tenant, app: App
) -> None:
    tenant.post.subscriptions.add_app_specific("products/create", app.uri)
    app.status = 500
    tenant.shop.add_product("Bowl")
    started = sim.clock.timestamp()
    tries = [sim.courier.run_due()]
    while sim.courier.waiting:
        sim.clock.move(10)
        tries.append(sim.courier.run_due())
    assert len(app.heard) == 9
    assert 3.9 * 3600 <= sim.clock.timestamp() - started <= 4.1 * 3600
    assert len({headers["x-shopify-webhook-id"] for headers, _ in app.heard}) == 1
    assert len({body for _, body in app.heard}) == 1


def test_with_haste_the_eight_tries_pass_in_seconds(sim: Simulator, tenant: Tenant, app: App) -> None:
    tenant.post.subscriptions.add_app_specific("products/create", app.uri)
    app.status = 500
    sim.courier.haste = 1440
    tenant.shop.add_product("Bowl")
    started = sim.clock.timestamp()
    while sim.courier.waiting:
        sim.courier.run_due()
        sim.clock.move(0.1)
    assert len(app.heard) == 9
    assert sim.clock.timestamp() - started < 15


@pytest.mark.parametrize("status", [302, 400, 401, 404, 500, 503])
def test_anything_but_a_2xx_is_a_failure(sim: Simulator, tenant: Tenant, app: App, status: int) -> None:
    subscribe(tenant, app, "products/create")
    app.status = status
    tenant.shop.add_product("Bowl")
    sim.courier.run_due()
    assert sim.courier.waiting == 1
    app.status = 204
    sim.clock.move(10)
    sim.courier.run_due()
    assert (sim.courier.waiting, len(app.heard)) == (0, 2)


def test_a_subscription_made_by_the_api_ends_after_eight_failures_in_a_row(
    sim: Simulator, tenant: Tenant, app: App, ask: Ask
) -> None:
    subscribe(tenant, app, "products/create")
    configured = tenant.post.subscriptions.add_app_specific("products/create", f"{app.uri}/configured")
    app.status = 500
    tenant.shop.add_product("Bowl")
    for _ in range(1500):
        sim.courier.run_due()
        sim.clock.move(10)
    listed = ask("{ webhookSubscriptions(first: 5) { nodes { id } } }")["data"]["webhookSubscriptions"]["nodes"]
    assert listed == []
    assert tenant.post.subscriptions.of("products/create") == [configured]


def test_one_success_forgives_the_failures_before_it(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    for number in range(3):
        app.status = 500
        for title in range(5):
            tenant.shop.add_product(f"Bowl {number} {title}")
        sim.courier.run_due()
        app.status = 200
        sim.clock.move(10)
        sim.courier.run_due()
    assert len(tenant.post.subscriptions.of("products/create")) == 1


def test_deliveries_may_be_lost(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    tenant.faults.set(webhooks_lost=1)
    tenant.shop.add_product("Lost")
    tenant.shop.add_product("Told")
    sim.courier.run_due()
    assert [body["title"] for body in app.bodies] == ["Told"]


def test_deliveries_may_come_twice_under_one_id(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    tenant.faults.set(webhooks_doubled=1)
    tenant.shop.add_product("Bowl")
    sim.courier.run_due()
    first, second = app.heard
    assert first[1] == second[1]
    assert first[0]["x-shopify-webhook-id"] == second[0]["x-shopify-webhook-id"]


def test_deliveries_may_come_in_another_order(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    tenant.faults.set(webhooks_shuffled=True)
    for title in ("one", "two", "three", "four"):
        tenant.shop.add_product(title)
    sim.clock.move(4)
    sim.courier.run_due()
    assert [body["title"] for body in app.bodies] == ["four", "three", "two", "one"]


def test_only_the_fields_asked_for_are_sent(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create", includeFields=["id", "updated_at", "variants.id"])
    tenant.shop.add_product("Bowl")
    sim.courier.run_due()
    assert set(app.bodies[0]) == {"id", "updated_at", "variants"}


def test_a_field_within_a_field_may_be_asked_for(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create", includeFields=["id", "variants.id", "variants.price", "nothing"])
    product = tenant.shop.add_product("Bowl", price="24.00")
    sim.courier.run_due()
    assert app.bodies == [{"id": product.id, "variants": [{"id": product.variants[0].id, "price": "24.00"}]}]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("", True),
        ("status:active", True),
        ("status:draft", False),
        ("NOT status:draft", True),
        ("variants.price:>=9.5", True),
        ("variants.price:>=100", False),
        ("vendor:'Atelier Lune' AND (status:draft OR variants.price:<30)", True),
        ("product_type:*", False),
        ("title:*", True),
        ("created_at:>2020-01-01", True),
        ("colour:red", False),
        ("status:active OR colour:red", False),
    ],
)
def test_a_filter_decides_what_is_delivered(sim: Simulator, tenant: Tenant, app: App, text: str, heard: bool) -> None:
    subscribe(tenant, app, "products/create", filter=text)
    tenant.shop.add_product("Bowl", price="24.00", vendor="Atelier Lune")
    sim.courier.run_due()
    assert bool(app.heard) == heard


def test_a_filter_sees_only_the_fields_that_are_included(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create", filter="status:active", includeFields=["id", "updated_at"])
    tenant.shop.add_product("Bowl")
    sim.courier.run_due()
    assert app.heard == []


def test_a_body_has_the_pictures_of_the_product_and_of_its_variants(sim: Simulator, tenant: Tenant, app: App) -> None:
    subscribe(tenant, app, "products/create")
    rows = [{"option_values": ["S"], "image": "https://a/s.jpg"}, {"option_values": ["L"]}]
    product = tenant.shop.add_product("Bowl", options=[("Size", ["S", "L"])], variants=rows, image="https://a/b.jpg")
    sim.courier.run_due()
    (body,) = app.bodies
    assert [image["src"] for image in body["images"]] == ["https://a/b.jpg", "https://a/s.jpg"]
    assert body["image"] == body["images"][0]
    assert body["images"][1]["variant_ids"] == [product.variants[0].id]
    assert body["images"][1]["id"] == body["variants"][0]["image_id"]
    assert [media["media_content_type"] for media in body["media"]] == ["IMAGE", "IMAGE"]


def test_two_days_after_it_was_uninstalled_the_app_is_told_to_forget(sim: Simulator, tenant: Tenant, app: App) -> None:
    tenant.post.subscriptions.add_app_specific("shop/redact", app.uri)
    tenant.uninstall()
    sim.clock.move(hours=47)
    sim.courier.run_due()
    assert app.heard == []
    sim.clock.move(hours=2)
    sim.courier.run_due()
    assert app.bodies == [{"shop_id": tenant.shop.id, "shop_domain": tenant.shop.domain}]


def test_an_app_that_is_gone_hears_no_more_of_products_until_it_is_back(
    sim: Simulator, tenant: Tenant, app: App
) -> None:
    product = tenant.shop.add_product("Bowl")
    tenant.post.subscriptions.add_app_specific("products/update", app.uri)
    tenant.uninstall()
    tenant.shop.rename(product.id, "Cup")
    assert sim.courier.waiting == 0
    tenant.token()
    tenant.shop.rename(product.id, "Mug")
    assert sim.courier.waiting == 1


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_privacy_topics_are_sent_when_asked_for(
    sim: Simulator, tenant: Tenant, app: App, http: httpx.Client, topic: str
) -> None:
    tenant.post.subscriptions.add_app_specific(topic, app.uri)
    assert http.post("/_sim/webhooks/send", json={"topic": topic}).json() == {"sent": 1}
    sim.courier.run_due()
    assert app.topics == [topic]
    assert app.bodies[0]["shop_domain"] == "maple-and-thread.myshopify.com"
    assert ("customer" in app.bodies[0]) == topic.startswith("customers/")


def create(ask: Ask, topic: str = "PRODUCTS_UPDATE", **asked: object) -> dict:
    return ask(CREATE, topic=topic, asked=asked)["data"]["webhookSubscriptionCreate"]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://app.example/hooks", "Address protocol http:// is not supported"),
        ("ftp://app.example/hooks", "Address protocol ftp:// is not supported"),
        ("", "Address can't be blank"),
        ("nonsense", "Address is invalid"),
        ("https://localhost/hooks", "Address cannot be a Shopify or an internal domain"),
        ("https://10.0.0.1/hooks", "Address cannot be a Shopify or an internal domain"),
        ("https://other.myshopify.com/hooks", "Address cannot be a Shopify or an internal domain"),
    ],
)
def test_an_address_shopify_would_not_take_is_refused_in_its_words(
    tenant: Tenant, ask: Ask, uri: str, message: str
) -> None:
    tenant.post.subscriptions.any_address = False
    refused = create(ask, uri=uri)
    assert refused == {"webhookSubscription": None, "userErrors": [{"field": ADDRESS, "message": message}]}


@pytest.mark.parametrize("uri", ["https://app.example/hooks", "pubsub://project:topic", "arn:aws:events:eu::source"])
def test_an_address_shopify_takes_is_taken(tenant: Tenant, ask: Ask, uri: str) -> None:
    tenant.post.subscriptions.any_address = False
    assert create(ask, uri=uri)["userErrors"] == []


def test_the_same_address_twice_and_the_same_name_twice_are_refused(ask: Ask) -> None:
    assert create(ask, uri="https://app.example/hooks", name="mine")["userErrors"] == []
    taken = {"field": ADDRESS, "message": "Address for this topic has already been taken"}
    assert create(ask, uri="https://app.example/hooks")["userErrors"] == [taken]
    assert create(ask, "PRODUCTS_DELETE", uri="https://app.example/hooks")["userErrors"] == []
    assert create(ask, uri="https://app.example/hooks", filter="id:*")["userErrors"] == []
    named = {"field": ["webhookSubscription", "name"], "message": "Name already exists, no duplicate allowed"}
    assert create(ask, uri="https://app.example/other", name="mine")["userErrors"] == [named]


def test_subscriptions_are_listed_changed_and_deleted(tenant: Tenant, ask: Ask) -> None:
    tenant.post.subscriptions.add_app_specific("products/update", "https://app.example/configured")
    made = create(ask, uri="https://app.example/hooks")["webhookSubscription"]
    listing = "{ webhookSubscriptions(first: 5) { nodes { id topic uri } } }"
    listed = ask(listing)["data"]["webhookSubscriptions"]["nodes"]
    assert listed == [{"id": made["id"], "topic": "PRODUCTS_UPDATE", "uri": "https://app.example/hooks"}]
    update = """mutation ($id: ID!, $asked: WebhookSubscriptionInput!) {
      webhookSubscriptionUpdate(id: $id, webhookSubscription: $asked) {
        webhookSubscription { uri } userErrors { message } } }"""
    changed = ask(update, id=made["id"], asked={"uri": "https://app.example/new"})
    assert changed["data"]["webhookSubscriptionUpdate"]["webhookSubscription"] == {"uri": "https://app.example/new"}
    delete = """mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) {
      deletedWebhookSubscriptionId userErrors { field message } } }"""
    assert ask(delete, id=made["id"])["data"]["webhookSubscriptionDelete"] == {
        "deletedWebhookSubscriptionId": made["id"],
        "userErrors": [],
    }
    assert ask(delete, id=made["id"])["data"]["webhookSubscriptionDelete"] == {
        "deletedWebhookSubscriptionId": None,
        "userErrors": [{"field": ["id"], "message": "Webhook subscription does not exist"}],
    }
    assert ask(listing)["data"]["webhookSubscriptions"]["nodes"] == []


def test_subscriptions_are_found_by_their_number_and_time(tenant: Tenant, ask: Ask) -> None:
    first = create(ask, uri="https://app.example/one")["webhookSubscription"]["id"]
    create(ask, uri="https://app.example/two")
    text = """query ($query: String) { webhookSubscriptions(first: 9, query: $query) { nodes { id } }
      webhookSubscriptionsCount(query: $query) { count } }"""
    found = ask(text, query=f"id:{first.rsplit('/', 1)[-1]} created_at:>'2020-01-01'")["data"]
    assert found == {"webhookSubscriptions": {"nodes": [{"id": first}]}, "webhookSubscriptionsCount": {"count": 1}}
    warned = ask(text, query="topic:products/update")
    assert len(warned["data"]["webhookSubscriptions"]["nodes"]) == 2
    assert len(warned["extensions"]["search"]) == 2


def test_in_the_background_a_delivery_needs_nobody_to_drive_it(app: App) -> None:
    sim = Simulator(client_secret="the-secret")
    tenant = sim.add_shop("one")
    tenant.post.subscriptions.add_app_specific("products/create", app.uri)
    tenant.shop.add_product("Bowl")
    deadline = time.monotonic() + 10
    while not app.heard and time.monotonic() < deadline:
        time.sleep(0.01)
    assert app.topics == ["products/create"]
