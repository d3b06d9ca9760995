"""Reading the whole shop by a bulk operation: started, waited for, downloaded, and read some products at a time.

Its content costs no points: ten for the start, one for each look. https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import msgspec

from shopsync.errors import BulkFailed, MissingScope, NotReady, UnexpectedData
from shopsync.shopify import familiar, lines, parse
from shopsync.shopify.client import Client
from shopsync.shopify.documents import document
from shopsync.shopify.familiar import Keeper, Texts
from shopsync.shopify.places import InBulk, written
from shopsync.shopify.spool import CutShort, Families, receive
from shopsync.values import Page

# How often an operation is started for one read of the shop, when Shopify fails or cancels it.
TRIES = 2
# Each look comes a third of the time later that has gone by; the first after one second, and one a minute at last.
FIRST_LOOK, LAST_LOOKS = 1.0, 60.0
# An operation that takes longer is given up: the next run reads the shop by pages.
LONGEST = 24 * 3600.0
# Several hundred products of some variants; a page of at least this many bytes is decoded and applied at once.
PAGE_BYTES = 1_500_000


class _Identity(msgspec.Struct):
    id: str


class _Problem(msgspec.Struct):
    message: str
    code: str | None = None


class _Started(msgspec.Struct, rename="camel"):
    bulk_operation: _Identity | None
    user_errors: list[_Problem]


class _StartAnswer(msgspec.Struct, rename="camel"):
    bulk_operation_run_query: _Started


class _Operation(msgspec.Struct, rename="camel"):
    status: str
    object_count: str
    error_code: str | None = None
    url: str | None = None


class _StatusAnswer(msgspec.Struct, rename="camel"):
    bulk_operation: _Operation | None


class _CurrencyAnswer(msgspec.Struct):
    shop: parse.ShopCurrency


class BulkReader:
    """Reads one shop in bulk. ``spool`` is the folder for results; without one they go to a folder that ends with us.

    ``keeper`` has the texts of the last whole read; without one everything is decoded. ``clock`` gives Unix time; only
    differences of it are used.
    """

    def __init__(
        self,
        client: Client,
        spool: Path | None = None,
        *,
        keeper: Keeper | None = None,
        clock: Callable[[], float] = time.time,
        page_bytes: int = PAGE_BYTES,
    ) -> None:
        self._client, self._spool, self._clock, self._page_bytes = client, spool, clock, page_bytes
        self._keeper = keeper
        self._texts: Texts | None = None

    def read(self, place: InBulk, count: Callable[[], int]) -> Page:
        """The page at this place; an empty one where the operation was just started, so that its id is remembered
        before anyone waits for it. ``count`` is asked where an operation finds no products at all.

        Raises NotReady while Shopify works on it, BulkFailed when it failed once too often.
        """
        if place.operation is None:
            return self._start(place)
        path = self._folder / f"{parse.number(place.operation)}.jsonl"
        if not path.exists():
            found = self._look(place)
            if found.status != "COMPLETED":
                return self._again(place, f"as {found.status} {found.error_code or ''}".rstrip())
            if found.url is None:
                # Shopify gives no link where there is nothing; where there are products, that is no answer.
                return self._again(place, "without a result") if count() else Page(())
            try:
                receive(self._client.download(found.url), path, int(found.object_count))
            except CutShort as error:
                return self._again(place, str(error))
        text, further = Families(path, self._page_bytes).read(place.offset)
        cursor = written(msgspec.structs.replace(place, offset=further)) if further is not None else None
        return self._page(text, place, cursor)

    def _page(self, text: bytes | bytearray, place: InBulk, cursor: str | None) -> Page:
        """The products of these lines. What is familiar is known of a result that is read from its beginning on."""
        if self._keeper and place.offset == 0:
            self._texts = Texts(self._keeper.load())
        if not (self._keeper and self._texts):
            return lines.page(text, place.currency, cursor)
        page = familiar.page(text, place.currency, cursor, self._texts)
        if cursor is None and (noted := self._texts.noted()) is not None:
            self._keeper.save(noted)
        return page

    def _start(self, place: InBulk) -> Page:
        query = document("bulk_products")
        started = parse.answer(self._client.ask("bulk_start", {"query": query}), _StartAnswer).bulk_operation_run_query
        if started.user_errors:
            problem = started.user_errors[0]
            if problem.code in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED"):
                # Other operations of this app in this shop take every place; they end by themselves.
                raise NotReady(problem.message, after=LAST_LOOKS)
            raise UnexpectedData(f"{self._client.shop} refused our bulk query: {problem.message}")
        if started.bulk_operation is None:
            raise UnexpectedData(f"{self._client.shop} started no bulk operation and did not say why.")
        currency = parse.answer(self._client.ask("currency"), _CurrencyAnswer).shop.currency_code
        begun = InBulk(place.tries + 1, started.bulk_operation.id, self._clock(), currency)
        return Page((), written(begun))

    def _look(self, place: InBulk) -> _Operation:
        """The operation, once it has ended, well or not. One that Shopify does not know any more has expired."""
        answer = parse.answer(self._client.ask("bulk_status", {"id": place.operation}), _StatusAnswer)
        found = answer.bulk_operation or _Operation("EXPIRED", "0")
        if found.status in ("CREATED", "RUNNING", "CANCELING"):
            gone_by = max(0.0, self._clock() - place.started)
            if gone_by > LONGEST:
                raise BulkFailed(f"The bulk operation {place.operation} of {self._client.shop} did not end in a day.")
            after = min(LAST_LOOKS, max(FIRST_LOOK, gone_by / 3))
            raise NotReady(f"{self._client.shop} has written {found.object_count} lines so far.", after=after)
        if found.error_code == "ACCESS_DENIED":
            raise MissingScope(f"{self._client.shop} does not let us read products in bulk.")
        return found

    def _again(self, place: InBulk, how: str) -> Page:
        """Start anew what failed, unless it did too often. A partial result is never read: it proves nothing."""
        if place.tries >= TRIES:
            raise BulkFailed(f"The bulk operation {place.operation} of {self._client.shop} ended {how}.")
        return Page((), written(InBulk(place.tries)))

    @cached_property
    def _folder(self) -> Path:
        if self._spool is not None:
            return self._spool
        folder = tempfile.mkdtemp(prefix="shopsync-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)
