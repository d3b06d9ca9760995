"""The legacy REST reads that older connectors use: products, their number, the shop, the token's scopes.

https://shopify.dev/docs/api/admin-rest
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from shopsim.catalog import Product
from shopsim.payloads import rest_product, shop_body
from shopsim.search import moment_of
from shopsim.shop import Shop

RULES = (
    Rule("/admin/api/<version>/products.json", endpoint="rest.products", methods=["GET"]),
    Rule("/admin/api/<version>/products/count.json", endpoint="rest.count", methods=["GET"]),
    Rule("/admin/api/<version>/products/<int:product_id>.json", endpoint="rest.product", methods=["GET"]),
    Rule("/admin/api/<version>/shop.json", endpoint="rest.shop", methods=["GET"]),
    Rule("/admin/oauth/access_scopes.json", endpoint="rest.scopes", methods=["GET"]),
)
LARGEST_PAGE = 250
USUAL_PAGE = 50
_EXACT = ("title", "vendor", "product_type")
NO_READ_PRODUCTS = "[API] This action requires merchant approval for read_products scope."


class Place(msgspec.Struct):
    """What a cursor holds: the filters of the list, and the product its page begins with."""

    query: dict[str, str]
    first: int


class RestError(Exception):
    """A refusal: HTTP status and body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def answer(
    shop: Shop, endpoint: str, arguments: Mapping[str, Any], query: Mapping[str, str], scopes: frozenset[str], url: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of the answer. Raises RestError and NotFound."""
    if endpoint == "rest.scopes":
        return {"access_scopes": [{"handle": scope} for scope in sorted(scopes)]}, {}
    if endpoint == "rest.shop":
        return {"shop": shop_body(shop)}, {}
    if not scopes & {"read_products", "write_products"}:
        raise RestError(403, {"errors": NO_READ_PRODUCTS})
    with shop.lock:
        if endpoint == "rest.product":
            if arguments["product_id"] not in shop.products:
                raise NotFound
            return {"product": _picked(rest_product(shop.products[arguments["product_id"]]), query)}, {}
        found = _filtered(shop, query)
        if endpoint == "rest.count":
            return {"count": len(found)}, {}
        return _page(found, query, url)


def _page(found: list[Product], query: Mapping[str, str], url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """One page by rising id, with `Link` to its neighbours."""
    size = _limit(query)
    start = 0
    if "page_info" in query:
        found, start = _continued(found, query["page_info"])
    page = found[start : start + size]
    links = []
    if start > 0:
        links.append(_link(url, size, max(0, start - size), "previous", found, query))
    if start + size < len(found):
        links.append(_link(url, size, start + size, "next", found, query))
    headers = {"Link": ", ".join(links)} if links else {}
    return {"products": [_picked(rest_product(product), query) for product in page]}, headers


def _limit(query: Mapping[str, str]) -> int:
    try:
        return max(1, min(LARGEST_PAGE, int(query.get("limit", USUAL_PAGE))))
    except ValueError:
        raise RestError(400, {"errors": {"limit": "must be a number"}}) from None


def _link(url: str, size: int, start: int, rel: str, found: list[Product], query: Mapping[str, str]) -> str:
    # Like Shopify's, the cursor carries the filters along, so that a page may name nothing but its size.
    inner = {name: query[name] for name in query if name not in ("limit", "page_info", "fields")}
    if "page_info" in query:
        inner = _opened(query["page_info"]).query
    token = msgspec.json.encode(Place(inner, found[start].id))
    pairs = {"limit": size, "page_info": base64.urlsafe_b64encode(token).decode()}
    if "fields" in query:
        pairs["fields"] = query["fields"]
    return f'<{url}?{urlencode(pairs)}>; rel="{rel}"'


def _continued(found: list[Product], token: str) -> tuple[list[Product], int]:
    place = _opened(token)
    kept = [product for product in found if _fits(product, place.query)]
    return kept, sum(product.id < place.first for product in kept)


def _opened(token: str) -> Place:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=Place)
    except ValueError:
        raise RestError(400, {"errors": {"page_info": "Invalid value."}}) from None


def _filtered(shop: Shop, query: Mapping[str, str]) -> list[Product]:
    return [product for product in shop.listed() if _fits(product, query)]


def _fits(product: Product, query: Mapping[str, str]) -> bool:
    try:
        return (
            product.id > _number(query.get("since_id", "0"))
            and ("ids" not in query or str(product.id) in query["ids"].split(","))
            and ("status" not in query or product.status.lower() in query["status"].split(","))
            and ("handle" not in query or product.handle in query["handle"].split(","))
            and all(name not in query or getattr(product, name) == query[name] for name in _EXACT)
            and _published(product, query.get("published_status", "any"))
            and all(
                _within(getattr(product, name), query.get(f"{name}_min"), query.get(f"{name}_max"))
                for name in ("created_at", "updated_at", "published_at")
            )
        )
    except ValueError as error:
        raise RestError(400, {"errors": {"base": [str(error)]}}) from error


def _published(product: Product, wanted: str) -> bool:
    return wanted not in ("published", "unpublished") or (product.published_at is not None) is (wanted == "published")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"“{text}” is no number") from None


def _within(moment: datetime | None, low: str | None, high: str | None) -> bool:
    if moment is None:
        return low is None and high is None
    return (low is None or moment >= moment_of(low)) and (high is None or moment <= moment_of(high))


def _picked(body: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    if "fields" not in query:
        return body
    wanted = query["fields"].split(",")
    return {name: value for name, value in body.items() if name in wanted}
