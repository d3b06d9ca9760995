"""Reading a shop page by page, from the simulator."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import msgspec
import pytest

from contracts.simulated_shop import DOMAIN, InProcess, Simulated
from shopsim import cost, seed
from shopsync.errors import SearchIgnored, UnexpectedData
from shopsync.ports import Source
from shopsync.route import Route, Way, Why
from shopsync.shopify.answers import TooExpensive, TookTooLong
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.documents import document
from shopsync.shopify.pages import FEWER_PRODUCTS, ShopifySource
from shopsync.shopify.places import Changed, WholeShop, place, written
from shopsync.values import Page, Shop, ShopProduct


@pytest.fixture
def there() -> Simulated:
    return Simulated()


def everything(source: Source) -> list[ShopProduct]:
    """Every page, each from its cursor alone, as after a restart."""
    products: list[ShopProduct] = []
    cursor = None
    while True:
        page = source.read(cursor)
        products += page.products
        cursor = page.cursor
        if cursor is None:
            return products


def fill(there: Simulated, count: int) -> list[int]:
    return [there.shop.add_product(f"P{number}").id for number in range(count)]


def big_product(there: Simulated, variants: int) -> int:
    values = [f"N{number:04}" for number in range(variants)]
    rows = [{"option_values": [value], "sku": value} for value in values]
    return there.shop.add_product("Big", options=[("Number", values)], variants=rows).id


def test_a_shop_says_who_it_is_and_what_we_may_do(there: Simulated) -> None:
    source = there.source()
    assert source.shop() == Shop(there.shop.id, DOMAIN, "Maple And Thread", "EUR")
    assert source.granted_scopes() == {"read_products"}


def test_the_count_has_no_upper_end(there: Simulated) -> None:
    fill(there, 3)
    assert there.source().count() == 3
    assert "limit: null" in document("count")


def test_every_product_arrives_once_in_order_of_creation(there: Simulated) -> None:
    ids = fill(there, 7)
    there.shop.rename(ids[2], "Renamed last")
    products = everything(there.source(products=3))
    assert [product.id for product in products] == ids
    assert there.asked == ["Products"] * 3


def test_a_believable_catalogue_arrives_whole_in_every_status(there: Simulated) -> None:
    seed.believable(there.shop)
    products = everything(there.source(products=20))
    assert [product.title for product in products] == [product.title for product in there.shop.products.values()]
    assert {product.status.name for product in products} == {p.status for p in there.shop.products.values()}
    for product, original in zip(products, there.shop.products.values(), strict=True):
        assert [str(variant.price) for variant in product.variants] == [v.price for v in original.variants]
        assert [variant.sku for variant in product.variants] == [v.sku for v in original.variants]
        assert product.currency == "EUR"


@pytest.mark.parametrize("count", [1, 100, 101, 350, 351, 2048])
def test_a_product_arrives_with_all_its_variants(there: Simulated, count: int) -> None:
    big_product(there, count)
    (product,) = everything(there.source())
    assert [variant.sku for variant in product.variants] == [f"N{number:04}" for number in range(count)]
    assert [variant.position for variant in product.variants] == list(range(1, count + 1))


def test_a_page_is_read_again_from_its_cursor_by_another_process(there: Simulated) -> None:
    ids = fill(there, 5)
    first = there.source(products=2).read(None)
    second = there.source(products=2).read(first.cursor)
    assert [product.id for product in second.products] == ids[2:4]


def test_a_cursor_that_is_not_ours_is_refused(there: Simulated) -> None:
    with pytest.raises(UnexpectedData):
        there.source().read("{}")


def test_products_that_are_edited_or_deleted_while_we_read_are_neither_missed_nor_repeated(there: Simulated) -> None:
    ids = fill(there, 6)
    source = there.source(products=2)
    first = source.read(None)
    there.shop.rename(ids[0], "Edited after it was read")
    there.shop.delete(ids[1])
    there.shop.delete(ids[3])
    new = there.shop.add_product("New").id
    rest: list[ShopProduct] = []
    page: Page = first
    while page.cursor:
        page = source.read(page.cursor)
        rest += page.products
    assert [product.id for product in rest] == [ids[2], ids[4], ids[5], new]


# The end of a list


def test_a_list_is_left_before_shopify_cuts_it_off_and_goes_on_by_id(there: Simulated) -> None:
    ids = fill(there, 23)
    source = there.source(products=2, longest_list=7)
    page = source.read(None)
    shown = [product.id for product in page.products]
    lists = [0]
    while page.cursor:
        there_now = place(page.cursor)
        assert isinstance(there_now, WholeShop)
        assert there_now.shown + 2 < 7
        lists += [there_now.beyond] if there_now.beyond != lists[-1] else []
        page = there.source(products=2, longest_list=7).read(page.cursor)
        shown += [product.id for product in page.products]
    assert shown == ids
    assert lists == [0, ids[5], ids[11], ids[17]]


def test_a_filter_that_the_shop_does_not_understand_is_never_trusted() -> None:
    warning = [{"warnings": [{"field": "id", "code": "invalid_field"}]}]
    page = {"shop": {"currencyCode": "EUR"}, "products": {"nodes": [], "pageInfo": {"hasNextPage": False}}}
    body = {"data": page, "extensions": {"search": warning}}
    with pytest.raises(SearchIgnored):
        answering(body).read(written(WholeShop(beyond=5)))


def test_a_filter_that_the_shop_ignores_in_silence_is_noticed() -> None:
    products = {"nodes": [{"id": "gid://shopify/Product/5"}], "pageInfo": {"hasNextPage": False}}
    with pytest.raises(SearchIgnored):
        answering({"data": {"shop": {"currencyCode": "EUR"}, "products": products}}).read(written(WholeShop(beyond=5)))


def answering(body: Any) -> ShopifySource:
    """A shop that gives one answer to everything."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    return ShopifySource(Client(DOMAIN, FixedToken("x"), transport=transport, wait=lambda seconds: None))


