"""Reading a shop in bulk, from the simulator: whatever becomes of the operation, nothing half is taken for whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.simulated_shop import DOMAIN, InProcess, Simulated
from shopsim import seed
from shopsync.errors import BulkFailed, MissingScope, NotReady, Unavailable
from shopsync.route import Route, Way, Why
from shopsync.shopify.bulk import BulkReader
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.pages import ShopifySource
from shopsync.shopify.places import InBulk, place
from shopsync.values import Page, ShopProduct

BULK = Way(Route.BULK, Why.FIRST)


@pytest.fixture
def there() -> Simulated:
    there = Simulated()
    seed.believable(there.shop)
    return there


class Tampered(InProcess):
    """The simulator's door; what comes through it from the file store is changed on the way."""

    def __init__(self, there: Simulated, change: Callable[[bytes], bytes]) -> None:
        super().__init__(app=there.sim.app)
        self._change = change
        self.downloads: list[httpx.Headers] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if not request.url.path.startswith("/_bulk/"):
            return response
        self.downloads.append(request.headers)
        return httpx.Response(response.status_code, content=self._change(response.read()))


def reader(
    there: Simulated, spool: Path, transport: httpx.BaseTransport | None = None, **options: Any
) -> ShopifySource:
    client = Client(
        DOMAIN,
        FixedToken(there.tenant.token()),
        transport=transport or there.transport,
        wait=there.wait,
        clock=there.sim.clock.timestamp,
    )
    return ShopifySource(client, bulk=BulkReader(client, spool, clock=there.sim.clock.timestamp, **options))


def in_bulk(there: Simulated, source: Callable[[], ShopifySource]) -> list[ShopProduct]:
    """The whole shop; each step is that of another process, which knows the cursor and nothing else."""
    products: list[ShopProduct] = []
    cursor = source().start(BULK)
    while cursor is not None:
        page = there.patiently(source(), cursor)
        assert not page.unreadable
        products += page.products
        cursor = page.cursor
    return products


def by_pages(there: Simulated) -> list[ShopProduct]:
    source, cursor, products = there.source(), None, []
    while True:
        page = source.read(cursor)
        products += page.products
        if (cursor := page.cursor) is None:
            return products


@pytest.mark.parametrize("page_bytes", [1, 20_000, 1_500_000])
@pytest.mark.parametrize("shuffled", [False, True])
def test_in_bulk_a_shop_is_what_it_is_by_pages(
    there: Simulated, tmp_path: Path, shuffled: bool, page_bytes: int
) -> None:
    there.shop.edit(next(iter(there.shop.products)), description_html="<p>\u2028 é \\u0000</p>")
    there.tenant.faults.set(bulk_shuffled=shuffled)
    assert in_bulk(there, lambda: reader(there, tmp_path, page_bytes=page_bytes)) == by_pages(there)


def test_pictures_of_variants_come_along(there: Simulated, tmp_path: Path) -> None:
    rows = [{"option_values": [size], "image": f"https://cdn.example/{size}.jpg"} for size in "SM"]
    there.shop.add_product("Pictured", options=[("Size", ["S", "M"])], variants=rows)
    last = in_bulk(there, lambda: reader(there, tmp_path))[-1]
    assert [variant.image and variant.image.url for variant in last.variants] == [row["image"] for row in rows]
    assert last == by_pages(there)[-1]


def test_a_product_of_2048_variants_is_read_whole(there: Simulated, tmp_path: Path) -> None:
    values = [f"N{number:04}" for number in range(2048)]
    rows = [{"option_values": [value], "sku": value} for value in values]
    there.shop.add_product("Big", options=[("Number", values)], variants=rows)
    products = in_bulk(there, lambda: reader(there, tmp_path, page_bytes=5_000))
    assert [variant.sku for variant in products[-1].variants] == values


def test_the_operation_is_known_before_anyone_waits_for_it(there: Simulated, tmp_path: Path) -> None:
    source = reader(there, tmp_path)
    page = source.read(source.start(BULK))
    began = place(page.cursor)
    assert page.products == ()
    assert isinstance(began, InBulk)
    assert (began.tries, began.currency) == (1, "EUR")
    assert began.operation is not None
    assert there.asked == ["BulkStart", "Currency"]


def test_it_is_looked_at_ever_more_rarely(there: Simulated, tmp_path: Path) -> None:
    cursor = reader(there, tmp_path).read(reader(there, tmp_path).start(BULK)).cursor
    assert cursor is not None
    waits: list[float] = []
    clock = there.sim.clock.timestamp()
    for gone_by in (0, 30, 90, 80_000):
        client = there.client()
        late = BulkReader(client, tmp_path, clock=lambda gone_by=gone_by: clock + gone_by)  # type: ignore[misc]
        began = place(cursor)
        assert isinstance(began, InBulk)
        with pytest.raises(NotReady) as waiting:
            late.read(began, lambda: 1)
        waits.append(waiting.value.after)
    assert waits == pytest.approx([1, 10, 30, 60], abs=0.1)


def test_an_operation_that_does_not_end_in_a_day_is_given_up(there: Simulated, tmp_path: Path) -> None:
    cursor = reader(there, tmp_path).read(reader(there, tmp_path).start(BULK)).cursor
    began, clock = place(cursor), there.sim.clock.timestamp()
    assert isinstance(began, InBulk)
    with pytest.raises(BulkFailed):
        BulkReader(there.client(), tmp_path, clock=lambda: clock + 90_000).read(began, lambda: 1)


