"""The lists of a shop: products, variants, inventory items and events, filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from shopsim import search
from shopsim.access import need
from shopsim.catalog import Product, Variant
from shopsim.execution import FieldError, Request
from shopsim.fields import Record, counted, time_text
from shopsim.ids import gid
from shopsim.objects import ItemOf, ProductOf, VariantOf
from shopsim.paging import BY_ID, Connection, Order, page

Member = TypeVar("Member")
# What was created and what was deleted have numbers of their own, so that none changes when another comes or goes.
FIRST_CREATION, FIRST_DELETION = 164_748_010_000_000, 329_496_020_000_000


def _milliseconds(when: datetime | None) -> int:
    return int(when.timestamp() * 1000) if when else 0


def _clock_text(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S.000000") if when else ""


_KEYS: dict[str, Callable[[Any], Any]] = {
    "TITLE": lambda product: product.title.lower(),
    "VENDOR": lambda product: product.vendor.lower(),
    "PRODUCT_TYPE": lambda product: product.product_type.lower(),
    "INVENTORY_TOTAL": lambda product: sum(variant.inventory_quantity or 0 for variant in product.variants),
}
_TIMES = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "PUBLISHED_AT": "published_at"}


def _order(sort: str, *, filtered: bool, down: bool) -> Order:
    """How a sort key orders products. A filtered list comes from the index, whose cursors write times otherwise."""
    if name := _TIMES.get(sort):
        write = _milliseconds if filtered else _clock_text
        return Order(lambda product: write(getattr(product, name)), descending=down)
    if key := _KEYS.get(sort):
        return Order(key, descending=down)
    return BY_ID._replace(descending=down)


def filter_of(
    request: Request, arguments: dict[str, Any], fields: dict[str, search.Maker] | None = None
) -> search.Test:
    """The filter a list was asked for; what Shopify would ignore of it is noted beside the answer."""
    query = arguments.get("query")
    try:
        found = search.compile_query(query, fields)
    except ValueError as error:
        raise FieldError(f"Invalid search query: {error}", "BAD_REQUEST") from error
    if found.warnings or (request.search_debug and found.parsed):
        field = arguments["__field"]
        path = [field.alias.value if field.alias else field.name.value]
        request.search.append({"path": path, "query": query, "parsed": found.parsed, "warnings": found.warnings})
    return found.test


def _matching(request: Request, arguments: dict[str, Any]) -> Sequence[Product]:
    shop, query = request.shop, arguments.get("query")
    if not query:
        return shop.listed()  # type: ignore[no-any-return]
    test = filter_of(request, arguments)
    return shop.remember(  # type: ignore[no-any-return]
        ("match", query, *_looked_at(shop)),
        lambda: [product for product, seen in shop.indexed() if test(seen)],
    )


def _looked_at(shop: Any) -> tuple[float, float]:
    """When the index is looked at, as far as that matters: only one that lags changes by itself."""
    return shop.index_lag, shop.clock.timestamp() if shop.index_lag else 0.0


def products(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[ProductOf]:
    """The products of the shop."""
    need(request, "products", "read_products")
    query, sort, down = arguments.get("query"), arguments.get("sortKey") or "ID", bool(arguments.get("reverse"))
    found = _matching(request, arguments)
    order = _order(sort, filtered=bool(query), down=down)
    if order.shown is None or down:
        found = request.shop.remember(
            ("sorted", query, sort, down, id(found)),
            lambda: (found, sorted(found, key=lambda product: (order.key(product), product.id), reverse=down)),
        )[1]
    window = page(found, arguments, request, order)
    return Connection([ProductOf(product) for product in window.nodes], order, *window.neighbours)


def product_variants(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[VariantOf]:
    """The variants of all products."""
    need(request, "productVariants", "read_products")
    query, down, shop = arguments.get("query"), bool(arguments.get("reverse")), request.shop
    test = filter_of(request, arguments, search.VARIANT_FIELDS)

    def make() -> list[VariantOf]:
        return _by_id(list(_of_all(shop, query, VariantOf, test)), down)

    variants = shop.remember(("variants", query, down, *_looked_at(shop)), make)
    return page(variants, arguments, request, BY_ID._replace(descending=down))


def _of_all(
    shop: Any, query: str | None, make: Callable[[Product, Variant], Member], test: search.Test
) -> Iterator[Member]:
    """What is made of every variant, where it passes a test as the index sees it; a variant that has gone is not."""
    for product, seen in shop.indexed() if query else ((product, product) for product in shop.listed()):
        if product is seen:
            yield from filter(test, (make(product, one) for one in product.variants))
        else:
            wanted = {one.id for one in seen.variants if test(make(seen, one))}
            yield from (make(product, one) for one in product.variants if one.id in wanted)


def inventory_items(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[ItemOf]:
    """The stock-room side of all variants."""
    need(request, "inventoryItems", "read_products", "read_inventory")
    query, down, shop = arguments.get("query"), bool(arguments.get("reverse")), request.shop
    test = filter_of(request, arguments, search.ITEM_FIELDS)

    def make() -> list[ItemOf]:
        return _by_id(list(_of_all(shop, query, lambda of, one: ItemOf(of, one, shop.currency), test)), down)

    items = shop.remember(("items", query, down, *_looked_at(shop)), make)
    return page(items, arguments, request, BY_ID._replace(descending=down))


def products_count(_root: Any, arguments: dict[str, Any], request: Request) -> Record:
    """How many products there are."""
    need(request, "productsCount", "read_products")
    return counted(len(_matching(request, arguments)), arguments.get("limit"))


class Happening:
    """Something that befell a product, as an event of the schema."""

    typename = "BasicEvent"
    subject_type = "PRODUCT"
    app_title = None
    attribute_to_app = attribute_to_user = critical_alert = has_additional_content = False

    def __init__(self, number: int, action: str, product_id: int, happened_at: datetime) -> None:
        self.id, self.action, self.product_id, self.happened_at = number, action, product_id, happened_at

    @property
    def subject_id(self) -> str:
        """The product."""
        return gid("Product", self.product_id)

    @property
    def created_at(self) -> str | None:
        """When it happened."""
        return time_text(self.happened_at)

    @property
    def message(self) -> str:
        """What happened, in words."""
        return f"Product {'deleted' if self.action == 'destroy' else 'created'}."


def events(_root: Any, arguments: dict[str, Any], request: Request) -> Connection[Happening]:
    """What was created and deleted, as far as the shop remembers."""
    need(request, "events", "read_products")
    query, down, shop = arguments.get("query"), bool(arguments.get("reverse")), request.shop
    test = filter_of(request, arguments, search.EVENT_FIELDS)

    def make() -> list[Happening]:
        told = [Happening(FIRST_CREATION + one.id, "create", one.id, one.created_at) for one in shop.products.values()]
        told += [
            Happening(FIRST_DELETION + index, "destroy", number, when)
            for index, (number, when) in enumerate(shop.deleted)
        ]
        return sorted(filter(test, told), key=lambda event: (order.key(event), event.id), reverse=down)

    by_time = arguments.get("sortKey") == "CREATED_AT"
    order = Order(lambda event: _clock_text(event.happened_at)) if by_time else BY_ID
    order = order._replace(descending=down)
    return page(shop.remember(("events", query, down, by_time), make), arguments, request, order)


def _by_id(items: list[Any], down: bool) -> list[Any]:
    items.sort(key=lambda item: item.id, reverse=down)
    return items
