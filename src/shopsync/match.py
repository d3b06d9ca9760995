"""Which local product, and which local variant, is it?"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from shopsync.changes import Duplicate, VariantPlan
from shopsync.ports import Local, StoredVariant
from shopsync.values import ShopProduct, ShopVariant

T = TypeVar("T")
Key = Callable[[ShopVariant], Hashable]


class Match(msgspec.Struct, frozen=True):
    """A shop product and the local product that stands for it, if there is one."""

    product: ShopProduct
    local: Local | None


def match_products(products: Sequence[ShopProduct], known: Sequence[Local]) -> tuple[list[Match], list[Duplicate]]:
    """Pair each shop product with the first local product (lowest id) that carries its ID.

    Further local products with the same ID are duplicates: they are named and left exactly as they are.
    A product that a page shows twice is taken once, as it was last shown.
    """
    by_shop_id: dict[int, list[Local]] = defaultdict(list)
    for local in sorted(known, key=lambda local: local.id):
        by_shop_id[local.shop_id].append(local)

    matches: list[Match] = []
    duplicates: list[Duplicate] = []
    for product in {product.id: product for product in products}.values():
        carriers = by_shop_id.get(product.id, [])
        matches.append(Match(product, carriers[0] if carriers else None))
        if len(carriers) > 1:
            left = tuple(local.id for local in carriers[1:])
            duplicates.append(Duplicate(product.id, product.title, synced=carriers[0].id, left=left))
    return matches, duplicates


def live_first_matches(known: Sequence[Local]) -> list[Local]:
    """Of the local products that carry each ID the first, where it is not archived."""
    first: dict[int, Local] = {}
    for local in sorted(known, key=lambda local: local.id):
        first.setdefault(local.shop_id, local)
    return [local for local in first.values() if not local.archived]


def shared_skus(product: ShopProduct, candidates: Mapping[int, Collection[str]]) -> dict[int, set[str]]:
    """The local products that share a SKU with this one, letter case and spaces aside, and the SKUs of its that do."""
    own = _by_fold(variant.sku or "" for variant in product.variants)
    found = {
        local_id: {sku for key in _by_fold(skus) if key in own for sku in own[key]}
        for local_id, skus in candidates.items()
    }
    return {local_id: skus for local_id, skus in found.items() if skus}


def the_same(
    product: ShopProduct, candidates: Mapping[int, Collection[str]], bearers: Mapping[int, Collection[str]]
) -> int | None:
    """The one unlinked local product that this is beyond doubt, by SKU: no other shares one with either of them.

    A SKU that differs in letter case or spaces, on either side, is doubt; so is another shop product that carries one
    of the local product's SKUs.
    """
    shared = shared_skus(product, candidates)
    if len(shared) != 1:
        return None
    (local_id, skus) = next(iter(shared.items()))
    locals_own = set(candidates[local_id])
    twins = {sku for key, group in _by_fold(locals_own).items() if key in _by_fold(skus) for sku in group}
    others = {key for shop_id, borne in bearers.items() if shop_id != product.id for key in _by_fold(borne)}
    if skus != twins or others & set(_by_fold(locals_own)):
        return None
    return local_id


def fold(sku: str) -> str:
    """A SKU as people tell it apart: without regard to letter case and surrounding spaces."""
    return sku.strip().casefold()


def _by_fold(skus: Iterable[str]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for sku in skus:
        if key := fold(sku):
            groups[key].add(sku)
    return groups


def match_variants(
    stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]
) -> tuple[list[tuple[StoredVariant, ShopVariant]], list[ShopVariant], list[StoredVariant]]:
    """Pair local variants with the shop's: by Shopify variant ID, then, for a variant that Shopify made anew, by SKU,
    barcode or option values where only one fits on each side. Returns the pairs, the newcomers and the orphans.

    Variants the shop still showed last time are preferred to removed ones, so that an old twin makes nothing ambiguous.
    """
    live = [local for local in stored if not local.removed]
    removed = [local for local in stored if local.removed]
    pairs = _pairs_by_id([*live, *removed], shop)
    for candidates in (live, removed):
        for key in (_by_sku, _by_barcode, _by_options):
            pairs += _pairs_by(key, _left(candidates, pairs), _newcomers(shop, pairs))
    return pairs, _newcomers(shop, pairs), _left(live, pairs)


def plan_variants(stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]) -> VariantPlan:
    """What to write for a product's variants: only those whose synced values differ."""
    pairs, added, orphans = match_variants(stored, shop)
    return VariantPlan(
        changed=tuple((local.id, variant) for local, variant in pairs if differs(local, variant)),
        added=tuple(added),
        removed=tuple(local.id for local in orphans),
    )


def differs(local: StoredVariant, variant: ShopVariant) -> bool:
    """Whether a matched local variant must be written."""
    return local.removed or local.variant != variant


def _pairs_by_id(
    stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]
) -> list[tuple[StoredVariant, ShopVariant]]:
    """Pairs with the same Shopify variant ID; of several local variants that carry it, the first."""
    first: dict[int, StoredVariant] = {}
    for local in stored:
        first.setdefault(local.variant.id, local)
    return [(first[variant.id], variant) for variant in shop if variant.id in first]


def _by_sku(variant: ShopVariant) -> Hashable:
    return variant.sku or None


def _by_barcode(variant: ShopVariant) -> Hashable:
    return variant.barcode or None


def _by_options(variant: ShopVariant) -> Hashable:
    return variant.option_values or None


def _pairs_by(
    key: Key, stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]
) -> list[tuple[StoredVariant, ShopVariant]]:
    """Pairs that share a key which no other variant on either side has; an empty key matches nothing."""
    locals_by_key = _grouped(stored, lambda local: key(local.variant))
    shop_by_key = _grouped(shop, key)
    return [
        (locals_by_key[value][0], variants[0])
        for value, variants in shop_by_key.items()
        if len(variants) == 1 and len(locals_by_key.get(value, ())) == 1
    ]


def _grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        if (value := key(item)) is not None:
            groups[value].append(item)
    return groups


def _left(stored: Sequence[StoredVariant], pairs: Sequence[tuple[StoredVariant, ShopVariant]]) -> list[StoredVariant]:
    taken = {local.id for local, _ in pairs}
    return [local for local in stored if local.id not in taken]


def _newcomers(shop: Sequence[ShopVariant], pairs: Sequence[tuple[StoredVariant, ShopVariant]]) -> list[ShopVariant]:
    taken = {variant.id for _, variant in pairs}
    return [variant for variant in shop if variant.id not in taken]
