"""What the client does about every way a shop can answer, or not."""

from __future__ import annotations

import time
from typing import Any

import httpx
import msgspec
import pytest

from contracts.simulated_shop import DOMAIN, Simulated
from shopsim import versions
from shopsync.errors import (
    MissingScope,
    RetryLater,
    SearchIgnored,
    StoreLocked,
    StoreNotFound,
    StorePaused,
    SyncError,
    Throttled,
    Unauthorized,
    Unavailable,
    UnexpectedData,
    VersionEnded,
)
from shopsync.shopify.answers import TooExpensive, TookTooLong
from shopsync.shopify.client import API_VERSION, TRIES, Client, FixedToken

SECRET = "shpat_0123456789abcdef"
NOTHING = httpx.Response(200, json={"data": {}})


@pytest.fixture
def there() -> Simulated:
    return Simulated()


def scripted(*answers: httpx.Response | Exception, **options: Any) -> tuple[Client, list[httpx.Request]]:
    """A client whose shop gives these answers one after the other, the last one for ever."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Exception):
            raise now
        return httpx.Response(now.status_code, headers=now.headers, content=now.content)

    settings: dict[str, Any] = {"wait": lambda seconds: None, **options}
    return Client(DOMAIN, FixedToken(SECRET), transport=httpx.MockTransport(answer), **settings), asked


def failing_with(code: str, message: str = "No.", **more: object) -> httpx.Response:
    return httpx.Response(200, json={"errors": [{"message": message, "extensions": {"code": code}, **more}]})


# The case that works


def test_a_query_goes_to_the_pinned_version_with_the_token_and_brings_data() -> None:
    client, asked = scripted(httpx.Response(200, json={"data": {"shop": {"name": "X"}}}))
    assert bytes(client.ask("shop")) == b'{"shop":{"name":"X"}}'
    assert str(asked[0].url) == f"https://{DOMAIN}/admin/api/2026-10/graphql.json"
    assert asked[0].headers["X-Shopify-Access-Token"] == SECRET
    assert asked[0].headers["Content-Type"] == "application/json"
    assert msgspec.json.decode(asked[0].content)["variables"] == {}


def test_another_address_can_stand_in_for_the_shops_own() -> None:
    client, asked = scripted(NOTHING, base_url="http://127.0.0.1:4000/shops/x/")
    client.ask("shop")
    assert str(asked[0].url) == "http://127.0.0.1:4000/shops/x/admin/api/2026-10/graphql.json"


def test_requests_and_points_are_counted(there: Simulated) -> None:
    client = there.client()
    client.ask("count")
    client.ask("shop")
    assert (client.requests, client.points, client.waited) == (2, 11, 0)


def test_the_served_version_is_compared_with_ours(there: Simulated) -> None:
    client = there.client()
    assert client.version_is_served
    client.ask("shop")
    assert (client.served_version, client.version_is_served) == (API_VERSION, True)
    fallen_forward, _ = scripted(httpx.Response(200, json={"data": {}}, headers={"X-Shopify-API-Version": "2027-01"}))
    fallen_forward.ask("shop")
    assert (fallen_forward.served_version, fallen_forward.version_is_served) == ("2027-01", False)


def test_our_version_is_one_that_shopify_serves() -> None:
    assert API_VERSION in [version.handle for version in versions.LIVE if version.stable]


# Errors by remedy


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, StoreNotFound),
        (308, StoreNotFound),
        (400, UnexpectedData),
        (401, Unauthorized),
        (402, StorePaused),
        (403, MissingScope),
        (404, StoreNotFound),
        (406, UnexpectedData),
        (422, UnexpectedData),
        (423, StoreLocked),
        (429, Throttled),
        (430, StoreLocked),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, TookTooLong),
        (520, Unavailable),
        (530, Unavailable),
        (540, Unavailable),
    ],
)
def test_every_status_has_its_remedy(status: int, error: type[SyncError]) -> None:
    client, asked = scripted(httpx.Response(status, headers={"Location": "https://elsewhere.example/"}))
    with pytest.raises(error) as raised:
        client.ask("shop")
    assert type(raised.value) is error
    assert {request.url.host for request in asked} == {DOMAIN}
    if not issubclass(error, RetryLater):
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("THROTTLED", Throttled),
        ("ACCESS_DENIED", MissingScope),
        ("SHOP_INACTIVE", StorePaused),
        ("MAX_COST_EXCEEDED", TooExpensive),
        ("INTERNAL_SERVER_ERROR", Unavailable),
        ("TIMEOUT", TookTooLong),
        ("PARSE_ERROR", UnexpectedData),
        ("SOMETHING_NEW", UnexpectedData),
    ],
)
def test_every_graphql_error_has_its_remedy(code: str, error: type[SyncError]) -> None:
    client, _ = scripted(failing_with(code))
    with pytest.raises(error):
        client.ask("shop")


def test_the_most_telling_of_several_errors_counts() -> None:
    errors = [{"message": "x"}, {"message": "y", "extensions": {"code": "SHOP_INACTIVE"}}]
    client, _ = scripted(httpx.Response(200, json={"errors": errors, "data": {"shop": None}}))
    with pytest.raises(StorePaused):
        client.ask("shop")


@pytest.mark.parametrize("errors", ["[API] Invalid API key", {"query": "Required parameter missing"}])
def test_errors_in_the_older_form_are_understood(errors: object) -> None:
    client, _ = scripted(httpx.Response(200, json={"errors": errors}))
    with pytest.raises(UnexpectedData):
        client.ask("shop")


def test_an_answer_without_data_is_unexpected() -> None:
    for body in ({}, {"data": None}):
        client, _ = scripted(httpx.Response(200, json=body))
        with pytest.raises(UnexpectedData):
            client.ask("shop")


def test_a_filter_that_shopify_ignored_is_an_error() -> None:
    warning = {"field": "idd", "message": "Invalid search field for this query.", "code": "invalid_field"}
    search = [{"path": ["products"], "query": "idd:>1", "warnings": [warning]}]
    client, _ = scripted(httpx.Response(200, json={"data": {}, "extensions": {"search": search}}))
    with pytest.raises(SearchIgnored):
        client.ask("products", {})


def test_a_cost_that_may_not_be_seen_is_no_reason_to_refuse_the_product() -> None:
    denied = {
        "message": "Access denied for unitCost field.",
        "extensions": {"code": "ACCESS_DENIED"},
        "path": ["products", "nodes", 0, "variants", "nodes", 0, "inventoryItem", "unitCost"],
    }
    client, _ = scripted(httpx.Response(200, json={"errors": [denied], "data": {"products": {}}}))
    assert bytes(client.ask("products")) == b'{"products":{}}'
    denied["path"] = ["products"]
    client, _ = scripted(httpx.Response(200, json={"errors": [denied], "data": {"products": None}}))
    with pytest.raises(MissingScope):
        client.ask("products")


def test_a_field_that_a_fallen_forward_version_lacks_means_that_ours_has_ended() -> None:
    unknown = failing_with("undefinedField", "Field 'x' doesn't exist on type 'Product'")
    client, _ = scripted(unknown)
    with pytest.raises(UnexpectedData):
        client.ask("products")
    unknown.headers["X-Shopify-API-Version"] = "2027-10"
    client, _ = scripted(unknown)
    with pytest.raises(VersionEnded):
        client.ask("products")


def test_errors_speak_of_the_shop_and_never_of_the_token() -> None:
    echo = httpx.Response(401, text=f"bad token {SECRET}")
    client, _ = scripted(echo)
    with pytest.raises(Unauthorized) as raised:
        client.ask("shop")
    told = f"{raised.value} {raised.value!r} {client!r} {FixedToken(SECRET)!r}"
    assert SECRET not in told
    assert DOMAIN in repr(client)


# Trying again


def test_a_shop_that_stumbles_is_asked_again(there: Simulated) -> None:
    there.tenant.faults.answer(502, 2)
    client = there.client()
    client.ask("shop")
    assert (client.requests, len(there.waits)) == (3, 2)
    assert there.waits[0] < there.waits[1]


def test_a_shop_that_stays_down_is_given_up_after_a_few_tries(there: Simulated) -> None:
    there.tenant.faults.internal_error()
    client = there.client()
    with pytest.raises(Unavailable):
        client.ask("shop")
    assert client.requests == TRIES


def test_a_dropped_connection_is_tried_again(there: Simulated) -> None:
    there.tenant.faults.drop(1)
    there.client().ask("shop")
    assert there.asked == ["Shop"]


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
def test_a_shop_that_does_not_answer_is_unavailable(error: Exception) -> None:
    client, asked = scripted(error)
    with pytest.raises(Unavailable) as raised:
        client.ask("shop")
    assert len(asked) == TRIES
    assert isinstance(raised.value, TookTooLong) == isinstance(error, httpx.ReadTimeout)


def test_a_page_of_html_instead_of_json_is_tried_again(there: Simulated) -> None:
    there.tenant.faults.set(not_json=1)
    there.client().ask("shop")
    there.tenant.faults.set(not_json=-1)
    with pytest.raises(Unavailable):
        there.client().ask("shop")


def test_shopifys_own_number_of_seconds_is_waited() -> None:
    waits: list[float] = []
    slow_down = httpx.Response(429, headers={"Retry-After": "4.0"})
    maintenance = httpx.Response(503, headers={"Retry-After": "7"})
    client, _ = scripted(slow_down, maintenance, NOTHING, wait=waits.append)
    client.ask("shop")
    assert waits == [4.0, 7.0]
    assert client.waited == 11


def test_a_retry_after_that_is_a_date_is_one_second() -> None:
    waits: list[float] = []
    client, _ = scripted(
        httpx.Response(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), NOTHING, wait=waits.append
    )
    client.ask("shop")
    assert waits == [1.0]


# Slowing down


def test_a_throttled_query_waits_until_it_can_be_paid(there: Simulated) -> None:
    there.shop.add_product("Scarf")
    client = there.client()
    variables = {"first": 100, "variants": 100}
    client.ask("products", variables)
    assert there.tenant.bucket
    there.tenant.bucket.drain()
    client.ask("products", variables)
    # Another client of the app emptied the bucket, which ours learns by being refused once.
    assert client.requests == 3
    assert sum(there.waits) == pytest.approx(7.14, abs=0.2)


def test_our_own_spending_is_paced_without_being_refused(there: Simulated) -> None:
    for number in range(60):
        there.shop.add_product(
            f"P{number}", options=[("N", list("abcde"))], variants=[{"option_values": [n]} for n in "abcde"]
        )
    client = there.client()
    for _ in range(12):
        client.ask("products", {"first": 60, "variants": 100})
    assert there.waits
    assert client.requests == 12
    assert client.waited == pytest.approx(sum(there.waits))


def test_a_shop_that_throttles_for_too_long_puts_the_step_off(there: Simulated) -> None:
    there.tenant.faults.throttle()
    client = there.client(patience=30)
    with pytest.raises(Throttled) as raised:
        client.ask("shop")
    assert sum(there.waits) <= 30
    assert raised.value.after is not None


def test_a_wait_longer_than_our_patience_is_not_begun() -> None:
    waits: list[float] = []
    client, asked = scripted(httpx.Response(429, headers={"Retry-After": "3600"}), wait=waits.append)
    with pytest.raises(Throttled) as raised:
        client.ask("shop")
    assert (raised.value.after, waits, len(asked)) == (3600, [], 1)


def test_a_long_wait_gives_signs_of_life() -> None:
    signs: list[float] = []
    waits: list[float] = []
    slow_down = httpx.Response(429, headers={"Retry-After": "25"})
    client, _ = scripted(slow_down, NOTHING, wait=waits.append, on_wait=signs.append)
    client.ask("shop")
    assert (signs, waits) == ([25, 15, 5], [10, 10, 5])


# Tokens


class Renewable:
    """A token source that has another token."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.renewals = 0

    def current(self) -> str:
        return self._tokens[0]

    def renew(self) -> str:
        self.renewals += 1
        self._tokens.pop(0)
        return self._tokens[0]


