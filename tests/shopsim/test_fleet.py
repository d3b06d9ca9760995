"""Many shops in one process: each made when it is first asked for, none in another's way."""

from __future__ import annotations

import tracemalloc

import httpx
import pytest

from shopsim import seed
from shopsim.sim import Simulator, Tenant


def fill(tenant: Tenant) -> None:
    seed.synthetic(tenant.shop, 3, 2)


@pytest.fixture
def fleet() -> Simulator:
    sim = Simulator(client_id="the-app", client_secret="the-secret", throttled=True)
    sim.add_shop("north")
    sim.add_many("north", 1000, fill, currency="EUR")
    return sim


def count(sim: Simulator, host: str, token: str) -> httpx.Response:
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app)) as http:
        url = f"https://{host}.myshopify.com/admin/api/2026-10/graphql.json"
        headers = {"X-Shopify-Access-Token": token}
        return http.post(url, json={"query": "{ productsCount { count } }"}, headers=headers)


def test_a_thousand_shops_are_there_and_each_is_made_when_asked_for(fleet: Simulator) -> None:
    assert list(fleet.tenants) == ["north"]
    token = fleet.find("north-1000").token()
    answer = count(fleet, "north-1000", token)
    assert answer.json()["data"]["productsCount"]["count"] == 3
    assert list(fleet.tenants) == ["north", "north-1000"]


@pytest.mark.parametrize("name", ["north-1001", "north-0", "north-01", "south-1", "north-"])
def test_a_shop_beyond_the_fleet_is_not_found(fleet: Simulator, name: str) -> None:
    assert count(fleet, name, "any").status_code == 404


def test_every_shop_has_its_own_id_tokens_bucket_and_faults(fleet: Simulator) -> None:
    one, two = fleet.find("north-1"), fleet.find("north-2")
    assert one.shop.id != two.shop.id
    one.faults.set(frozen=True)
    assert one.bucket is not None
    one.bucket.drain()
    token = two.token()
    answer = count(fleet, "north-2", token).json()
    assert answer["data"]["productsCount"]["count"] == 3
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 1990
    assert count(fleet, "north-1", one.token()).status_code == 402
    one.faults.clear()
    assert count(fleet, "north-1", token).status_code == 401


def test_what_the_app_listens_to_is_told_of_every_shop_even_one_made_later(fleet: Simulator) -> None:
    fleet.listen("products/update", "http://127.0.0.1:9/hooks")
    for name in ("north", "north-7"):
        assert [one.uri for one in fleet.find(name).post.subscriptions.of("products/update")]


def test_a_shop_of_a_fleet_is_small(fleet: Simulator) -> None:
    for number in range(1, 11):
        fleet.find(f"north-{number}")
    tracemalloc.start()
    for number in range(11, 61):
        fleet.find(f"north-{number}")
    used, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / 50 < 100_000