def test_all_products_that_share_a_touched_inventory_item_are_looked_up() -> None:
    long_ago = "2026-01-01T00:00:00Z"
    sharing = [{"product": {"id": f"gid://shopify/Product/{n}", "updatedAt": long_ago}} for n in (1, 2, 3)]
    looked_up: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if "ChangedItems" not in asked["query"]:
            looked_up.extend(asked["variables"]["ids"])
            return httpx.Response(200, json={"data": {"shop": {"currencyCode": "EUR"}, "nodes": []}})
        (variants,) = re.findall(r"variants\(first: (\d+)\)", asked["query"])
        item = {"variants": {"nodes": sharing[: int(variants)]}}
        items = {"nodes": [item], "pageInfo": {"hasNextPage": False}}
        return httpx.Response(200, json={"data": {"inventoryItems": items}})

    client = Client(DOMAIN, FixedToken("x"), transport=httpx.MockTransport(answer), wait=lambda seconds: None)
    ShopifySource(client).read(written(Changed("2026-11-01T00:00:00Z", items=1)))
    assert looked_up == [each["product"]["id"] for each in sharing]


def test_a_quiet_day_costs_at_most_forty_points(there: Simulated) -> None:
    fill(there, 60)
    there.sim.clock.move(days=1)
    source, since = there.source(), there.sim.clock.now()
    source.count()
    page = source.read(source.start(Way(Route.CHANGES, Why.FEW, since, source.changed(since))))
    assert page == Page(())
    assert source.client.points <= 40


def test_an_empty_page_that_promises_more_is_not_read_forever() -> None:
    products = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}
    with pytest.raises(UnexpectedData):
        answering({"data": {"shop": {"currencyCode": "EUR"}, "products": products}}).read(None)


# Pages that are too much


def test_a_full_page_costs_less_than_any_query_may(there: Simulated) -> None:
    fill(there, 1)
    source = there.source()
    source.read(None)
    source.lookup([1])
    assert there.tenant.bucket
    requested = {name: source.client._pace._asked[name] for name in ("products", "products_by_id")}
    assert max(requested.values()) < cost.SINGLE_QUERY_LIMIT
    assert requested["products"] == 714


