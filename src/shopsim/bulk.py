"""Bulk operations: started by a query, worked off as time passes, read from a signed link that ends.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from graphql import DocumentNode, GraphQLSchema

from shopsim.bulk_lines import Bundle, Lines, written
from shopsim.bulk_rules import check
from shopsim.execution import FieldError, Resolvers
from shopsim.shop import Shop

AT_ONCE = 5
FIRST_ID = 4_871_610_000_000
WAITS_SECONDS = 0.5
# A job of 1,456 products took a second or two; a large one should not make a benchmark wait.
OBJECTS_PER_SECOND = 1_000_000
LINK_SECONDS = 7 * 86_400
# So many objects are done before others get their turn.
AT_A_TIME = 10_000
LIVE = ("CREATED", "RUNNING", "CANCELING")


class Problem(Exception):
    """A user error: the field it is about, the message, and a code where Shopify gives one."""

    def __init__(self, message: str, field: list[str] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message, self.field, self.code = message, field, code


class Refused(Exception):
    """An operation that cannot be started: every reason why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


class Expired(PermissionError):
    """A link that was good, and has ended."""


class Seen(NamedTuple):
    """What an operation reads: two that see the same have the same result."""

    query: str
    scopes: frozenset[str]
    grouped: bool
    shuffled: bool
    edits: int
    index_lag: float


class BulkOperation:
    """One operation. Counters grow while it runs."""

    typename = "BulkOperation"
    type = "QUERY"

    def __init__(self, number: int, query: str, started: float, bundles: Iterator[Bundle], path: Path) -> None:
        self.id, self.query, self.started, self.bundles, self.path = number, query, started, bundles, path
        self.status = "CREATED"
        self.error_code: str | None = None
        self.ended: float | None = None
        self.objects = self.roots = self.size = 0
        self.ends_badly = ""
        self.seen: Seen | None = None

    @property
    def created_at(self) -> datetime:
        """When it was started."""
        return datetime.fromtimestamp(self.started, UTC)

    @property
    def completed_at(self) -> datetime | None:
        """When it ended, well or not."""
        return None if self.ended is None else datetime.fromtimestamp(self.ended, UTC)

    def finish(self, status: str, now: float, error_code: str | None = None) -> None:
        """It ends now."""
        self.status, self.ended, self.error_code = status, now, error_code