def test_a_whole_read_costs_at_most_sixty_points_with_its_looks(there: Simulated, tmp_path: Path) -> None:
    source = reader(there, tmp_path)
    in_bulk(there, lambda: source)
    assert source.client.points <= 60


def test_our_token_is_not_sent_to_the_file_store(there: Simulated, tmp_path: Path) -> None:
    door = Tampered(there, lambda body: body)
    in_bulk(there, lambda: reader(there, tmp_path, door))
    (headers,) = door.downloads
    assert "X-Shopify-Access-Token" not in headers


def test_another_machine_downloads_the_result_again_and_goes_on(there: Simulated, tmp_path: Path) -> None:
    folders = iter(tmp_path / str(number) for number in range(1_000))
    there.tenant.faults.set(bulk_shuffled=True)
    assert in_bulk(there, lambda: reader(there, next(folders), page_bytes=9_000)) == by_pages(there)


def test_an_empty_shop_has_no_result_and_needs_none(tmp_path: Path) -> None:
    there = Simulated()
    assert in_bulk(there, lambda: reader(there, tmp_path)) == []


@pytest.mark.parametrize("ends", ["CANCELED", "INTERNAL_SERVER_ERROR", "TIMEOUT"])
def test_what_shopify_fails_or_cancels_is_started_once_more(there: Simulated, tmp_path: Path, ends: str) -> None:
    there.tenant.faults.set(bulk_ends=ends)
    source = reader(there, tmp_path)
    first = source.read(source.start(BULK)).cursor
    assert first is not None
    again = there.patiently(source, first)
    there.tenant.faults.clear()
    assert again == Page((), again.cursor)
    assert place(again.cursor) == InBulk(1)
    cursor, products = again.cursor, []
    while cursor:
        page = there.patiently(source, cursor)
        products += page.products
        cursor = page.cursor
    assert products == by_pages(there)


@pytest.mark.parametrize("ends", ["CANCELED", "INTERNAL_SERVER_ERROR", "TIMEOUT"])
def test_what_fails_again_fails_the_read_whatever_was_written(there: Simulated, tmp_path: Path, ends: str) -> None:
    there.tenant.faults.set(bulk_ends=ends)
    with pytest.raises(BulkFailed):
        in_bulk(there, lambda: reader(there, tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert there.asked.count("BulkStart") == 2


def test_a_refused_read_in_bulk_is_a_missing_scope(there: Simulated, tmp_path: Path) -> None:
    there.tenant.faults.set(bulk_ends="ACCESS_DENIED")
    with pytest.raises(MissingScope):
        in_bulk(there, lambda: reader(there, tmp_path))


@pytest.mark.parametrize(
    "cut",
    [lambda body: body[:-30], lambda body: body[: body.rindex(b"\n", 0, -1) + 1], lambda body: b""],
    ids=["the last line", "a line", "everything"],
)
def test_a_file_that_was_cut_short_is_never_read(
    there: Simulated, tmp_path: Path, cut: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(BulkFailed):
        in_bulk(there, lambda: reader(there, tmp_path, Tampered(there, cut)))


def test_a_result_without_a_link_is_none_where_the_shop_has_products(there: Simulated, tmp_path: Path) -> None:
    operation = {"status": "COMPLETED", "objectCount": "0", "errorCode": None, "url": None}
    answers = {"BulkStatus": {"bulkOperation": operation}}
    with pytest.raises(BulkFailed):
        in_bulk(there, lambda: reader(there, tmp_path, Answering(there, answers)))


def test_an_operation_that_shopify_has_forgotten_is_started_anew(there: Simulated, tmp_path: Path) -> None:
    source = reader(there, tmp_path, Answering(there, {"BulkStatus": {"bulkOperation": None}}))
    page = source.read(source.start(BULK))
    assert page.cursor is not None
    assert place(source.read(page.cursor).cursor) == InBulk(1)


def test_a_download_that_breaks_off_is_tried_again_later(there: Simulated, tmp_path: Path) -> None:
    def breaks(_body: bytes) -> bytes:
        raise httpx.ReadError("broken")

    with pytest.raises(Unavailable):
        in_bulk(there, lambda: reader(there, tmp_path, Tampered(there, breaks)))
    assert not list(tmp_path.glob("*.jsonl"))


def test_where_other_operations_take_every_place_ours_waits(there: Simulated, tmp_path: Path) -> None:
    source = reader(there, tmp_path)
    for _ in range(5):
        source.read(source.start(BULK))
    with pytest.raises(NotReady) as waiting:
        source.read(source.start(BULK))
    assert waiting.value.after == 60


def test_one_surprising_line_spoils_only_its_own_product(there: Simulated, tmp_path: Path) -> None:
    second = list(there.shop.products.values())[1]
    odd = Tampered(there, lambda body: body.replace(f'"handle":"{second.handle}"'.encode(), b'"handle":7'))
    source = reader(there, tmp_path, odd)
    page = source.read(source.start(BULK))
    assert page.cursor is not None
    page = there.patiently(source, page.cursor)
    assert [broken.shop_id for broken in page.unreadable] == [second.id]
    assert len(page.products) == len(there.shop.products) - 1


class Answering(InProcess):
    """The simulator, but for these operations, which get an answer of ours."""

    def __init__(self, there: Simulated, answers: dict[str, Any]) -> None:
        super().__init__(app=there.sim.app)
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for operation, data in self._answers.items():
            if operation.encode() in request.read():
                return httpx.Response(200, json={"data": data})
        return super().handle_request(request)
