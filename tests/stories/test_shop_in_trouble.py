"""A shop that misbehaves while it is read: what becomes of the run, and that nothing which still exists is archived."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.simulated_shop import DOMAIN, InProcess, Simulated
from shopsync.changes import Tally
from shopsync.errors import BulkFailed, SyncError, Throttled, Unauthorized, Unavailable
from shopsync.route import Route
from shopsync.run import sync
from shopsync.shopify.bulk import BulkReader
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.pages import ShopifySource
from shopsync.stores.memory import MemoryCatalogue

PRODUCTS = 30


class Story:
    """A shop that was synced once and is about to be read again, in bulk or by pages."""

    def __init__(self, spool: Path) -> None:
        self.there = Simulated()
        self.spool = spool
        for number in range(PRODUCTS):
            self.there.shop.add_product(
                f"Candle {number}", variants=[{"sku": f"C-{number % 7}" if number % 3 else None}]
            )
        self.catalogue = MemoryCatalogue(clock=self.there.sim.clock.now)
        sync(self.source(), self.catalogue, self.there.wait)
        assert self.catalogue.tally() == Tally(found=PRODUCTS, created=PRODUCTS)
        self.there.wait(86_400)

    def source(self, transport: httpx.BaseTransport | None = None) -> ShopifySource:
        clock = self.there.sim.clock.timestamp
        client = Client(
            DOMAIN,
            FixedToken(self.there.tenant.token()),
            transport=transport or self.there.transport,
            wait=self.there.wait,
            clock=clock,
        )
        return ShopifySource(client, products=10, bulk=BulkReader(client, self.spool, clock=clock))

    def whole(self, source: ShopifySource | None = None) -> Tally:
        """Another run, which reads the whole shop."""
        self.catalogue.new_run()
        self.catalogue.wanted = True
        return self.go_on(source)

    def go_on(self, source: ShopifySource | None = None) -> Tally:
        sync(source or self.source(), self.catalogue, self.there.wait)
        return self.catalogue.tally()

    def fails(self, error: type[SyncError], source: ShopifySource | None = None) -> None:
        with pytest.raises(error):
            self.whole(source)
        assert not any(product.archived for product in self.catalogue.products())


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even this shop is large enough."""
    monkeypatch.setattr("shopsync.route.PAGES_AT_MOST", 0)


UNCHANGED = Tally(found=PRODUCTS, unchanged=PRODUCTS)


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"throttle": -1}, Throttled), ({"http_status": 502, "http_requests": -1}, Unavailable)],
    ids=["throttled for minutes", "a storm of 502"],
)
def test_trouble_that_passes_puts_the_run_off_and_it_goes_on_where_it_was(
    story: Story, fault: dict[str, Any], error: type[SyncError]
) -> None:
    story.there.tenant.faults.set(**fault)
    story.fails(error)
    assert sum(story.there.waits[1:]) <= 121
    story.there.tenant.faults.clear()
    assert story.go_on() == UNCHANGED


def test_a_token_revoked_in_the_middle_ends_the_run_and_a_new_one_goes_on(story: Story) -> None:
    source = story.source()
    read = source.read

    def revoked(cursor: str | None) -> Any:
        page = read(cursor)
        story.there.tenant.office.revoke_all()
        return page

    source.read = revoked  # type: ignore[method-assign]
    story.fails(Unauthorized, source)
    assert 0 < story.catalogue.tally().found < PRODUCTS
    assert story.go_on() == UNCHANGED


@pytest.mark.usefixtures("in_bulk")
@pytest.mark.parametrize("ends", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "CANCELED"])
def test_a_bulk_operation_that_fails_with_a_partial_file_proves_nothing(story: Story, ends: str) -> None:
    story.there.tenant.faults.set(bulk_ends=ends)
    story.fails(BulkFailed)
    assert story.catalogue.tally() == Tally()
    story.there.tenant.faults.clear()
    assert story.whole() == UNCHANGED


@pytest.mark.usefixtures("in_bulk")
def test_a_shuffled_file_is_as_good_as_any(story: Story) -> None:
    story.there.tenant.faults.set(bulk_shuffled=True)
    assert story.whole() == UNCHANGED
    way = story.catalogue.way()
    assert way is not None
    assert way.route is Route.BULK


@pytest.mark.usefixtures("in_bulk")
def test_a_file_whose_last_line_is_cut_is_never_read(story: Story) -> None:
    story.fails(BulkFailed, story.source(Tampered(story, lambda body: body[:-9])))
    assert story.catalogue.tally() == Tally()


@pytest.mark.usefixtures("in_bulk")
def test_completed_without_a_link_is_no_empty_shop(story: Story) -> None:
    def without(body: bytes) -> bytes:
        return b'{"data":{"bulkOperation":{"status":"COMPLETED","objectCount":"0","url":null}}}'

    story.fails(BulkFailed, story.source(Tampered(story, without, "BulkStatus")))
    assert story.catalogue.tally() == Tally()


@pytest.mark.usefixtures("in_bulk")
def test_half_the_catalogue_missing_from_a_complete_file_is_looked_up_and_found(story: Story) -> None:
    half = Tampered(story, lambda body: b"".join(body.splitlines(keepends=True)[:PRODUCTS]))
    counted = Tampered(
        story, lambda body: body.replace(b'"objectCount":"60"', b'"objectCount":"30"'), "BulkStatus", half
    )
    assert story.whole(story.source(counted)) == UNCHANGED


def test_a_new_product_that_the_index_does_not_show_yet_is_found_by_the_counts(story: Story) -> None:
    story.there.shop.add_product("New")
    story.there.tenant.faults.set(index_lag=300)
    story.catalogue.new_run()
    tally = story.go_on()
    assert (tally.found, tally.created, tally.archived) == (PRODUCTS + 1, 1, 0)


def test_a_product_edited_behind_the_reader_is_read_by_the_next_run(story: Story) -> None:
    source = story.source()
    read = source.read
    first = next(iter(story.there.shop.products))

    def edited(cursor: str | None) -> Any:
        page = read(cursor)
        if cursor:
            story.there.shop.rename(first, "Renamed meanwhile")
        return page

    source.read = edited  # type: ignore[method-assign]
    assert story.whole(source) == UNCHANGED
    story.catalogue.new_run()
    assert story.go_on().updated == 1
    assert story.catalogue.products()[0].product.title == "Renamed meanwhile"


class Tampered(InProcess):
    """The simulator's door; the answers to one operation, or the files, are changed on the way."""

    def __init__(
        self, story: Story, change: Callable[[bytes], bytes], operation: str = "", beyond: InProcess | None = None
    ) -> None:
        super().__init__(app=story.there.sim.app)
        self._change, self._operation, self._beyond = change, operation, beyond

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ask = self._beyond.handle_request if self._beyond else super().handle_request
        named = f"query {self._operation}".encode() in request.read() if self._operation else False
        response = ask(request)
        if not (named or (not self._operation and request.url.path.startswith("/_bulk/"))):
            return response
        return httpx.Response(response.status_code, content=self._change(response.read()))