class BulkDesk:
    """The bulk operations of one app in one shop."""

    def __init__(self, shop: Shop, schema: Callable[[], GraphQLSchema], resolvers: Resolvers) -> None:
        self.shop, self._schema, self._resolvers = shop, schema, resolvers
        self.operations: dict[int, BulkOperation] = {}
        self.finished: Callable[[BulkOperation], None] = lambda operation: None
        self.ends_badly = ""
        self.shuffled = False
        self._secret = secrets.token_bytes(32)
        # The shop's own lock, so that nobody holds one and waits for the other.
        self._lock = shop.lock
        self._folder: Path | None = None

    def start(self, text: str, scopes: frozenset[str], *, grouped: bool) -> BulkOperation:
        """A new operation. Raises Refused when the query may not be run in bulk, or too many run."""
        document, messages = check(self._schema(), text)
        if document is None:
            raise Refused([Problem(message, ["query"], "INVALID") for message in messages])
        with self._lock:
            running = self.running()
            if len(running) >= AT_ONCE:
                busy = f"gid://shopify/BulkOperation/{running[0].id}"
                message = f"A bulk query operation for this app and shop is already in progress: {busy}."
                raise Refused([Problem(message, None, "OPERATION_IN_PROGRESS")])
            seen = Seen(text, scopes, grouped, self.shuffled, self.shop.edits, self.shop.index_lag)
            bundles = self._again(seen) or self._anew(document, seen)
            number = FIRST_ID + 1_024 * len(self.operations)
            operation = BulkOperation(number, text, self.shop.clock.timestamp(), bundles, self._file(number))
            operation.ends_badly, operation.seen = self.ends_badly, seen
            self.operations[number] = operation
            return operation

    def running(self) -> list[BulkOperation]:
        """The operations that have not ended, after doing what was due."""
        self.advance()
        with self._lock:
            return [operation for operation in self.operations.values() if operation.status in LIVE]

    def cancel(self, number: int) -> BulkOperation:
        """Ask for an operation to end early. Raises Problem."""
        self.advance()
        operation = self.operations.get(number)
        if operation is None:
            raise Problem("Bulk operation does not exist", ["id"])
        if operation.status not in LIVE:
            raise Problem(f"A bulk operation cannot be canceled when it is {operation.status.lower()}")
        operation.status = "CANCELING"
        return operation

    def advance(self) -> None:
        """Do what should have been done by now."""
        with self._lock:
            now = self.shop.clock.timestamp()
            for operation in self.operations.values():
                if operation.status in LIVE:
                    self._advance(operation, now)
                elif operation.status == "COMPLETED" and now - (operation.ended or now) > LINK_SECONDS:
                    operation.status = "EXPIRED"

    def busy(self) -> bool:
        """Do what is due; whether more will be."""
        return bool(self.running())

    def link(self, operation: BulkOperation, base_url: str) -> str | None:
        """Where the result is; None when there is none (yet)."""
        if operation.ended is None or not operation.size or operation.status in ("EXPIRED", "CANCELED"):
            return None
        ends = int(operation.ended) + LINK_SECONDS
        return f"{base_url}/_bulk/bulk-{operation.id}.jsonl?Expires={ends}&Signature={self._sign(operation.id, ends)}"

    def open(self, number: int, ends: str, signature: str) -> Path:
        """The file behind a link. Raises PermissionError for a link that is wrong, Expired for one that has ended."""
        right = ends.isdigit() and hmac.compare_digest(signature.encode(), self._sign(number, int(ends)).encode())
        if not right:
            raise PermissionError
        if int(ends) < self.shop.clock.timestamp():
            raise Expired
        return self.operations[number].path

    def _anew(self, document: DocumentNode, seen: Seen) -> Iterator[Bundle]:
        request = Lines.request(self._schema(), self.shop, seen.scopes)
        lines = Lines(self._schema(), self._resolvers, document, request)
        return lines.bundles(grouped=seen.grouped, shuffled=seen.shuffled)

    def _again(self, seen: Seen) -> Iterator[Bundle] | None:
        """The lines of an earlier result, when nothing has been edited since: a large shop is written once."""
        if seen.index_lag:
            return None
        same = (one.path for one in self.operations.values() if one.status == "COMPLETED" and one.seen == seen)
        path = next((path for path in same if path.exists()), None)
        return written(path, AT_A_TIME) if path else None

    def _advance(self, operation: BulkOperation, now: float) -> None:
        if operation.status == "CANCELING":
            return self._end(operation, "CANCELED", now)
        worked = now - operation.started - WAITS_SECONDS
        if worked < 0:
            return None
        operation.status = "RUNNING"
        # At the first look a job is never over, so that everybody meets one that runs.
        due = max(0.0, worked - WAITS_SECONDS) * OBJECTS_PER_SECOND
        due = min(due, operation.objects + AT_A_TIME)
        try:
            with operation.path.open("ab") as file:
                while operation.objects <= due and worked > WAITS_SECONDS:
                    bundle = next(operation.bundles, None)
                    if bundle is None:
                        return self._end(operation, "COMPLETED", now)
                    operation.size += file.write(b"".join(bundle.lines))
                    operation.objects += len(bundle.lines)
                    operation.roots += bundle.roots
                    if operation.ends_badly:
                        return self._end_badly(operation, now)
        except FieldError as error:
            code = "ACCESS_DENIED" if error.code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
            return self._end(operation, "FAILED", now, code)
        return None

    def _end_badly(self, operation: BulkOperation, now: float) -> None:
        if operation.ends_badly == "CANCELED":
            return self._end(operation, "CANCELED", now)
        return self._end(operation, "FAILED", now, operation.ends_badly)

    def _end(self, operation: BulkOperation, status: str, now: float, error_code: str | None = None) -> None:
        operation.finish(status, now, error_code)
        self.finished(operation)

    def _sign(self, number: int, ends: int) -> str:
        return hmac.new(self._secret, f"{number}:{ends}".encode(), hashlib.sha256).hexdigest()

    def _file(self, number: int) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="shopsim-bulk-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / f"bulk-{number}.jsonl"
