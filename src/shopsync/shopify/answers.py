"""What an HTTP answer of the Admin API means: data, or one of our errors by remedy.

https://shopify.dev/docs/api/usage/response-codes and https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec

from shopsync.errors import (
    MissingScope,
    SearchIgnored,
    StoreLocked,
    StoreNotFound,
    StorePaused,
    SyncError,
    Throttled,
    Unauthorized,
    Unavailable,
    UnexpectedData,
)
from shopsync.shopify.throttle import Cost

# Fields that Shopify may keep from a token that may read all the rest; they arrive as null.
# A cost needs the permission "View product costs", and in some shops the scope read_inventory.
GUARDED_FIELDS = frozenset({"unitCost"})


class TooExpensive(UnexpectedData):
    """The query asks for more points than any query may; a smaller page will do."""


class TookTooLong(Unavailable):
    """Shopify gave the query up for its length; a smaller page may do."""


class NotInSchema(UnexpectedData):
    """The served version of the API does not know what we ask for."""


class GraphQLError(msgspec.Struct):
    """One entry of `errors`."""

    message: str = ""
    extensions: dict[str, Any] = {}
    path: list[str | int] | None = None

    @property
    def code(self) -> str:
        """Shopify's code, such as THROTTLED; empty where it gives none."""
        return str(self.extensions.get("code", ""))

    @property
    def is_guarded_field(self) -> bool:
        """Whether only a field that we can do without was refused."""
        return self.code == "ACCESS_DENIED" and bool(self.path) and (self.path or [""])[-1] in GUARDED_FIELDS


class Search(msgspec.Struct):
    """What Shopify says of a filter: warnings mean that it ignored part of it."""

    warnings: list[dict[str, Any]] = []


class Extensions(msgspec.Struct):
    """What comes beside the data."""

    cost: Cost | None = None
    search: list[Search] = []


class Answer(msgspec.Struct):
    """A decoded answer; ``data`` is still JSON, for whoever knows its shape."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: list[GraphQLError] | str | dict[str, Any] | None = None
    extensions: Extensions = msgspec.field(default_factory=Extensions)


_decode = msgspec.json.Decoder(Answer).decode


def http_error(shop: str, response: httpx.Response) -> SyncError | None:
    """The error that fits the answer's HTTP status, or None. Bodies are never quoted: they may echo a token."""
    status = response.status_code
    after = seconds(response.headers.get("Retry-After"))
    match status:
        case 200:
            return None
        case 401:
            return Unauthorized(f"{shop} no longer accepts our token (401).")
        case 402:
            return StorePaused(f"{shop} is frozen until its bill is paid (402).")
        case 403:
            return MissingScope(f"{shop} does not let us read products (403).")
        case 404:
            return StoreNotFound(f"No Shopify shop answers at {shop} (404).")
        case 423:
            return StoreLocked(f"Shopify has locked {shop} (423).")
        case 429:
            return Throttled(f"{shop} asked us to slow down (429).", after=after)
        case 430:
            return StoreLocked(f"Shopify rejects our requests to {shop} for security reasons (430).")
        case 504:
            return TookTooLong(f"{shop} answered 504.", after=after)
        case _ if status >= 500:
            return Unavailable(f"{shop} answered {status}.", after=after)
        case _ if 300 <= status < 400:
            # Following it could carry the token to a stranger.
            return StoreNotFound(f"{shop} sends us to another address ({status}); the shop may have been renamed.")
    return UnexpectedData(f"{shop} answered {status}.")


def read(shop: str, response: httpx.Response) -> Answer:
    """The answer's content. Raises Unavailable when it is no JSON: an edge or error page came instead."""
    try:
        return _decode(response.content)
    except msgspec.MsgspecError as error:
        raise Unavailable(f"{shop} answered with something else than JSON.") from error


# The most telling error counts, so the order matters.
_BY_CODE: Mapping[str, Callable[[str], SyncError]] = {
    "THROTTLED": Throttled,
    "ACCESS_DENIED": MissingScope,
    "SHOP_INACTIVE": StorePaused,
    "MAX_COST_EXCEEDED": TooExpensive,
    "TIMEOUT": TookTooLong,
    "INTERNAL_SERVER_ERROR": Unavailable,
    "undefinedField": NotInSchema,
    "undefinedType": NotInSchema,
    "argumentNotAccepted": NotInSchema,
}


def graphql_error(shop: str, answer: Answer) -> SyncError | None:
    """The error that fits the answer's `errors` or search warnings, or None."""
    if isinstance(answer.errors, str | dict):
        return UnexpectedData(f"{shop} answered: {_short(str(answer.errors))}")
    errors = [error for error in answer.errors or [] if not error.is_guarded_field]
    by_code = {error.code: error for error in errors}
    for code, kind in _BY_CODE.items():
        if code in by_code:
            return kind(f"{shop}: {_short(by_code[code].message)}")
    if errors:
        return UnexpectedData(f"{shop}: {_short(errors[0].message)}")
    if any(search.warnings for search in answer.extensions.search):
        # Shopify ignores a filter it does not know and returns everything.
        return SearchIgnored(f"{shop} ignored part of a filter.")
    if bytes(answer.data) == b"null":
        return UnexpectedData(f"{shop} answered without data.")
    return None


def seconds(text: str | None) -> float | None:
    """A Retry-After header in seconds; None where it is missing or a date."""
    return float(text) if text and re.fullmatch(r"\d+(\.\d+)?", text) else None


def _short(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:300]}…"
