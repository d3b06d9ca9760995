"""What a merchant, a test or a person does to the shop, over HTTP and on the page."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import unquote

import httpx
import pytest

from shopsim.bad_days import BY_NAME
from shopsim.faults import Faults
from shopsim.sim import Simulator, Tenant


def test_products_are_made_changed_and_deleted(http: httpx.Client, tenant: Tenant) -> None:
    made = http.post("/_sim/products", json={"title": "Bowl", "price": "24.00"}).json()
    assert http.get(f"/_sim/products/{made['id']}").json()["title"] == "Bowl"
    assert (
        http.post(f"/_sim/products/{made['id']}", json={"title": "Vase", "status": "DRAFT"}).json()["title"] == "Vase"
    )
    variant = made["variants"][0]["id"]
    assert http.post(f"/_sim/variants/{variant}", json={"price": "30.00"}).json()["price"] == "30.00"
    assert [one["title"] for one in http.get("/_sim/products").json()] == ["Vase"]
    assert http.delete(f"/_sim/products/{made['id']}").json() == {"deleted": made["id"]}
    assert tenant.shop.products == {}


def test_variants_are_added_and_removed(http: httpx.Client, tenant: Tenant) -> None:
    rows = [{"option_values": ["S"]}]
    made = http.post("/_sim/products", json={"title": "Bowl", "options": [["Size", ["S"]]], "variants": rows}).json()
    added = http.post(f"/_sim/products/{made['id']}/variants", json={"option_values": ["L"], "sku": "L-1"}).json()
    assert len(tenant.shop.products[made["id"]].variants) == 2
    http.delete(f"/_sim/variants/{added['id']}").raise_for_status()
    assert len(tenant.shop.products[made["id"]].variants) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/_sim/products/1", {"title": "x"}, 404),
        ("DELETE", "/_sim/products/1", None, 404),
        ("POST", "/_sim/variants/1", {"price": "1"}, 404),
        ("POST", "/_sim/products", {"colour": "red"}, 400),
        ("POST", "/_sim/products", ["not an object"], 400),
        ("POST", "/_sim/faults", {"gremlins": True}, 400),
    ],
)
def test_nonsense_is_refused(http: httpx.Client, method: str, path: str, body: object, status: int) -> None:
    assert http.request(method, path, json=body).status_code == status


def test_what_is_wrong_with_a_request_is_said(http: httpx.Client) -> None:
    assert http.post("/_sim/products/7", json={"title": "x"}).json() == {"errors": "There is no product 7."}
    assert http.post("/_sim/faults", json={"gremlins": 1}).json() == {"errors": "There is no fault gremlins."}
    assert http.post("/_sim/clock", content=b"[]").json() == {"errors": "The body must be a JSON object."}


def test_a_value_of_another_type_is_refused_and_changes_nothing(http: httpx.Client, tenant: Tenant) -> None:
    bowl = tenant.shop.add_product("Bowl", price="24.00")
    answer = http.post(f"/_sim/variants/{bowl.variants[0].id}", json={"price": 30})
    assert (answer.status_code, answer.json()) == (400, {"errors": "price: Expected `str`, got `int`."})
    assert http.post("/_sim/products", json={"title": "Cup", "variants": [{"weight": "heavy"}]}).status_code == 400
    assert [(product.title, product.variants[0].price) for product in tenant.shop.products.values()] == [
        ("Bowl", "24.00")
    ]
    made = http.post("/_sim/products", json={"title": "Cup", "variants": [{"weight": 1.5, "sku": "C"}]}).json()
    assert tenant.shop.products[made["id"]].variants[0].weight == Decimal("1.5")


def test_a_price_that_is_none_changes_nothing(http: httpx.Client, tenant: Tenant) -> None:
    bowl = tenant.shop.add_product("Bowl", price="24.00")
    form = {"action": "price", "variant": str(bowl.variants[0].id), "price": "a lot"}
    assert "is no price" in unquote(http.post("/edit", data=form).headers["Location"])
    assert bowl.variants[0].price == "24.00"


def test_faults_are_switched_on_and_off(http: httpx.Client, tenant: Tenant) -> None:
    assert http.post("/_sim/faults", json={"throttle": 3}).json()["throttle"] == 3
    assert tenant.faults.now.throttle == 3
    http.delete("/_sim/faults").raise_for_status()
    assert http.get("/_sim/faults").json()["throttle"] == 0


def test_tokens_are_given_and_taken(http: httpx.Client, tenant: Tenant) -> None:
    token = http.post("/_sim/tokens", json={"scopes": ["read_orders"], "seconds": 60}).json()["token"]
    assert tenant.office.scopes_of(token) == {"read_orders"}
    http.request("DELETE", "/_sim/tokens", json={}).raise_for_status()
    assert tenant.office.scopes_of(token) is None


def test_the_clock_moves_and_requests_are_written_down(http: httpx.Client, tenant: Tenant, sim: Simulator) -> None:
    before = sim.clock.timestamp()
    http.post("/_sim/clock", json={"hours": 2}).raise_for_status()
    assert sim.clock.timestamp() - before >= 7200
    headers = {"X-Shopify-Access-Token": tenant.token()}
    http.post("/admin/api/2026-10/graphql.json", json={"query": "query Mine { shop { name } }"}, headers=headers)
    (asked,) = http.get("/_sim/requests").json()
    assert asked == {"shop": "maple-and-thread", "operation": "Mine", "status": 200, "cost": 1}


def test_the_page_needs_no_script_and_shows_every_product(http: httpx.Client, tenant: Tenant) -> None:
    tenant.shop.add_product("Bowl & <Cup>")
    page = http.get("/").text
    assert "Bowl &amp; &lt;Cup&gt;" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "add", "title": "Vase", "price": "9.00"}, "new product, “Vase”"),
        ({"action": "rename", "title": "Dish"}, "“Dish” instead of “Bowl”"),
        ({"action": "price", "price": "12.50"}, "at 12.50"),
        ({"action": "ARCHIVED"}, "as archived"),
        ({"action": "UNLISTED"}, "as unlisted"),
        ({"action": "stock", "by": "-3"}, "with -3 in stock"),
        ({"action": "delete"}, "“Bowl” gone"),
        ({"action": "fault", "fault": "throttle"}, "The next sync will see THROTTLED 5 times."),
        ({"action": "clear"}, "All faults are off"),
    ],
)
def test_each_edit_on_the_page_says_what_the_next_sync_will_see(
    http: httpx.Client, tenant: Tenant, form: dict[str, str], said: str
) -> None:
    bowl = tenant.shop.add_product("Bowl")
    ids = {"product": str(bowl.id), "variant": str(bowl.variants[0].id)}
    answer = http.post("/edit", data={**ids, **form})
    assert answer.status_code == 303
    assert said in unquote(answer.headers["Location"])
    assert http.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("name", BY_NAME)
def test_every_bad_day_is_switched_on_and_off_and_told(http: httpx.Client, tenant: Tenant, name: str) -> None:
    form = {"action": "fault", "fault": name}
    said = unquote(http.post("/edit", data=form).headers["Location"])
    assert "The next sync will see" in said
    assert BY_NAME[name].is_on(tenant.faults.now)
    page = http.get("/").text
    assert f"Switch off: {BY_NAME[name].label}" in page
    assert "Everything works." not in page
    http.post("/edit", data={**form, "off": "1"})
    assert tenant.faults.now == Faults()
    assert "Everything works." in http.get("/").text


def test_every_fault_has_a_switch_on_the_page() -> None:
    assert {fault for day in BY_NAME.values() for fault in day.faults} == set(Faults.__struct_fields__)


def test_a_bad_day_counts_down_and_is_over(http: httpx.Client, tenant: Tenant) -> None:
    http.post("/edit", data={"action": "fault", "fault": "throttle"})
    headers = {"X-Shopify-Access-Token": tenant.token()}
    for left in ("4 times", "3 times", "twice", "once"):
        http.post("/admin/api/2026-10/graphql.json", json={"query": "{ shop { name } }"}, headers=headers)
        assert f"The next sync will see THROTTLED {left}." in http.get("/").text
    http.post("/admin/api/2026-10/graphql.json", json={"query": "{ shop { name } }"}, headers=headers)
    assert "Everything works." in http.get("/").text


def test_a_status_without_a_number_is_answered_until_cleared(http: httpx.Client, tenant: Tenant) -> None:
    assert http.post("/_sim/faults", json={"http_status": 503}).json()["http_requests"] == -1
