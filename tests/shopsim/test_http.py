"""Versions, tokens and the states of a shop, at the level of HTTP."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from shopsim.sim import Simulator, Tenant

Post = Callable[..., httpx.Response]
QUERY = "{ shop { name } }"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("2026-01", "2026-01"),
        ("2026-04", "2026-04"),
        ("2026-07", "2026-07"),
        ("2026-10", "2026-10"),
        ("2027-01", "2027-01"),
        ("unstable", "unstable"),
        ("2025-10", "2026-01"),
        ("2023-07", "2026-01"),
    ],
)
def test_a_version_that_has_ended_falls_forward_to_the_oldest(post: Post, asked: str, served: str) -> None:
    answer = post(QUERY, version=asked)
    assert answer.status_code == 200
    assert answer.headers["X-Shopify-API-Version"] == served
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("asked", ["2026-02", "2031-01", "latest"])
def test_a_version_that_never_was_is_not_found(post: Post, asked: str) -> None:
    assert post(QUERY, version=asked).status_code == 404


def test_the_versions_are_listed(post: Post) -> None:
    listed = post("{ publicApiVersions { handle displayName supported } }").json()["data"]["publicApiVersions"]
    assert [one["handle"] for one in listed if one["supported"]] == ["2026-01", "2026-04", "2026-07", "2026-10"]
    assert [one["handle"] for one in listed if not one["supported"]] == ["2027-01", "unstable"]


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
def test_a_token_that_is_not_known_is_refused(post: Post, token: str) -> None:
    answer = post(QUERY, token=token)
    assert answer.status_code == 401
    assert answer.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def test_a_token_ends_with_its_hour(post: Post, tenant: Tenant, sim: Simulator) -> None:
    token = tenant.token(seconds=3600)
    assert post(QUERY, token=token).status_code == 200
    sim.clock.move(hours=1, seconds=1)
    assert post(QUERY, token=token).status_code == 401


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"frozen": True}, 402),
        ({"closed": True}, 404),
        ({"locked": True}, 423),
        ({"refuse_token": True}, 401),
        ({"http_status": 403, "http_requests": 1}, 403),
        ({"http_status": 429, "http_requests": 1}, 429),
        ({"http_status": 502, "http_requests": 1}, 502),
        ({"http_status": 530, "http_requests": 1}, 530),
    ],
)
def test_a_shop_has_bad_days(
    post: Post, http: httpx.Client, tenant: Tenant, sim: Simulator, fault: dict, status: int
) -> None:
    rest = {"url": "/admin/api/2026-10/shop.json", "headers": {"X-Shopify-Access-Token": tenant.token()}}
    for send in (lambda: post(QUERY), lambda: http.get(**rest)):
        sim.faults.set(**fault)
        answer = send()
        assert answer.status_code == status
        assert answer.json()["errors"] != ""
        assert ("Retry-After" in answer.headers) == (status == 429)
        sim.faults.clear()
        assert send().status_code == 200


def test_refusals_say_the_version_too(post: Post, http: httpx.Client, tenant: Tenant) -> None:
    wanted = {"X-Shopify-Access-Token": tenant.token()}
    assert http.get("/admin/api/2025-10/products/1.json", headers=wanted).headers["X-Shopify-API-Version"] == "2026-01"
    assert post(QUERY, token="shpat_wrong").headers["X-Shopify-API-Version"] == "2026-10"
    tenant.faults.set(not_json=1)
    assert post(QUERY).headers["X-Shopify-API-Version"] == "2026-10"
    tenant.faults.set(closed=True)
    assert post(QUERY).headers["X-Shopify-API-Version"] == "2026-10"


def test_every_answer_has_a_number_of_its_own(post: Post) -> None:
    assert len({post(QUERY).headers["X-Request-Id"] for _ in range(3)}) == 3


def test_a_dropped_connection_is_an_error_of_the_transport(post: Post, tenant: Tenant) -> None:
    tenant.faults.drop(1)
    with pytest.raises(httpx.TransportError):
        post(QUERY)
    assert post(QUERY).status_code == 200


def test_an_answer_may_be_no_json_at_all(post: Post, tenant: Tenant) -> None:
    tenant.faults.set(not_json=1)
    assert post(QUERY).headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"variables": {}}',
        b"not json",
        b'{"query": 5}',
        b'{"query": null}',
        b'{"query": "{a", "variables": []}',
    ],
)
def test_a_body_without_a_query_is_a_bad_request(http: httpx.Client, tenant: Tenant, body: bytes) -> None:
    answer = sent(http, tenant, body, "application/json")
    assert answer.status_code == 400
    assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_under_another_name_is_not_read_as_json(http: httpx.Client, tenant: Tenant, kind: str) -> None:
    assert sent(http, tenant, b'{"query": "{ shop { name } }"}', kind).status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"query": "{ shop { name } }"}', "application/json; charset=utf-8"),
        (b"{ shop { name } }", "application/graphql"),
    ],
)
def test_a_query_comes_as_json_or_by_itself(http: httpx.Client, tenant: Tenant, body: bytes, kind: str) -> None:
    assert sent(http, tenant, body, kind).json()["data"] == {"shop": {"name": tenant.shop.title}}


def sent(http: httpx.Client, tenant: Tenant, body: bytes, kind: str) -> httpx.Response:
    headers = {"X-Shopify-Access-Token": tenant.token(), "Content-Type": kind}
    return http.post("/admin/api/2026-10/graphql.json", content=body, headers=headers)


def test_each_shop_answers_at_its_own_host_and_under_its_own_path(sim: Simulator, tenant: Tenant) -> None:
    other = sim.add_shop("north")
    app = httpx.WSGITransport(app=sim.app)
    for base in ("https://north.myshopify.com", "http://127.0.0.1/shops/north"):
        with httpx.Client(transport=app, base_url=base) as http:
            headers = {"X-Shopify-Access-Token": other.token()}
            url = f"{base}/admin/api/2026-10/graphql.json"
            answer = http.post(url, json={"query": "{ shop { myshopifyDomain } }"}, headers=headers)
        assert answer.json()["data"]["shop"]["myshopifyDomain"] == "north.myshopify.com"


def test_a_shop_that_was_never_made_is_not_found(sim: Simulator, tenant: Tenant) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app)) as http:
        assert http.post("https://other.myshopify.com/admin/api/2026-10/graphql.json").status_code == 404


def test_a_token_of_one_shop_opens_no_other(sim: Simulator, tenant: Tenant) -> None:
    sim.add_shop("north")
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app)) as http:
        headers = {"X-Shopify-Access-Token": tenant.token()}
        url = "https://north.myshopify.com/admin/api/2026-10/graphql.json"
        assert http.post(url, json={"query": QUERY}, headers=headers).status_code == 401