def test_a_refused_token_is_renewed_once_and_the_query_asked_again(there: Simulated) -> None:
    tokens = Renewable("worn-out", there.tenant.token())
    there.client(tokens).ask("shop")
    assert tokens.renewals == 1


def test_a_renewed_token_that_is_refused_too_needs_a_person(there: Simulated) -> None:
    tokens = Renewable("worn-out", "worn-out-too", "and-a-third")
    with pytest.raises(Unauthorized):
        there.client(tokens).ask("shop")
    assert tokens.renewals == 1


def test_a_token_revoked_in_the_middle_is_noticed_at_the_next_query(there: Simulated) -> None:
    client = there.client()
    client.ask("shop")
    there.tenant.office.revoke_all()
    with pytest.raises(Unauthorized):
        client.ask("shop")


def test_a_token_without_the_scope_is_told_apart_from_a_bad_one(there: Simulated) -> None:
    with pytest.raises(MissingScope):
        there.client(FixedToken(there.tenant.token(("read_orders",)))).ask("products", {"first": 1, "variants": 1})


def test_a_frozen_a_locked_and_a_closed_shop_are_told_apart(there: Simulated) -> None:
    for fault, error in (("frozen", StorePaused), ("locked", StoreLocked), ("closed", StoreNotFound)):
        there.tenant.faults.clear()
        there.tenant.faults.set(**{fault: True})
        with pytest.raises(error):
            there.client().ask("shop")


def test_nothing_waits_for_real_in_these_tests(there: Simulated) -> None:
    began = time.monotonic()
    there.tenant.faults.throttle(20)
    there.client().ask("shop")
    assert time.monotonic() - began < 5


def test_a_closed_client_gives_its_connections_back(there: Simulated) -> None:
    with there.client() as client:
        client.ask("shop")
    with pytest.raises(RuntimeError):
        client.ask("shop")
