"""Prices agree with recorded ones, and the bucket with the simplest thing that could be right."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsim.cost import Bucket, multiplier
from shopsim.sim import Simulator

PAGE = """query ($p: Int!, $v: Int!) { products(first: $p) { nodes {
  id legacyResourceId title handle status vendor productType tags descriptionHtml createdAt updatedAt publishedAt
  options { id name position optionValues { id name } }
  featuredMedia { preview { image { url altText } } }
  variants(first: $v) { nodes { id title sku barcode price compareAtPrice position taxable inventoryPolicy
    inventoryQuantity createdAt updatedAt selectedOptions { name value }
    inventoryItem { id tracked requiresShipping harmonizedSystemCode unitCost { amount currencyCode }
      measurement { weight { value unit } } } } pageInfo { hasNextPage endCursor } } }
  pageInfo { hasNextPage endCursor } } }"""

Ask = Callable[..., dict]


@pytest.mark.parametrize(
    ("products", "variants", "points"),
    [(250, 250, 453), (250, 100, 387), (100, 100, 317), (50, 250, 289), (50, 100, 247), (25, 100, 212)],
)
def test_a_page_of_products_costs_what_shopify_asked(ask: Ask, products: int, variants: int, points: int) -> None:
    assert ask(PAGE, p=products, v=variants)["extensions"]["cost"]["requestedQueryCost"] == points


@pytest.mark.parametrize(
    ("members", "times"),
    [(1, 1), (2, 1), (3, 2), (5, 3), (10, 4), (20, 5), (25, 6), (50, 7), (100, 9), (150, 10), (200, 10), (250, 11)],
)
def test_a_list_costs_by_the_logarithm_of_its_length(members: int, times: int) -> None:
    assert multiplier(members) == times


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("{ shop { name } }", 1),
        ("{ shop { name plan { publicDisplayName } } }", 2),
        ("{ productsCount { count } }", 10),
        ("{ products(first: 1) { nodes { id } } }", 3),
        ("{ products(first: 10) { edges { node { id } } } }", 6),
        ("mutation { appUninstall { userErrors { message } } }", 10),
        ('{ node(id: "gid://shopify/Product/1") { ... on Product { featuredMedia { id } } ... on Shop { id } } }', 2),
    ],
)
def test_other_queries_cost_by_the_same_rule(ask: Ask, query: str, points: int) -> None:
    assert ask(query)["extensions"]["cost"]["requestedQueryCost"] == points


def test_what_was_not_there_is_not_paid_for(ask: Ask, sim: Simulator) -> None:
    sim.default.shop.add_product("Bowl")
    cost = ask("{ products(first: 250) { nodes { id } } }")["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (13, 3)


@pytest.fixture
def poor() -> Simulator:
    sim = Simulator(throttled=True)
    sim.add_shop("one")
    return sim


def query(sim: Simulator, text: str) -> dict:
    tenant = sim.default
    with httpx.Client(transport=httpx.WSGITransport(app=sim.app), base_url="http://127.0.0.1") as http:
        headers = {"X-Shopify-Access-Token": tenant.token()}
        answer = http.post("/admin/api/2026-10/graphql.json", json={"query": text}, headers=headers)
    assert answer.status_code == 200
    return answer.json()


def test_who_cannot_pay_is_throttled_in_shopifys_words(poor: Simulator) -> None:
    poor.default.bucket.drain()
    answer = query(poor, "{ products(first: 250) { nodes { id } } }")
    assert answer["errors"] == [
        {
            "message": "Throttled",
            "extensions": {
                "code": "THROTTLED",
                "documentation": "https://shopify.dev/api/usage/limits#rate-limits",
            },
        }
    ]
    assert "data" not in answer
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 13
    assert answer["extensions"]["cost"]["actualQueryCost"] is None
    assert answer["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 2000
    assert answer["extensions"]["cost"]["throttleStatus"]["restoreRate"] == 100


def test_waiting_as_long_as_the_answer_says_is_enough(poor: Simulator) -> None:
    poor.default.bucket.drain()
    cost = query(poor, "{ products(first: 250) { nodes { id } } }")["extensions"]["cost"]
    status = cost["throttleStatus"]
    poor.clock.move((cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"])
    assert "errors" not in query(poor, "{ products(first: 250) { nodes { id } } }")


def test_a_query_dearer_than_any_may_be_is_refused(poor: Simulator) -> None:
    many = " ".join(
        f"p{i}: products(first: 250) {{ nodes {{ {'featuredMedia { id } '}shop: id }} }}" for i in range(50)
    )
    error = query(poor, f"{{ {many} }}")["errors"][0]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["cost"] == 50 * (2 + 2 * 11)
    assert error["extensions"]["maxCost"] == 1000
    assert error["message"].startswith("Query cost is 1200, which exceeds the single query max cost limit (1000).")
    assert poor.default.bucket.level() == 2000


# Whole seconds, so that neither side has to round.
steps = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1000), st.integers(0, 1000)), max_size=40)


@given(steps)
def test_the_bucket_does_what_a_reference_model_does(days: list[tuple[int, int, int]]) -> None:
    now = 0.0
    bucket = Bucket(lambda: now)
    left = 2000.0
    for seconds, points, unused in days:
        now += seconds
        back = min(points, unused)
        left = min(2000.0, left + seconds * 100)
        assert bucket.level() == pytest.approx(left, abs=1e-6)
        can_pay = left >= points
        assert bucket.pays(points) == can_pay
        left -= points if can_pay else 0
        if can_pay:
            bucket.refund(back)
            left = min(2000.0, left + back)
        assert 0 <= bucket.status()["currentlyAvailable"] <= left + 1e-6


def test_nobody_spends_what_another_has_taken() -> None:
    bucket = Bucket(lambda: 0.0)
    with ThreadPoolExecutor(8) as pool:
        paid = list(pool.map(lambda _: bucket.pays(100), range(64)))
    assert sum(paid) == 20
    assert bucket.level() == 0


def test_what_is_asked_for_must_be_there_before_a_query_runs(poor: Simulator) -> None:
    asked = " ".join(f"p{number}: products(first: 250) {{ nodes {{ id }} }}" for number in range(10))
    poor.default.bucket.drain()
    poor.clock.move(0.5)
    cost = query(poor, f"{{ {asked} }}")["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (130, None)
    poor.clock.move(1)
    assert query(poor, f"{{ {asked} }}")["extensions"]["cost"]["actualQueryCost"] == 30


def test_each_fields_cost_is_told_to_those_who_ask(post: Callable[..., httpx.Response], ask: Ask) -> None:
    text = (
        "{ shop { name } all: products(first: 10) { edges { node { id options { name } } } pageInfo { endCursor } } }"
    )
    assert "fields" not in ask(text)["extensions"]["cost"]
    cost = post(text, headers={"Shopify-GraphQL-Cost-Debug": "1"}).json()["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 11
    assert [tuple(field.values()) for field in cost["fields"]] == [
        (["shop"], 1, 1, 0),
        (["shop", "name"], 0, 0, None),
        (["all"], 2, 10, 8),
        (["all", "edges"], 0, 2, 2),
        (["all", "edges", "node"], 1, 2, 1),
        (["all", "edges", "node", "id"], 0, 0, None),
        (["all", "edges", "node", "options"], 1, 1, 0),
        (["all", "edges", "node", "options", "name"], 0, 0, None),
        (["all", "pageInfo"], 0, 0, 0),
        (["all", "pageInfo", "endCursor"], 0, 0, None),
    ]
    assert set(cost["fields"][0]) == {"path", "definedCost", "requestedTotalCost", "requestedChildrenCost"}
