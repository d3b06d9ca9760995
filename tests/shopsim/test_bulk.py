"""Bulk operations: what may be asked, how a job goes, and what its file holds."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from shopsim.sim import Simulator, Tenant

Ask = Callable[..., dict]
PRODUCTS = "{ products { edges { node { id title } } } }"
FAMILIES = "{ products { edges { node { id title variants { edges { node { id sku } } } } } } }"
RUN = """mutation ($query: String!, $group: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $group) {
    bulkOperation { id status objectCount rootObjectCount fileSize url completedAt }
    userErrors { field message code } } }"""
WATCH = """query ($id: ID!) { bulkOperation(id: $id) {
  id type status errorCode objectCount rootObjectCount fileSize url partialDataUrl createdAt completedAt query } }"""
CANCEL = """mutation ($id: ID!) { bulkOperationCancel(id: $id) {
  bulkOperation { id status } userErrors { field message } } }"""


class Bulk:
    """One app that starts operations and looks at them."""

    def __init__(self, ask: Ask, sim: Simulator, http: httpx.Client) -> None:
        self._ask, self._sim, self._http = ask, sim, http

    def run(self, query: str, *, group: bool = False) -> dict:
        return self._ask(RUN, query=query, group=group)["data"]["bulkOperationRunQuery"]

    def start(self, query: str, *, group: bool = False) -> dict:
        made = self.run(query, group=group)
        assert made["userErrors"] == []
        return made["bulkOperation"]

    def refused(self, query: str) -> list[dict]:
        made = self.run(query)
        assert made["bulkOperation"] is None
        return made["userErrors"]

    def look(self, operation: dict) -> dict:
        return self._ask(WATCH, id=operation["id"])["data"]["bulkOperation"]

    def finished(self, operation: dict) -> dict:
        for _ in range(1000):
            self._sim.clock.move(2)
            seen = self.look(operation)
            if seen["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return seen
        raise AssertionError(seen)

    def file(self, query: str, *, group: bool = False) -> bytes:
        done = self.finished(self.start(query, group=group))
        assert done["status"] == "COMPLETED"
        return self._http.get(done["url"]).raise_for_status().content

    def lines(self, query: str, *, group: bool = False) -> list[dict]:
        return [json.loads(line) for line in self.file(query, group=group).splitlines()]


@pytest.fixture
def bulk(ask: Ask, sim: Simulator, http: httpx.Client) -> Bulk:
    return Bulk(ask, sim, http)


def two_families(tenant: Tenant) -> None:
    for title in ("Bowl", "Vase"):
        rows = [{"option_values": ["S"], "sku": f"{title}/S"}, {"option_values": ["L"]}]
        tenant.shop.add_product(title, options=[("Size", ["S", "L"])], variants=rows)


NODES = (
    "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
    "'products { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: 'products'."
)
WITHOUT_ID = (
    "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' "
    "return type. Connection fields without 'id': products."
)
NO_CONNECTION = "Bulk queries must contain at least one connection."
DEEP = "{ products { edges { node { id variants { edges { node { id media { edges { node { id } } } } } } } } } }"


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("{ shop { name } }", [NO_CONNECTION]),
        (
            "{ products { edges { node { id "
            + " ".join(f"v{n}: variants {{ edges {{ node {{ id }} }} }}" for n in range(5))
            + " } } } }",
            ["Bulk queries cannot contain more than 5 connections."],
        ),
        (
            "{ products { edges { node { id variants { edges { node { id inventoryItem { variants { edges { node { id "
            "media { edges { node { id } } } } } } } } } } } } } }",
            ["Bulk queries cannot contain connections with a nesting depth greater than 2."],
        ),
        ("{ products { nodes { id } } }", [NODES]),
        ("{ products { edges { node { title variants { edges { node { id } } } } } } }", [WITHOUT_ID]),
        ("{ products { edges { node { mine: id variants { edges { node { id } } } } } } }", [WITHOUT_ID]),
        (
            '{ node(id: "gid://shopify/Product/1") { id } }',
            ["Bulk queries cannot contain a top level `node` field.", NO_CONNECTION],
        ),
        ("{ products { edges { node { id", ["Invalid bulk query: syntax error, unexpected end of file"]),
        (
            f"{{ shop {{ name }} }} #{'x' * (65_536 - 19)}",
            ["Query is too large (65536 bytes; maximum is 65535 bytes)"],
        ),
    ],
)
def test_a_query_against_the_rules_is_refused_in_shopifys_words(bulk: Bulk, query: str, messages: list[str]) -> None:
    assert bulk.refused(query) == [{"field": ["query"], "message": one, "code": "INVALID"} for one in messages]


@pytest.mark.parametrize("query", [PRODUCTS, FAMILIES, DEEP, f"{PRODUCTS} #{'x' * (65_535 - 46)}"])
def test_a_query_within_the_rules_is_taken(bulk: Bulk, query: str) -> None:
    assert bulk.start(query)["status"] == "CREATED"


def test_a_new_operation_has_counted_nothing_yet(bulk: Bulk) -> None:
    made = bulk.start(PRODUCTS)
    assert made["id"].startswith("gid://shopify/BulkOperation/")
    assert {name: made[name] for name in made if name != "id"} == {
        "status": "CREATED",
        "objectCount": "0",
        "rootObjectCount": "0",
        "fileSize": None,
        "url": None,
        "completedAt": None,
    }


def test_a_job_runs_before_it_is_over_and_its_counters_only_grow(bulk: Bulk, tenant: Tenant, sim: Simulator) -> None:
    for number in range(12_000):
        tenant.shop.add_product(f"Bowl {number}")
    operation = bulk.start(PRODUCTS)
    seen = [bulk.look(operation)]
    while seen[-1]["status"] in ("CREATED", "RUNNING"):
        sim.clock.move(0.51)
        seen.append(bulk.look(operation))
    counts = [int(one["objectCount"]) for one in seen]
    assert [one["status"] for one in seen][:2] == ["CREATED", "RUNNING"]
    assert seen[-1]["status"] == "COMPLETED"
    assert counts == sorted(counts)
    assert any(0 < count < 12_000 for count in counts)
    assert counts[-1] == 12_000 == int(seen[-1]["rootObjectCount"])
    assert all(one["url"] is None for one in seen[:-1])


def test_a_result_counts_its_lines_and_its_bytes(bulk: Bulk, tenant: Tenant, http: httpx.Client) -> None:
    two_families(tenant)
    done = bulk.finished(bulk.start(FAMILIES))
    answer = http.get(done["url"])
    assert (done["objectCount"], done["rootObjectCount"]) == ("6", "2")
    assert done["fileSize"] == str(len(answer.content))
    assert answer.content.count(b"\n") == 6
    assert answer.content.endswith(b"\n")
    assert answer.headers["Content-Type"] == "application/jsonl"
    number = done["id"].rsplit("/", 1)[1]
    assert f"bulk-{number}.jsonl" in answer.headers["Content-Disposition"]
    assert done["query"] == FAMILIES


def test_a_child_names_its_parent_and_slashes_are_escaped(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    raw = bulk.file(FAMILIES).splitlines()
    assert raw[0].startswith(b'{"id":"gid:\\/\\/shopify\\/Product\\/')
    lines = [json.loads(line) for line in raw]
    bowl = tenant.shop.by_title("Bowl")
    assert lines[0] == {"id": f"gid://shopify/Product/{bowl.id}", "title": "Bowl"}
    child = f"gid://shopify/ProductVariant/{bowl.variants[0].id}"
    assert {"id": child, "sku": "Bowl/S", "__parentId": f"gid://shopify/Product/{bowl.id}"} in lines


def kinds(lines: list[dict]) -> str:
    return "".join("c" if "__parentId" in line else "P" for line in lines)


def test_grouped_children_follow_their_parent_and_ungrouped_ones_need_not(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    assert kinds(bulk.lines(FAMILIES, group=True)) == "PccPcc"
    assert kinds(bulk.lines(FAMILIES)) == "PPcccc"


def test_shuffled_children_come_before_their_parents(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    ordered = bulk.lines(FAMILIES)
    tenant.faults.set(bulk_shuffled=True)
    shuffled = bulk.lines(FAMILIES)
    assert kinds(shuffled) == "ccPccP"
    assert sorted(map(str, shuffled)) == sorted(map(str, ordered))


def test_an_unchanged_shop_has_the_same_result_again_and_an_edited_one_has_not(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    first = bulk.file(FAMILIES)
    assert bulk.file(FAMILIES) == first
    again = bulk.finished(bulk.start(FAMILIES))
    assert (again["objectCount"], again["rootObjectCount"]) == ("6", "2")
    tenant.shop.rename(tenant.shop.by_title("Bowl").id, "Dish")
    assert json.loads(bulk.file(FAMILIES).splitlines()[0])["title"] == "Dish"


def test_an_edit_while_a_job_runs_is_not_remembered_as_its_result(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    operation = bulk.start(FAMILIES)
    tenant.shop.rename(tenant.shop.by_title("Bowl").id, "Dish")
    bulk.finished(operation)
    assert json.loads(bulk.file(FAMILIES).splitlines()[0])["title"] == "Dish"


def test_nothing_found_is_a_job_without_a_file(bulk: Bulk) -> None:
    done = bulk.finished(bulk.start(PRODUCTS))
    assert (done["status"], done["objectCount"], done["url"], done["errorCode"]) == ("COMPLETED", "0", None, None)


def test_a_link_ends_after_seven_days_and_the_job_with_it(
    bulk: Bulk, tenant: Tenant, sim: Simulator, http: httpx.Client
) -> None:
    two_families(tenant)
    done = bulk.finished(bulk.start(PRODUCTS))
    sim.clock.move(days=6, hours=23)
    assert http.get(done["url"]).status_code == 200
    sim.clock.move(hours=2)
    ended = http.get(done["url"])
    assert (ended.status_code, "ExpiredToken" in ended.text) == (400, True)
    gone = bulk.look(done)
    assert (gone["status"], gone["url"]) == ("EXPIRED", None)


@pytest.mark.parametrize(("right", "wrong"), [("Expires=1", "Expires=9"), ("Signature=", "Signature=0")])
def test_a_link_that_was_tampered_with_opens_nothing(
    bulk: Bulk, tenant: Tenant, http: httpx.Client, right: str, wrong: str
) -> None:
    two_families(tenant)
    url = bulk.finished(bulk.start(PRODUCTS))["url"]
    assert right in url
    assert http.get(url).status_code == 200
    refused = http.get(url.replace(right, wrong))
    assert (refused.status_code, "SignatureDoesNotMatch" in refused.text) == (403, True)


def test_a_download_may_go_on_where_it_was_cut_off(bulk: Bulk, tenant: Tenant, http: httpx.Client) -> None:
    two_families(tenant)
    url = bulk.finished(bulk.start(PRODUCTS))["url"]
    whole = http.get(url)
    assert whole.headers["Accept-Ranges"] == "bytes"
    rest = http.get(url, headers={"Range": "bytes=10-"})
    assert (rest.status_code, rest.content) == (206, whole.content[10:])
    assert rest.headers["Content-Range"] == f"bytes 10-{len(whole.content) - 1}/{len(whole.content)}"
    assert http.get(url, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416


def test_a_result_lies_outside_a_shop_that_is_in_trouble(bulk: Bulk, tenant: Tenant, http: httpx.Client) -> None:
    two_families(tenant)
    url = bulk.finished(bulk.start(PRODUCTS))["url"]
    tenant.faults.set(closed=True, frozen=True)
    assert http.get(url).status_code == 200


def test_too_many_jobs_altogether_are_refused(bulk: Bulk, tenant: Tenant, ask: Ask) -> None:
    tenant.faults.set(bulk_limit=True)
    text = """mutation ($query: String!) { bulkOperationRunQuery(query: $query) {
      bulkOperation { id } userErrors { field message code } } }"""
    assert ask(text, query=PRODUCTS)["data"]["bulkOperationRunQuery"] == {
        "bulkOperation": None,
        "userErrors": [
            {
                "field": None,
                "message": "Bulk operations limit reached. Please try again later.",
                "code": "LIMIT_REACHED",
            }
        ],
    }


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "ACCESS_DENIED"])
def test_a_job_that_fails_leaves_part_of_a_file(bulk: Bulk, tenant: Tenant, http: httpx.Client, code: str) -> None:
    for number in range(250):
        tenant.shop.add_product(f"Bowl {number}")
    tenant.faults.set(bulk_ends=code)
    failed = bulk.finished(bulk.start(PRODUCTS))
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", code, None)
    part = http.get(failed["partialDataUrl"]).content.splitlines()
    assert 0 < len(part) < 250
    assert len(part) == int(failed["objectCount"])


def test_shopify_may_cancel_a_job_by_itself(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    tenant.faults.set(bulk_ends="CANCELED")
    canceled = bulk.finished(bulk.start(PRODUCTS))
    assert (canceled["status"], canceled["errorCode"], canceled["url"]) == ("CANCELED", None, None)
    assert canceled["partialDataUrl"] is None


def test_five_run_at_once_and_a_sixth_is_told_which_is_in_the_way(bulk: Bulk) -> None:
    running = [bulk.start(PRODUCTS) for _ in range(5)]
    first = running[0]["id"]
    message = f"A bulk query operation for this app and shop is already in progress: {first}."
    assert bulk.refused(PRODUCTS) == [{"field": None, "message": message, "code": "OPERATION_IN_PROGRESS"}]
    bulk.finished(running[0])
    assert bulk.start(PRODUCTS)["status"] == "CREATED"


def test_a_running_job_can_be_canceled(bulk: Bulk, ask: Ask) -> None:
    operation = bulk.start(PRODUCTS)
    answer = ask(CANCEL, id=operation["id"])["data"]["bulkOperationCancel"]
    assert answer == {"bulkOperation": {"id": operation["id"], "status": "CANCELING"}, "userErrors": []}
    assert bulk.finished(operation)["status"] == "CANCELED"


def test_a_completed_job_cannot_be_canceled(bulk: Bulk, ask: Ask) -> None:
    done = bulk.finished(bulk.start(PRODUCTS))
    assert ask(CANCEL, id=done["id"])["data"]["bulkOperationCancel"] == {
        "bulkOperation": {"id": done["id"], "status": "COMPLETED"},
        "userErrors": [{"field": None, "message": "A bulk operation cannot be canceled when it is completed"}],
    }


def test_a_job_that_never_was_cannot_be_canceled(ask: Ask) -> None:
    assert ask(CANCEL, id="gid://shopify/BulkOperation/1")["data"]["bulkOperationCancel"] == {
        "bulkOperation": None,
        "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
    }


def test_a_job_is_found_by_its_id_and_by_nothing_else(bulk: Bulk, ask: Ask) -> None:
    operation = bulk.start(PRODUCTS)
    node = ask("query ($id: ID!) { node(id: $id) { ... on BulkOperation { status type } } }", id=operation["id"])
    assert node["data"]["node"] == {"status": "CREATED", "type": "QUERY"}
    assert ask(WATCH, id="gid://shopify/BulkOperation/1")["data"] == {"bulkOperation": None}
    wrong = ask(WATCH, id="gid://shopify/Product/1")
    assert wrong["data"] == {"bulkOperation": None}
    assert wrong["errors"][0]["message"] == "Invalid id: gid://shopify/Product/1"
    assert wrong["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_jobs_are_listed_and_filtered(bulk: Bulk, ask: Ask) -> None:
    done = bulk.finished(bulk.start(PRODUCTS))
    fresh = bulk.start(FAMILIES)

    def listed(query: str | None, reverse: bool = False) -> list[str]:
        text = """query ($query: String, $reverse: Boolean) {
          bulkOperations(first: 5, query: $query, reverse: $reverse) { nodes { id } } }"""
        return [one["id"] for one in ask(text, query=query, reverse=reverse)["data"]["bulkOperations"]["nodes"]]

    assert listed(None) == [done["id"], fresh["id"]]
    assert listed(None, reverse=True) == [fresh["id"], done["id"]]
    assert listed("status:completed") == [done["id"]]
    assert listed("operation_type:query status:created") == [fresh["id"]]


def test_the_newest_job_is_the_current_one_even_when_it_is_over(bulk: Bulk, ask: Ask) -> None:
    bulk.finished(bulk.start(PRODUCTS))
    newest = bulk.finished(bulk.start(FAMILIES))
    assert ask("{ currentBulkOperation { id status } }")["data"]["currentBulkOperation"] == {
        "id": newest["id"],
        "status": "COMPLETED",
    }


def test_a_bulk_query_may_filter_and_sort(bulk: Bulk, tenant: Tenant) -> None:
    two_families(tenant)
    tenant.shop.archive(tenant.shop.by_title("Bowl").id)
    lines = bulk.lines('{ products(query: "status:active", sortKey: UPDATED_AT) { edges { node { id title } } } }')
    assert [line["title"] for line in lines] == ["Vase"]


def test_only_the_start_and_the_looks_are_paid_for(ask: Ask, tenant: Tenant) -> None:
    two_families(tenant)
    started = ask(RUN, query=FAMILIES, group=False)
    assert started["extensions"]["cost"]["actualQueryCost"] == 10
    identity = started["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    assert ask(WATCH, id=identity)["extensions"]["cost"]["actualQueryCost"] == 1
