"""The engine's Source over Shopify: the whole shop by pages or in bulk, its changes, or products by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from shopsync.errors import SearchIgnored, UnexpectedData
from shopsync.route import Route, Way
from shopsync.shopify import parse
from shopsync.shopify.answers import TooExpensive, TookTooLong
from shopsync.shopify.bulk import BulkReader
from shopsync.shopify.client import Client
from shopsync.shopify.places import Changed, InBulk, WholeShop, place, written
from shopsync.values import Page, Shop, ShopProduct, Unreadable

# One page of each asks for about 700 of the 1,000 points a query may cost, and is answered well within ten seconds.
PRODUCTS = 100
VARIANTS = 100
# A page of changes is larger, so that a usual day's fit in one, which is cheaper than two.
CHANGED_PRODUCTS = 250
CHANGED_VARIANTS = 50
ITEMS = 50
ITEM_PAGES = 4
MORE_VARIANTS = 250
# What is left of a page that Shopify could not answer in its ten seconds.
FEWER_PRODUCTS = 10
# Pagination stops at 25,000 objects of a list, as if there were no more; before that a filter by id begins a new list.
# https://shopify.dev/docs/api/usage/limits
LONGEST_LIST = 25_000

_T = TypeVar("_T")


class _Shop(msgspec.Struct, rename="camel"):
    id: str
    name: str
    myshopify_domain: str
    currency_code: str


class _ShopAnswer(msgspec.Struct):
    shop: _Shop


class _Count(msgspec.Struct):
    count: int


class _CountAnswer(msgspec.Struct, rename="camel"):
    products_count: _Count


class _Scope(msgspec.Struct):
    handle: str


class _Installation(msgspec.Struct, rename="camel"):
    access_scopes: list[_Scope]


class _ScopesAnswer(msgspec.Struct, rename="camel"):
    current_app_installation: _Installation


class _Variants(msgspec.Struct):
    variants: parse.VariantList


class _VariantsAnswer(msgspec.Struct):
    product: _Variants | None


class _Touched(msgspec.Struct, rename="camel"):
    id: str
    updated_at: datetime


class _TouchedVariant(msgspec.Struct):
    product: _Touched


class _TouchedVariants(msgspec.Struct):
    nodes: list[_TouchedVariant]


class _Item(msgspec.Struct):
    variants: _TouchedVariants | None = None


class _Items(msgspec.Struct, rename="camel"):
    nodes: list[_Item]
    page_info: parse.PageInfo


class _ItemsAnswer(msgspec.Struct, rename="camel"):
    inventory_items: _Items


class ShopifySource:
    """A connected shop, read through its Admin API. Implements ``shopsync.ports.Source``.

    ``products`` is how many products one query asks for; it falls when Shopify finds that too much. ``bulk`` reads bulk
    operations; without one their results go to a folder that ends with this source.
    """

    def __init__(
        self,
        client: Client,
        *,
        products: int = PRODUCTS,
        changed_products: int = CHANGED_PRODUCTS,
        longest_list: int = LONGEST_LIST,
        bulk: BulkReader | None = None,
    ) -> None:
        self.client = client
        self._sizes = {"products": products, "changed_products": changed_products, "products_by_id": products}
        self._longest_list = longest_list
        self._bulk = bulk or BulkReader(client)

    def shop(self) -> Shop:
        """What the shop says of itself."""
        shop = parse.answer(self.client.ask("shop"), _ShopAnswer).shop
        return Shop(parse.number(shop.id), shop.myshopify_domain, shop.name, shop.currency_code)

    def granted_scopes(self) -> frozenset[str]:
        """What the token lets us do."""
        installation = parse.answer(self.client.ask("scopes"), _ScopesAnswer).current_app_installation
        return frozenset(scope.handle for scope in installation.access_scopes)

    def count(self) -> int:
        """How many products the shop has, in every status."""
        return parse.answer(self.client.ask("count"), _CountAnswer).products_count.count

    def changed(self, since: datetime) -> int:
        """How many products were touched at ``since`` or later, as far as the search index knows."""
        asked = {"query": _touched(_time(since))}
        return parse.answer(self.client.ask("changed_count", asked), _CountAnswer).products_count.count

    def start(self, way: Way) -> str | None:
        """The cursor of the route's first page."""
        if way.route is Route.BULK:
            return written(InBulk())
        if way.since is None:
            return None
        # An empty list of products costs as much as a short one, so it is not asked for.
        return written(Changed(_time(way.since), items=0 if way.changed else 1))

    def read(self, cursor: str | None) -> Page:
        """The page after ``cursor``. The shop's ids rise with creation, so by id is in order of creation."""
        match place(cursor):
            case InBulk() as there:
                return self._bulk.read(there, self.count)
            case Changed(items=0) as there:
                return self._changed_products(there)
            case Changed() as there:
                return self._changed_items(there)
            case there:
                return self._whole_shop(there)

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        """Those of these products that exist, in every status, in the order they were asked for."""
        products: list[ShopProduct] = []
        unreadable: list[Unreadable] = []
        ids = [f"gid://shopify/Product/{shop_id}" for shop_id in shop_ids]
        while ids:
            asked, answer = self._ask("products_by_id", parse.ProductsByIdAnswer, ids=ids)
            page = self._whole(answer.nodes, answer.shop.currency_code)
            products += page.products
            unreadable += page.unreadable
            ids = ids[asked:]
        return Page(tuple(products), None, tuple(unreadable))

    def _whole_shop(self, there: WholeShop) -> Page:
        filters = f"id:>{there.beyond}" if there.beyond else None
        asked, answer = self._ask("products", parse.ProductsAnswer, after=there.after, query=filters)
        if there.beyond and answer.products.nodes and _id_of(answer.products.nodes[0]) <= there.beyond:
            # Without a warning too: going on would read the same products for ever.
            raise SearchIgnored(f"{self.client.shop} showed products that the filter {filters} leaves out.")
        page = self._whole(answer.products.nodes, answer.shop.currency_code)
        if not self._goes_on(answer.products):
            return page
        shown = there.shown + len(answer.products.nodes)
        if shown + asked < self._longest_list:
            further = WholeShop(answer.products.page_info.end_cursor, shown, there.beyond)
        else:
            further = WholeShop(None, 0, _id_of(answer.products.nodes[-1]))
        return msgspec.structs.replace(page, cursor=written(further))

    def _changed_products(self, there: Changed) -> Page:
        """Products by rising time of their last touch; one that is touched meanwhile moves to the end."""
        _, answer = self._ask("changed_products", parse.ProductsAnswer, after=there.after, query=_touched(there.since))
        page = self._whole(answer.products.nodes, answer.shop.currency_code)
        if self._goes_on(answer.products):
            further = Changed(there.since, answer.products.page_info.end_cursor)
        else:
            further = Changed(there.since, None, 1)
        return msgspec.structs.replace(page, cursor=written(further))

    def _changed_items(self, there: Changed) -> Page:
        """Products whose cost or weight was touched, which is not documented to touch the product.

        Only some pages of them: where a shop touches very many, the next whole read brings the rest.
        """
        variables = {"first": ITEMS, "after": there.after, "query": _touched(there.since)}
        items = parse.answer(self.client.ask("changed_items", variables), _ItemsAnswer).inventory_items
        since = datetime.fromisoformat(there.since)
        touched = (variant.product for item in items.nodes if item.variants for variant in item.variants.nodes)
        # Those touched themselves were read with the changed products.
        ids = sorted({parse.shop_id(product.id) for product in touched if product.updated_at < since})
        page = self.lookup(ids)
        if not items.page_info.has_next_page or there.items >= ITEM_PAGES:
            return page
        further = Changed(there.since, items.page_info.end_cursor, there.items + 1)
        return msgspec.structs.replace(page, cursor=written(further))

    def _goes_on(self, listed: parse.RawList) -> bool:
        """Whether more follow. Raises UnexpectedData where that could go on for ever."""
        if listed.page_info.has_next_page and not listed.nodes:
            raise UnexpectedData(f"{self.client.shop} showed an empty page and says that more follow.")
        return listed.page_info.has_next_page

    def _ask(self, name: str, shape: type[_T], *, ids: Sequence[str] | None = None, **variables: Any) -> tuple[int, _T]:
        """One page of products, made smaller until Shopify can afford and answer it; and how many were asked for."""
        while True:
            products = self._sizes[name]
            size = {"first": products} if ids is None else {"ids": ids[:products]}
            variants = VARIANTS if name == "products" else CHANGED_VARIANTS
            try:
                return products, parse.answer(self.client.ask(name, {**variables, **size, "variants": variants}), shape)
            except TooExpensive:
                if products == 1:
                    raise
                self._sizes[name] = products // 2
            except TookTooLong:
                if products <= FEWER_PRODUCTS:
                    raise
                self._sizes[name] = FEWER_PRODUCTS

    def _whole(self, nodes: Sequence[msgspec.Raw], currency: str) -> Page:
        """The products with all their variants, and those that cannot be read."""
        readable, unreadable = parse.read_nodes(nodes)
        products: list[ShopProduct] = []
        for node in readable:
            if (variants := self._all_variants(node)) is None:
                continue
            product = parse.product(node, variants, currency)
            if isinstance(product, Unreadable):
                unreadable.append(product)
            else:
                products.append(product)
        return Page(tuple(products), None, tuple(unreadable))

    def _all_variants(self, node: parse.ProductNode) -> Sequence[parse.VariantNode] | None:
        """Every variant of a product, up to Shopify's 2,048; None when it was deleted while we read.

        They are listed by id, so that none is missed when a merchant moves variants meanwhile.
        """
        variants, page_info = node.variants.nodes, node.variants.page_info
        while page_info.has_next_page:
            variables = {"id": node.id, "first": MORE_VARIANTS, "after": page_info.end_cursor}
            product = parse.answer(self.client.ask("variants", variables), _VariantsAnswer).product
            if product is None:
                return None
            if not product.variants.nodes:
                break
            variants = [*variants, *product.variants.nodes]
            page_info = product.variants.page_info
        return variants


def _touched(since: str) -> str:
    """A filter by the time of the last touch. https://shopify.dev/docs/api/usage/search-syntax"""
    return f"updated_at:>='{since}'"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id_of(node: msgspec.Raw) -> int:
    return parse.shop_id(parse.answer(node, parse.Identity).id)
