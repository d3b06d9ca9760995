"""The engine's Source over Shopify's pages: the whole catalogue in order of creation, or products by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from shopsync.errors import SearchIgnored, UnexpectedData
from shopsync.shopify import parse
from shopsync.shopify.answers import TooExpensive, TookTooLong
from shopsync.shopify.client import Client
from shopsync.values import Page, Shop, ShopProduct, Unreadable

# One page of each asks for about 700 of the 1,000 points a query may cost, and is answered well within ten seconds.
PRODUCTS = 100
VARIANTS = 100
MORE_VARIANTS = 250
# What is left of a page that Shopify could not answer in its ten seconds.
FEWER_PRODUCTS = 10
# Pagination stops at 25,000 objects of a list, as if there were no more; before that a filter by id begins a new list.
# https://shopify.dev/docs/api/usage/limits
LONGEST_LIST = 25_000

_T = TypeVar("_T")


class Cursor(msgspec.Struct, array_like=True):
    """Where a read of the whole catalogue stands: the list's own cursor, how many it has shown, and after which
    product id the list began (0: at the beginning)."""

    after: str | None = None
    shown: int = 0
    beyond: int = 0


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


class ShopifySource:
    """A connected shop, read through its Admin API. Implements ``shopsync.ports.Source``.

    ``products`` is how many products one query asks for; it falls when Shopify finds that too much.
    """

    def __init__(self, client: Client, *, products: int = PRODUCTS, longest_list: int = LONGEST_LIST) -> None:
        self.client = client
        self._products = products
        self._longest_list = longest_list

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

    def read(self, cursor: str | None) -> Page:
        """The page after ``cursor``; the shop's ids rise with creation, so sorting by id is the order of creation."""
        place = _place(cursor)
        filters = f"id:>{place.beyond}" if place.beyond else None
        answer = self._ask("products", parse.ProductsAnswer, after=place.after, query=filters)
        if place.beyond and answer.products.nodes and _id_of(answer.products.nodes[0]) <= place.beyond:
            # Without a warning too: going on would read the same products for ever.
            raise SearchIgnored(f"{self.client.shop} showed products that the filter {filters} leaves out.")
        page = self._whole(answer.products.nodes, answer.shop.currency_code)
        page_info = answer.products.page_info
        if not page_info.has_next_page:
            return page
        if not answer.products.nodes:
            raise UnexpectedData(f"{self.client.shop} showed an empty page and says that more follow.")
        shown = place.shown + len(answer.products.nodes)
        if shown + self._products < self._longest_list:
            further = Cursor(page_info.end_cursor, shown, place.beyond)
        else:
            further = Cursor(None, 0, _id_of(answer.products.nodes[-1]))
        return msgspec.structs.replace(page, cursor=msgspec.json.encode(further).decode())

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        """Those of these products that exist, in every status, in the order they were asked for."""
        products: list[ShopProduct] = []
        unreadable: list[Unreadable] = []
        ids = [f"gid://shopify/Product/{shop_id}" for shop_id in shop_ids]
        while ids:
            answer = self._ask("products_by_id", parse.ProductsByIdAnswer, ids=ids)
            page = self._whole(answer.nodes, answer.shop.currency_code)
            products += page.products
            unreadable += page.unreadable
            ids = ids[self._products :]
        return Page(tuple(products), None, tuple(unreadable))

    def _ask(self, name: str, shape: type[_T], *, ids: Sequence[str] | None = None, **variables: Any) -> _T:
        """One page of products, made smaller until Shopify can afford and answer it."""
        while True:
            size = {"first": self._products} if ids is None else {"ids": ids[: self._products]}
            try:
                return parse.answer(self.client.ask(name, {**variables, **size, "variants": VARIANTS}), shape)
            except TooExpensive:
                if self._products == 1:
                    raise
                self._products //= 2
            except TookTooLong:
                if self._products <= FEWER_PRODUCTS:
                    raise
                self._products = FEWER_PRODUCTS

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


def _place(cursor: str | None) -> Cursor:
    try:
        return msgspec.json.decode(cursor, type=Cursor) if cursor else Cursor()
    except msgspec.MsgspecError as error:
        raise UnexpectedData("The run's cursor is not one of ours.") from error


def _id_of(node: msgspec.Raw) -> int:
    return parse.shop_id(parse.answer(node, parse.Identity).id)
