"""The awkward catalogue holds what section 11 of the facts asks for, and can be read whole by every way in."""

from __future__ import annotations

import json
from collections import Counter

import httpx
import pytest

from shopsim import seed_awkward
from shopsim.catalog import Product, Variant
from shopsim.sim import Simulator, Tenant

TIMEOUT_LOOKS = 20


@pytest.fixture
def awkward(tenant: Tenant) -> Tenant:
    seed_awkward.awkward(tenant.shop)
    return tenant


def products(tenant: Tenant) -> list[Product]:
    return list(tenant.shop.products.values())


def variants(tenant: Tenant) -> list[Variant]:
    return [variant for product in products(tenant) for variant in product.variants]


def test_it_has_products_at_every_limit(awkward: Tenant) -> None:
    counts = {len(product.variants) for product in products(awkward)}
    assert counts >= {1, 100, 101, 2048}
    assert {product.status for product in products(awkward)} == {"ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED"}
    assert max(len(product.title) for product in products(awkward)) == 255
    assert max(len(product.tags) for product in products(awkward)) == 250


def test_it_has_skus_costs_and_stock_of_every_kind(awkward: Tenant) -> None:
    skus = Counter(variant.sku for variant in variants(awkward))
    assert skus[""]
    assert skus[None]
    assert skus["TWIN-1"] == skus["PAIR"] == 2
    assert any(variant.cost is None for variant in variants(awkward))
    assert any((variant.inventory_quantity or 0) < 0 for variant in variants(awkward))
    assert any(variant.inventory_quantity is None for variant in variants(awkward))


def test_it_has_a_past(awkward: Tenant) -> None:
    again = awkward.shop.by_title("Deleted and made again")
    assert (again.handle, len(awkward.shop.deleted)) == ("deleted-and-made-again", 1)
    assert [variant.title for variant in awkward.shop.by_title("M was removed").variants] == ["S", "L"]
    assert awkward.shop.by_title("Renamed; its handle is the old one").handle == "before-it-was-renamed"


def test_a_bulk_result_holds_all_of_it(awkward: Tenant, sim: Simulator, http: httpx.Client) -> None:
    query = "{ products { edges { node { id title variants { edges { node { id sku } } } } } } }"
    operation = awkward.bulk.start(query, frozenset({"read_products"}), grouped=False)
    for _look in range(TIMEOUT_LOOKS):
        sim.clock.move(1)
        awkward.bulk.advance()
    assert operation.status == "COMPLETED"
    lines = [json.loads(line) for line in http.get(awkward.bulk.link(operation, "")).text.splitlines()]
    titles = {line["title"] for line in lines if "__parentId" not in line}
    assert titles == {product.title for product in products(awkward)}
    assert len(lines) == operation.objects == len(products(awkward)) + len(variants(awkward))
