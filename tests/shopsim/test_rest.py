"""The legacy REST reads, as older connectors page through them."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from shopsim.sim import Simulator, Tenant
from shopsim.wording import weight

Get = Callable[..., httpx.Response]
API = "/admin/api/2026-10"


@pytest.fixture
def get(http: httpx.Client, tenant: Tenant) -> Get:
    """Asks with a valid token."""
    headers = {"X-Shopify-Access-Token": tenant.token()}
    return lambda path, **query: http.get(path, params=query or None, headers=headers)


@pytest.fixture
def five(tenant: Tenant) -> list[int]:
    """The ids of five products."""
    return [tenant.shop.add_product(f"Bowl {number}").id for number in range(5)]


def ids(answer: httpx.Response) -> list[int]:
    return [product["id"] for product in answer.raise_for_status().json()["products"]]


def link(answer: httpx.Response, rel: str) -> str | None:
    found = re.search(rf'<([^>]+)>; rel="{rel}"', answer.headers.get("Link", ""))
    return found[1] if found else None


def test_link_leads_through_every_product_and_back(get: Get, five: list[int]) -> None:
    first = get(f"{API}/products.json", limit=2)
    second = get(link(first, "next"))
    third = get(link(second, "next"))
    assert [*ids(first), *ids(second), *ids(third)] == five
    assert link(first, "previous") is None
    assert link(third, "next") is None
    assert ids(get(link(third, "previous"))) == ids(second)


def test_a_link_keeps_its_filter_and_its_fields(get: Get, tenant: Tenant, five: list[int]) -> None:
    tenant.shop.archive(five[1])
    first = get(f"{API}/products.json", limit=2, status="active", fields="id,title")
    second = get(link(first, "next"))
    assert [*ids(first), *ids(second)] == [five[0], *five[2:]]
    assert set(second.json()["products"][0]) == {"id", "title"}


def test_a_link_still_leads_on_when_its_product_was_deleted(get: Get, tenant: Tenant, five: list[int]) -> None:
    first = get(f"{API}/products.json", limit=2)
    tenant.shop.delete(five[2])
    assert ids(get(link(first, "next"))) == five[3:]


def test_since_id_goes_on_after_an_id(get: Get, five: list[int]) -> None:
    assert ids(get(f"{API}/products.json", since_id=five[2])) == five[3:]
    assert ids(get(f"{API}/products.json", since_id=0, limit=250)) == five


def test_products_are_chosen_by_ids_and_times(get: Get, tenant: Tenant, five: list[int], sim: Simulator) -> None:
    assert ids(get(f"{API}/products.json", ids=f"{five[1]},{five[3]}")) == [five[1], five[3]]
    sim.clock.move(hours=1)
    since = sim.clock.now().isoformat()
    tenant.shop.rename(five[0], "Dish")
    assert ids(get(f"{API}/products.json", updated_at_min=since)) == [five[0]]
    assert ids(get(f"{API}/products.json", created_at_min=since)) == []


def test_products_are_chosen_by_what_they_are(get: Get, tenant: Tenant, five: list[int]) -> None:
    tenant.shop.edit(five[0], vendor="Lune")
    hidden = tenant.shop.add_product("Bowl 9", published=False).id
    found = {"vendor": "Lune", "title": "Bowl 0", "handle": "bowl-0,none"}
    assert [ids(get(f"{API}/products.json", **{name: value})) for name, value in found.items()] == [[five[0]]] * 3
    assert ids(get(f"{API}/products.json", published_status="unpublished")) == [hidden]
    assert ids(get(f"{API}/products.json", published_at_min="2020-01-01")) == five


def test_products_are_counted(get: Get, tenant: Tenant, five: list[int]) -> None:
    tenant.shop.archive(five[0])
    assert get(f"{API}/products/count.json").json() == {"count": 5}
    assert get(f"{API}/products/count.json", status="active").json() == {"count": 4}


def test_a_product_never_shows_more_than_a_hundred_variants(get: Get, tenant: Tenant) -> None:
    values = [f"Size {number}" for number in range(101)]
    rows = [{"option_values": [value]} for value in values]
    product = tenant.shop.add_product("Bowl", options=[("Size", values)], variants=rows)
    (listed,) = get(f"{API}/products.json").json()["products"]
    alone = get(f"{API}/products/{product.id}.json").json()["product"]
    assert len(listed["variants"]) == len(alone["variants"]) == 100


def test_a_variant_has_its_weight_in_grams_too(get: Get, tenant: Tenant) -> None:
    tenant.shop.add_product("Bowl", variants=[{**weight("1.5", "kg"), "sku": "B"}])
    (variant,) = get(f"{API}/products.json").json()["products"][0]["variants"]
    assert (variant["sku"], variant["grams"], variant["weight"], variant["weight_unit"]) == ("B", 1500, 1.5, "kg")


def test_the_shop_and_the_scopes_of_the_token_are_told(get: Get) -> None:
    shop = get(f"{API}/shop.json").json()["shop"]
    assert (shop["myshopify_domain"], shop["currency"]) == ("maple-and-thread.myshopify.com", "EUR")
    assert get("/admin/oauth/access_scopes.json").json() == {"access_scopes": [{"handle": "read_products"}]}


def test_what_is_wrong_is_said(get: Get, http: httpx.Client, tenant: Tenant, five: list[int]) -> None:
    assert get(f"{API}/products/1.json").status_code == 404
    assert get(f"{API}/products.json", limit="many").status_code == 400
    # A cursor must be base64 of what the simulator wrote, nothing less.
    for cursor in ("nonsense", "e30=", "bnVsbA=="):
        assert get(f"{API}/products.json", page_info=cursor).json() == {"errors": {"page_info": "Invalid value."}}
    assert get(f"{API}/products.json", since_id="x").json() == {"errors": {"base": ["“x” is no number"]}}
    assert get(f"{API}/products.json", updated_at_min="yesterday").status_code == 400
    assert http.get(f"{API}/products.json").status_code == 401
    poor = {"X-Shopify-Access-Token": tenant.token(["read_orders"])}
    answer = http.get(f"{API}/products.json", headers=poor)
    assert answer.status_code == 403
    assert answer.json() == {"errors": "[API] This action requires merchant approval for read_products scope."}


def test_versions_and_bad_days_are_those_of_the_whole_shop(get: Get, tenant: Tenant) -> None:
    assert get("/admin/api/2025-10/shop.json").headers["X-Shopify-API-Version"] == "2026-01"
    assert get("/admin/api/2031-01/shop.json").status_code == 404
    tenant.faults.set(frozen=True)
    assert get(f"{API}/shop.json").status_code == 402