class Strict(InProcess):
    """A shop that takes fewer products at a time than ours asks for."""

    most = 12
    refusal: httpx.Response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        variables = msgspec.json.decode(request.content)["variables"]
        if max(variables.get("first") or 0, len(variables.get("ids", ()))) > self.most:
            return self.refusal
        return super().handle_request(request)


def strict_source(there: Simulated, refusal: httpx.Response) -> ShopifySource:
    transport = Strict(app=there.sim.app)
    transport.refusal = refusal
    token = FixedToken(there.tenant.token())
    return ShopifySource(Client(DOMAIN, token, transport=transport, wait=there.wait))


TOO_EXPENSIVE = httpx.Response(200, json={"errors": [{"message": "x", "extensions": {"code": "MAX_COST_EXCEEDED"}}]})


def test_a_page_that_is_too_expensive_is_made_smaller(there: Simulated) -> None:
    ids = fill(there, 15)
    source = strict_source(there, TOO_EXPENSIVE)
    assert [product.id for product in everything(source)] == ids
    assert [product.id for product in source.lookup(ids).products] == ids


def test_a_look_up_that_is_too_expensive_is_made_smaller(there: Simulated) -> None:
    ids = fill(there, 15)
    assert [product.id for product in strict_source(there, TOO_EXPENSIVE).lookup(ids).products] == ids


def test_a_page_that_shopify_cannot_answer_in_time_is_made_smaller(there: Simulated) -> None:
    ids = fill(there, FEWER_PRODUCTS + 5)
    assert [product.id for product in everything(strict_source(there, httpx.Response(504)))] == ids


def test_a_product_that_is_too_much_by_itself_is_an_error() -> None:
    with pytest.raises(TooExpensive):
        answering(msgspec.json.decode(TOO_EXPENSIVE.content)).read(None)
    always_late = httpx.MockTransport(lambda request: httpx.Response(504))
    with pytest.raises(TookTooLong):
        ShopifySource(Client(DOMAIN, FixedToken("x"), transport=always_late, wait=lambda seconds: None)).read(None)


# Looking up


def test_only_products_that_exist_are_found_whatever_their_status(there: Simulated) -> None:
    ids = fill(there, 4)
    there.shop.archive(ids[0])
    there.shop.set_status(ids[1], "DRAFT")
    there.shop.delete(ids[2])
    page = there.source().lookup([ids[3], ids[2], 12345, ids[1], ids[0]])
    assert [product.id for product in page.products] == [ids[3], ids[1], ids[0]]
    assert (page.cursor, page.unreadable) == (None, ())


def test_a_look_up_brings_all_variants_too(there: Simulated) -> None:
    shop_id = big_product(there, 130)
    (product,) = there.source().lookup([shop_id]).products
    assert len(product.variants) == 130


def test_a_look_up_of_nothing_asks_nothing(there: Simulated) -> None:
    assert there.source().lookup([]) == Page(())
    assert there.asked == []


# Changes while a big product is read


class Meddling(InProcess):
    """The merchant does something each time before variants are paged."""

    meddle: Any

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if re.match(rb'\{"query":"query Variants', request.content):
            self.meddle()
        return super().handle_request(request)


def meddled_source(there: Simulated, meddle: Any) -> ShopifySource:
    transport = Meddling(app=there.sim.app)
    transport.meddle = meddle
    return ShopifySource(Client(DOMAIN, FixedToken(there.tenant.token()), transport=transport, wait=there.wait))


def test_a_product_deleted_between_its_variants_is_simply_absent(there: Simulated) -> None:
    shop_id, other = big_product(there, 300), there.shop.add_product("Small").id
    source = meddled_source(there, lambda: there.shop.products.pop(shop_id))
    assert [product.id for product in source.read(None).products] == [other]


def test_variants_moved_between_two_pages_are_neither_missed_nor_repeated(there: Simulated) -> None:
    product = there.shop.products[big_product(there, 300)]

    def turn_round() -> None:
        product.variants.reverse()
        for position, variant in enumerate(product.variants, 1):
            variant.position = position

    (read,) = meddled_source(there, turn_round).read(None).products
    assert sorted(variant.sku or "" for variant in read.variants) == [f"N{number:04}" for number in range(300)]
