"""Pages, cursors, sorting and searching, as a reader of catalogues meets them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from shopsim.execution import Request
from shopsim.paging import encode, page
from shopsim.sim import Simulator, Tenant

Ask = Callable[..., dict]
SORTS = ["ID", "TITLE", "VENDOR", "PRODUCT_TYPE", "CREATED_AT", "UPDATED_AT", "PUBLISHED_AT", "INVENTORY_TOTAL"]
PAGE = """query ($first: Int, $last: Int, $after: String, $before: String, $sort: ProductSortKeys, $reverse: Boolean,
  $query: String) {
  products(first: $first, last: $last, after: $after, before: $before, sortKey: $sort, reverse: $reverse,
    query: $query) { edges { cursor node { title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
def ten(tenant: Tenant, sim: Simulator) -> Tenant:
    """Ten products, made a minute apart, with vendors and stock that repeat."""
    for number in range(10):
        tenant.shop.add_product(
            f"P{number}",
            vendor=f"V{number % 3}",
            product_type=f"T{number % 2}",
            published=number % 4 != 0,
            variants=[{"inventory_quantity": 7 - number % 5}],
        )
        sim.clock.move(60)
    return tenant


def walk(ask: Ask, size: int = 3, **arguments: Any) -> list[str]:
    titles: list[str] = []
    after = None
    while True:
        page = ask(PAGE, first=size, after=after, **arguments)["data"]["products"]
        titles += [edge["node"]["title"] for edge in page["edges"]]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return titles


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("query", [None, "status:active"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_together_are_the_whole_list_in_order(
    ask: Ask, ten: Tenant, sort: str, reverse: bool, query: str | None
) -> None:
    whole = walk(ask, 250, sort=sort, reverse=reverse, query=query)
    assert sorted(whole) == [f"P{number}" for number in range(10)]
    assert walk(ask, 3, sort=sort, reverse=reverse, query=query) == whole
    assert walk(ask, 250, sort=sort, reverse=not reverse, query=query) == whole[::-1]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", ["ID", "TITLE", "UPDATED_AT"])
def test_a_deleted_member_does_not_lose_the_place(ask: Ask, ten: Tenant, sort: str, reverse: bool) -> None:
    page = ask(PAGE, first=4, sort=sort, reverse=reverse)["data"]["products"]
    last = page["edges"][-1]["node"]["title"]
    whole = walk(ask, 250, sort=sort, reverse=reverse)
    ten.shop.delete(ten.shop.by_title(last).id)
    rest = ask(PAGE, first=250, after=page["pageInfo"]["endCursor"], sort=sort, reverse=reverse)["data"]["products"]
    assert [edge["node"]["title"] for edge in rest["edges"]] == whole[4:]


def test_a_product_changed_while_paging_comes_again_at_the_end(ask: Ask, ten: Tenant) -> None:
    page = ask(PAGE, first=4, sort="UPDATED_AT")["data"]["products"]
    ten.shop.rename(ten.shop.by_title("P3").id, "P3 again")
    rest = ask(PAGE, first=250, after=page["pageInfo"]["endCursor"], sort="UPDATED_AT")["data"]["products"]
    titles = [edge["node"]["title"] for edge in rest["edges"]]
    assert titles == ["P4", "P5", "P6", "P7", "P8", "P9", "P3 again"]


def test_the_end_can_be_read_first(ask: Ask, ten: Tenant) -> None:
    page = ask(PAGE, last=3)["data"]["products"]
    assert [edge["node"]["title"] for edge in page["edges"]] == ["P7", "P8", "P9"]
    assert (page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) == (True, False)
    before = ask(PAGE, last=3, before=page["pageInfo"]["startCursor"])["data"]["products"]
    assert [edge["node"]["title"] for edge in before["edges"]] == ["P4", "P5", "P6"]


@pytest.mark.parametrize(
    ("sort", "query", "kind"),
    [
        ("ID", None, "8397257032768"),
        ("TITLE", None, "p1"),
        ("UPDATED_AT", None, "date"),
        ("UPDATED_AT", "status:active", "milliseconds"),
    ],
)
def test_a_cursor_is_shaped_like_shopifys(ask: Ask, ten: Tenant, sort: str, query: str | None, kind: str) -> None:
    cursor = ask(PAGE, first=2, sort=sort, query=query)["data"]["products"]["pageInfo"]["endCursor"]
    second = ten.shop.by_title("P1")
    written = {
        "date": second.updated_at.strftime("%Y-%m-%d %H:%M:%S.000000"),
        "milliseconds": int(second.updated_at.timestamp() * 1000),
    }.get(kind, kind)
    assert json.loads(base64.b64decode(cursor)) == {"last_id": second.id, "last_value": written}


@pytest.mark.parametrize("cursor", ["nonsense", "bm9uc2Vuc2U=", base64.b64encode(b'{"last_id": 1}').decode()])
def test_a_cursor_that_is_none_is_refused(ask: Ask, ten: Tenant, cursor: str) -> None:
    answer = ask(PAGE, first=1, after=cursor)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_cursor_of_another_order_is_refused(ask: Ask, ten: Tenant) -> None:
    cursor = ask(PAGE, first=1, sort="TITLE")["data"]["products"]["pageInfo"]["endCursor"]
    answer = ask(PAGE, first=1, after=cursor, sort="INVENTORY_TOTAL")
    assert answer["errors"][0]["message"] == "Invalid cursor for current pagination sort."


VARIANTS = """query ($id: ID!, $first: Int!, $after: String) { product(id: $id) {
  variants(first: $first, after: $after) { nodes { title position } pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
def yarn(tenant: Tenant) -> str:
    """A product with 2,048 variants."""
    shades = [f"Shade {number}" for number in range(2048)]
    rows = [{"option_values": [shade]} for shade in shades]
    return f"gid://shopify/Product/{tenant.shop.add_product('Yarn', options=[('Shade', shades)], variants=rows).id}"


def test_one_product_may_be_asked_for_all_its_variants_at_once(ask: Ask, yarn: str) -> None:
    variants = ask(VARIANTS, id=yarn, first=2048)["data"]["product"]["variants"]
    assert [one["position"] for one in variants["nodes"]] == list(range(1, 2049))
    assert variants["pageInfo"]["hasNextPage"] is False


def test_the_variants_of_a_list_of_products_come_in_pages_of_250(ask: Ask, yarn: str) -> None:
    page = ask("{ products(first: 1) { nodes { variants(first: 250) { nodes { id } pageInfo { endCursor } } } } }")
    variants = page["data"]["products"]["nodes"][0]["variants"]
    assert len(variants["nodes"]) == 250
    following = ask(VARIANTS, id=yarn, first=2048, after=variants["pageInfo"]["endCursor"])
    assert len(following["data"]["product"]["variants"]["nodes"]) == 2048 - 250
    assert ask("{ products(first: 1) { nodes { variants(first: 251) { nodes { id } } } } }")["data"] is None


def test_variants_stay_in_their_order_wherever_they_were_put(ask: Ask, tenant: Tenant) -> None:
    rows = [{"option_values": ["B"], "position": 2}, {"option_values": ["A"], "position": 1}]
    product = tenant.shop.add_product("Cup", options=[("Size", ["A", "B"])], variants=rows)
    found = ask(VARIANTS, id=f"gid://shopify/Product/{product.id}", first=2)["data"]["product"]["variants"]["nodes"]
    assert [one["title"] for one in found] == ["A", "B"]


def search(ask: Ask, query: str) -> list[str]:
    answer = ask(PAGE, first=250, query=query)
    return [edge["node"]["title"] for edge in answer["data"]["products"]["edges"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:draft", ["Mug"]),
        ("status:active,draft", ["Bowl", "Mug"]),
        ("-status:draft", ["Bowl", "Old vase"]),
        ("vendor:'Atelier Lune'", ["Bowl"]),
        ('vendor:"atelier lune"', ["Bowl"]),
        ("tag:clay", ["Bowl", "Mug"]),
        ("tag_not:clay", ["Old vase"]),
        ("sku:B-*", ["Bowl"]),
        ("title:Mug OR title:Bowl", ["Bowl", "Mug"]),
        ("title:Mug AND tag:clay", ["Mug"]),
        ("vase", ["Old vase"]),
        ("created_at:>'2020-01-01'", ["Bowl", "Mug", "Old vase"]),
        ("updated_at:<'2020-01-01T00:00:00Z'", []),
        ("handle:old-vase", ["Old vase"]),
        ("NOT status:draft", ["Bowl", "Old vase"]),
        ("-status:draft -status:archived", ["Bowl"]),
        ("(status:draft AND tag:clay) OR status:archived", ["Mug", "Old vase"]),
        ("status:draft AND tag:clay OR status:archived", ["Mug", "Old vase"]),
        ("tag:clay AND (status:draft OR status:archived)", ["Mug"]),
        ("NOT (status:draft OR status:archived)", ["Bowl"]),
        (r"title:Old\ vase", ["Old vase"]),
        ("inventory_total:>=5", ["Bowl"]),
        ("gift_card:true", ["Mug"]),
        ("published_status:unpublished", ["Old vase"]),
        ("published_status:any", ["Bowl", "Mug", "Old vase"]),
        ("variant_title:'Default Title'", ["Bowl", "Mug", "Old vase"]),
        ("", ["Bowl", "Mug", "Old vase"]),
        ("AND OR ) (", ["Bowl", "Mug", "Old vase"]),
    ],
)
def test_the_search_syntax(ask: Ask, tenant: Tenant, query: str, found: list[str]) -> None:
    shop = tenant.shop
    shop.add_product("Bowl", vendor="Atelier Lune", tags=["clay"], variants=[{"sku": "B-1", "inventory_quantity": 5}])
    shop.add_product("Mug", status="DRAFT", tags=["Clay", "gift"], gift_card=True)
    shop.add_product("Old vase", status="ARCHIVED", published=False)
    assert search(ask, query) == found


def test_a_product_is_found_by_the_number_of_its_variant(ask: Ask, ten: Tenant) -> None:
    product = list(ten.shop.products.values())[3]
    assert search(ask, f"variant_id:{product.variants[0].id}") == [product.title]


def test_how_a_search_was_understood_is_told_to_those_who_ask(post: Callable[..., Any], ten: Tenant) -> None:
    text = """{ drafts: productsCount(query: "status:draft (tag:a OR NOT 'b c') created_at:>=2020-01-01") { count } }"""
    assert "search" not in post(text).json()["extensions"]
    answer = post(text, headers={"Shopify-Search-Query-Debug": "1"}).json()
    (noted,) = answer["extensions"]["search"]
    assert noted["path"] == ["drafts"]
    assert noted["warnings"] == []
    assert noted["parsed"] == {
        "and": [
            {"field": "status", "match_all": "draft"},
            {"or": [{"field": "tag", "match_all": "a"}, {"not": {"match_phrase": "b c"}}]},
            {"field": "created_at", "range": {"gte": "2020-01-01"}},
        ]
    }


def test_a_field_that_is_not_searchable_is_ignored_with_a_warning(ask: Ask, ten: Tenant) -> None:
    answer = ask(PAGE, first=250, query="colour:red")
    assert len(answer["data"]["products"]["edges"]) == 10
    (noted,) = answer["extensions"]["search"]
    assert noted["path"] == ["products"]
    assert noted["parsed"] == {"field": "colour", "match_all": "red"}
    assert noted["warnings"] == [
        {"field": "colour", "message": "Invalid search field for this query.", "code": "invalid_field"}
    ]


def test_a_filtered_list_may_lag_behind_and_the_product_itself_does_not(ask: Ask, ten: Tenant, sim: Simulator) -> None:
    ten.faults.set(index_lag=60)
    product = ten.shop.add_product("New", tags=["new"])
    count = '{ productsCount(query: "tag:new") { count } }'
    assert search(ask, "tag:new") == []
    assert ask(count)["data"]["productsCount"]["count"] == 0
    assert walk(ask, 250)[-1] == "New"
    assert ask(VARIANTS, id=f"gid://shopify/Product/{product.id}", first=1)["data"]["product"]
    sim.clock.move(61)
    assert search(ask, "tag:new") == ["New"]


def test_a_lagging_index_finds_a_product_by_what_it_was(ask: Ask, ten: Tenant, sim: Simulator) -> None:
    sim.clock.move(hours=1)
    product = ten.shop.by_title("P4")
    ten.shop.set_tags(product.id, ["old"])
    sim.clock.move(hours=1)
    ten.shop.set_tags(product.id, ["between"])
    sim.clock.move(50)
    ten.shop.set_tags(product.id, ["new"])
    ten.faults.set(index_lag=60)
    assert [search(ask, f"tag:{tag}") for tag in ("old", "between", "new")] == [["P4"], [], []]
    sim.clock.move(20)
    assert [search(ask, f"tag:{tag}") for tag in ("old", "between", "new")] == [[], ["P4"], []]
    # What is answered is the product as it is now.
    answer = ask('{ products(first: 1, query: "tag:between") { nodes { tags } } }')
    assert answer["data"]["products"]["nodes"] == [{"tags": ["new"]}]
    sim.clock.move(60)
    assert search(ask, "tag:new") == ["P4"]


def test_a_lagging_index_does_not_know_new_skus_and_finds_no_variant_that_has_gone(
    ask: Ask, tenant: Tenant, sim: Simulator
) -> None:
    rows = [{"option_values": [size], "sku": f"B-{size}"} for size in "SL"]
    product = tenant.shop.add_product("Bowl", options=[("Size", ["S", "L"])], variants=rows)
    sim.clock.move(hours=1)
    small, large = product.variants
    tenant.shop.edit_variant(small.id, sku="B-NEW")
    tenant.shop.remove_variant(large.id)
    tenant.faults.set(index_lag=60)

    def found(query: str) -> list[str]:
        text = "query ($q: String) { productVariants(first: 9, query: $q) { nodes { sku } } }"
        return [one["sku"] for one in ask(text, q=query)["data"]["productVariants"]["nodes"]]

    assert (found("sku:B-S"), found("sku:B-NEW"), found("sku:B-L")) == (["B-NEW"], [], [])
    assert search(ask, "sku:B-L") == ["Bowl"]
    sim.clock.move(61)
    assert (found("sku:B-S"), found("sku:B-NEW")) == ([], ["B-NEW"])
    assert search(ask, "sku:B-L") == []


def test_an_event_keeps_its_number_when_others_come_and_go(ask: Ask, ten: Tenant, sim: Simulator) -> None:
    text = "query ($key: EventSortKeys) { events(first: 50, sortKey: $key) { nodes { id action createdAt } } }"

    def told(key: str = "ID") -> list[dict]:
        return ask(text, key=key)["data"]["events"]["nodes"]

    before = {event["id"]: event for event in told()}
    sim.clock.move(60)
    ten.shop.delete(ten.shop.by_title("P4").id)
    sim.clock.move(60)
    ten.shop.add_product("Last")
    after = told()
    assert all(before[event["id"]] == event for event in after if event["id"] in before)
    assert len({event["id"] for event in after}) == len(after) == 11
    times = [event["createdAt"] for event in told("CREATED_AT")]
    assert times == sorted(times)
    assert [event["action"] for event in told("CREATED_AT")[-2:]] == ["destroy", "create"]


def test_a_list_ends_after_25_000() -> None:
    members = [SimpleNamespace(id=number) for number in range(25_010)]
    request = Request(None, frozenset(), None)
    asked = {"first": 250, "after": encode(members[24_899], "24899"), "__field": object()}
    last = page(members, asked, request)
    assert [member.id for member in last.nodes] == list(range(24_900, 25_000))
    assert last.has_next_page is False


@pytest.mark.parametrize(("limit", "count", "precision"), [("", 10, "EXACT"), ("(limit: 4)", 4, "AT_LEAST")])
def test_a_count_stops_at_its_limit(ask: Ask, ten: Tenant, limit: str, count: int, precision: str) -> None:
    answer = ask(f"{{ productsCount{limit} {{ count precision }} }}")
    assert answer["data"]["productsCount"] == {"count": count, "precision": precision}


def test_variants_can_be_read_across_products(ask: Ask, ten: Tenant) -> None:
    seen, after = [], None
    query = """query ($after: String) { productVariants(first: 3, after: $after) {
      nodes { id product { title } } pageInfo { hasNextPage endCursor } } }"""
    while True:
        page = ask(query, after=after)["data"]["productVariants"]
        seen += [node["product"]["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"P{number}" for number in range(10)]


def test_a_cost_moves_the_inventory_item_but_not_the_product(ask: Ask, ten: Tenant, sim: Simulator) -> None:
    product = ten.shop.by_title("P4")
    before = product.updated_at
    sim.clock.move(3600)
    since = sim.clock.now().isoformat()
    ten.shop.set_cost(product.variants[0].id, "4.20")
    assert product.updated_at == before
    query = """query ($query: String) { inventoryItems(first: 10, query: $query) {
      nodes { unitCost { amount } variants(first: 1) { nodes { product { title } } } } } }"""
    (item,) = ask(query, query=f"updated_at:>='{since}'")["data"]["inventoryItems"]["nodes"]
    assert item["unitCost"]["amount"] == "4.20"
    assert item["variants"]["nodes"][0]["product"]["title"] == "P4"


def test_events_tell_what_was_deleted(ask: Ask, ten: Tenant, sim: Simulator) -> None:
    since = sim.clock.now().isoformat()
    gone = ten.shop.by_title("P4").id
    ten.shop.delete(gone)
    query = f"subject_type:PRODUCT action:destroy created_at:>='{since}'"
    answer = ask(
        """query ($query: String) { events(first: 9, query: $query, sortKey: CREATED_AT) {
          nodes { id ... on BasicEvent { subjectId subjectType action createdAt } } } }""",
        query=query,
    )
    (event,) = answer["data"]["events"]["nodes"]
    assert event["subjectId"] == f"gid://shopify/Product/{gone}"
    assert (event["subjectType"], event["action"]) == ("PRODUCT", "destroy")


def test_stock_moves_the_product_and_a_handle_that_was_freed_is_used_again(tenant: Tenant, sim: Simulator) -> None:
    bowl = tenant.shop.add_product("Bowl")
    before = bowl.updated_at
    sim.clock.move(60)
    tenant.shop.adjust_stock(bowl.variants[0].id, -3)
    assert bowl.updated_at > before
    tenant.shop.delete(bowl.id)
    again = tenant.shop.add_product("Bowl")
    assert (again.handle, again.id != bowl.id) == ("bowl", True)


@pytest.mark.parametrize("edges", ["featuredMedia { id alt preview { image { url } } }", "options { id name }"])
def test_small_parts_of_a_product_answer(ask: Ask, tenant: Tenant, edges: str) -> None:
    tenant.shop.add_product("Bowl", image="https://cdn.shopify.com/bowl.jpg", variants=[{"image": "https://x/y.jpg"}])
    answer = ask(
        f"""{{ products(first: 1) {{ nodes {{ {edges} description(truncateAt: 5) hasOnlyDefaultVariant
          variants(first: 1) {{ nodes {{ media(first: 1) {{ edges {{ cursor node {{ id }} }} }} }} }} }} }} }}"""
    )
    assert "errors" not in answer
    product = answer["data"]["products"]["nodes"][0]
    assert product["hasOnlyDefaultVariant"] is True
    assert product["variants"]["nodes"][0]["media"]["edges"][0]["node"]["id"].startswith("gid://shopify/MediaImage/")


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("sku:B-2", ["B-2"]),
        ("barcode:4006381333931", ["B-1"]),
        ("vendor:Kiln", ["B-1", "B-2"]),
        ("product_status:draft", ["C-1"]),
        ("tag:blue product_type:bowl", ["B-1", "B-2"]),
        ("title:Large", ["B-2"]),
    ],
)
def test_variants_are_found_by_what_they_are_and_by_their_product(
    ask: Ask, tenant: Tenant, query: str, skus: list[str]
) -> None:
    rows = [
        {"option_values": ["Small"], "sku": "B-1", "barcode": "4006381333931"},
        {"option_values": ["Large"], "sku": "B-2"},
    ]
    options = [("Size", ["Small", "Large"])]
    fields = {"vendor": "Kiln", "tags": ["blue"], "product_type": "Bowl"}
    tenant.shop.add_product("Bowl", options=options, variants=rows, **fields)
    tenant.shop.add_product("Candle", variants=[{"sku": "C-1"}], status="DRAFT")
    text = "query ($query: String) { productVariants(first: 5, query: $query) { nodes { sku } } }"
    answer = ask(text, query=query)
    assert [one["sku"] for one in answer["data"]["productVariants"]["nodes"]] == skus
    assert "search" not in answer["extensions"]


def test_variants_changed_since_are_found_by_their_own_time(ask: Ask, tenant: Tenant, sim: Simulator) -> None:
    options = [("Size", ["S", "L"])]
    bowl = tenant.shop.add_product(
        "Bowl", options=options, variants=[{"option_values": ["S"], "sku": "S"}, {"option_values": ["L"], "sku": "L"}]
    )
    sim.clock.move(hours=1)
    since = sim.clock.now().isoformat()
    tenant.shop.set_price(bowl.variants[1].id, "9.00")
    text = "query ($query: String) { productVariants(first: 5, query: $query) { nodes { sku } } }"
    found = ask(text, query=f"updated_at:>='{since}'")["data"]["productVariants"]["nodes"]
    assert found == [{"sku": "L"}]


def test_a_product_has_each_of_its_pictures_once(ask: Ask, tenant: Tenant) -> None:
    rows = [{"option_values": ["S"], "image": "https://cdn.example/s.jpg"}, {"option_values": ["L"]}]
    tenant.shop.add_product("Bowl", image="https://cdn.example/bowl.jpg", options=[("Size", ["S", "L"])], variants=rows)
    text = """{ products(first: 1) { nodes { media(first: 5) { nodes {
      mediaContentType mediaErrors { code } ... on MediaImage { mimeType image { url } } } } } } }"""
    (product,) = ask(text)["data"]["products"]["nodes"]
    pictures = [one["image"]["url"] for one in product["media"]["nodes"]]
    assert pictures == ["https://cdn.example/bowl.jpg", "https://cdn.example/s.jpg"]


def test_compare_at_prices_have_a_range_when_there_are_any(ask: Ask, tenant: Tenant) -> None:
    rows = [
        {"option_values": ["S"], "compare_at_price": "9.50"},
        {"option_values": ["M"], "compare_at_price": "12.00"},
        {"option_values": ["L"]},
    ]
    tenant.shop.add_product("Bowl", options=[("Size", ["S", "M", "L"])], variants=rows)
    tenant.shop.add_product("Cup")
    text = """{ products(first: 2) { nodes { compareAtPriceRange {
      minVariantCompareAtPrice { amount currencyCode } maxVariantCompareAtPrice { amount } } } } }"""
    bowl, cup = (one["compareAtPriceRange"] for one in ask(text)["data"]["products"]["nodes"])
    assert bowl["minVariantCompareAtPrice"] == {"amount": "9.50", "currencyCode": "EUR"}
    assert bowl["maxVariantCompareAtPrice"] == {"amount": "12.00"}
    assert cup is None
