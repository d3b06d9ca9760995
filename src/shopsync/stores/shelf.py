"""The merchant's side of a catalogue in memory: what is kept of each product, and what people do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

import msgspec

from shopsync.changes import Change, Choice, Duplicate, HoldReason, Planned
from shopsync.errors import Cancelled, RunLost
from shopsync.policy import Rule
from shopsync.ports import Progress
from shopsync.route import Way
from shopsync.values import ShopProduct, ShopVariant


class MemoryVariant(msgspec.Struct, frozen=True):
    """A variant as kept here; ``local`` is what the merchant keeps only in the catalogue, such as the own cost."""

    id: int
    variant: ShopVariant
    removed: bool = False
    local: Mapping[str, Any] = {}


class MemoryProduct(msgspec.Struct, frozen=True):
    """A product as kept here. ``shop_id`` is None while it is not linked; ``product.variants`` is empty."""

    id: int
    product: ShopProduct
    variants: tuple[MemoryVariant, ...] = ()
    shop_id: int | None = None
    digest: bytes | None = None
    archived: bool = False
    local: Mapping[str, Any] = {}
    drift: Mapping[str, Any] = {}


class State(msgspec.Struct):
    """All that a transaction covers. The values inside are immutable, so a shallow copy is a snapshot."""

    products: dict[int, MemoryProduct] = {}
    choices: dict[int, Choice] = {}
    progress: Progress = Progress()
    read: set[int] = set()
    outcomes: dict[int, Change] = {}
    duplicates: dict[int, Duplicate] = {}
    planned: dict[int, Planned] = {}
    hints: frozenset[int] = frozenset()
    left_out: dict[int, HoldReason | None] = {}
    left_out_now: dict[int, HoldReason | None] = {}
    way: Way | None = None
    started: datetime | None = None
    newest: datetime | None = None
    since: datetime | None = None
    whole_read: datetime | None = None

    def copy(self) -> State:
        """A snapshot."""
        return msgspec.structs.replace(
            self,
            products=dict(self.products),
            choices=dict(self.choices),
            read=set(self.read),
            outcomes=dict(self.outcomes),
            duplicates=dict(self.duplicates),
            left_out=dict(self.left_out),
            left_out_now=dict(self.left_out_now),
            planned=dict(self.planned),
        )


class Shelf:
    """One connection's products.

    ``limit`` is how many live products the plan holds (None: any number); ``sanitise`` makes a description safe.
    Without a ``clock`` every run reads the whole shop, as nothing can be said of when an earlier one did.
    """

    def __init__(
        self,
        *,
        limit: int | None = None,
        sanitise: Callable[[str], str] = str,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.limit = limit
        self.wanted = False
        self.rules: dict[str, Rule] = {}
        self.exceptions: dict[int, dict[str, Rule]] = {}
        self._sanitise = sanitise
        self._clock = clock
        self._state = State()
        self._ids = count(1)
        self._in_step = False
        self._stopped_by: type[Cancelled] | type[RunLost] | None = None

    def add(
        self,
        product: ShopProduct,
        *,
        linked: bool = True,
        digest: bytes | None = None,
        archived: bool = False,
        local: Mapping[str, Any] | None = None,
        variants_local: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> int:
        """Put a product into the catalogue by hand, beside any that are already there; returns its local id.

        ``local`` and, by Shopify variant id, ``variants_local`` are what only the catalogue keeps.
        """
        added = MemoryProduct(
            id=next(self._ids),
            product=without_variants(product),
            variants=tuple(self._new_variants(product.variants, variants_local or {})),
            shop_id=product.id if linked else None,
            digest=digest,
            archived=archived,
            local=local or {},
        )
        self._state.products[added.id] = added
        return added.id

    def edit(self, local_id: int, **local: Any) -> None:
        """Change fields that only the catalogue keeps."""
        self._change(local_id, local={**self._state.products[local_id].local, **local})

    def edit_variant(self, local_id: int, variant_id: int, **local: Any) -> None:
        """Change fields of a variant that only the catalogue keeps."""
        edited = tuple(
            msgspec.structs.replace(variant, local={**variant.local, **local}) if variant.id == variant_id else variant
            for variant in self._state.products[local_id].variants
        )
        self._change(local_id, variants=edited)

    def remove(self, local_id: int) -> None:
        """Take a product out of the catalogue."""
        del self._state.products[local_id]

    def choose(self, shop_id: int, choice: Choice) -> None:
        """What is to become of a shop product that is not here: leave it out, link it, or import it as new."""
        self._state.choices[shop_id] = choice
        self.wanted = True

    def leave_out(self, shop_id: int) -> None:
        """Give up the place of a shop product: what is here of it is archived, and syncs leave it out."""
        for product in self._first_matches():
            if product.shop_id == shop_id:
                self._change(product.id, archived=True)
        self.choose(shop_id, Choice(left_out=True))

    def take_in(self, shop_id: int) -> None:
        """Let what was left out come in again."""
        self._state.choices.pop(shop_id, None)
        self.wanted = True

    def set_rule(self, field: str, rule: Rule, local_id: int | None = None) -> None:
        """Who decides about a field: of every product, or of one. What it touches is compared anew by the next run."""
        rules = self.rules if local_id is None else self.exceptions.setdefault(local_id, {})
        rules[field] = rule
        for product in self.products() if local_id is None else [self._state.products[local_id]]:
            self._change(product.id, digest=None)

    def products(self) -> list[MemoryProduct]:
        """Every product, lowest id first."""
        return [self._state.products[local_id] for local_id in sorted(self._state.products)]

    def _first_matches(self) -> list[MemoryProduct]:
        """Of the products that carry a Shopify id the first of each, lowest id first."""
        first = {product.shop_id: product for product in reversed(self.products()) if product.shop_id is not None}
        return sorted(first.values(), key=lambda product: product.id)

    def _unlinked(self) -> list[MemoryProduct]:
        return [product for product in self.products() if product.shop_id is None and not product.archived]

    def _new_variants(
        self, variants: Sequence[ShopVariant], local: Mapping[int, Mapping[str, Any]]
    ) -> Iterator[MemoryVariant]:
        return (MemoryVariant(next(self._ids), variant, local=local.get(variant.id, {})) for variant in variants)

    def _change(self, local_id: int, **fields: Any) -> None:
        self._state.products[local_id] = msgspec.structs.replace(self._state.products[local_id], **fields)


def without_variants(product: ShopProduct) -> ShopProduct:
    """The product's own values, as kept beside its variants."""
    return msgspec.structs.replace(product, variants=())
