"""Which local product, and which local variant, is it?"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from shopsync.changes import Duplicate, VariantPlan
from shopsync.ports import Local, StoredVariant
from shopsync.values import ShopProduct, ShopVariant


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
        first, *others = by_shop_id.get(product.id) or [None]
        matches.append(Match(product, first))
        if first and others:
            left = tuple(local.id for local in others if local)
            duplicates.append(Duplicate(product.id, product.title, synced=first.id, left=left))
    return matches, duplicates


def match_variants(
    stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]
) -> tuple[list[tuple[StoredVariant, ShopVariant]], list[ShopVariant], list[StoredVariant]]:
    """Pair local variants with the shop's: by Shopify variant ID, then, for a variant that Shopify made anew, by SKU,
    barcode or option values where only one fits on each side. Returns the pairs, the newcomers and the orphans.
    """
    pairs: list[tuple[StoredVariant, ShopVariant]] = []
    for key in (_by_id, _by_sku, _by_barcode, _by_options):
        found = _pairs_by(key, stored, shop)
        pairs += found
        stored = _without(stored, {local.id for local, _ in found}, lambda local: local.id)
        shop = _without(shop, {variant.id for _, variant in found}, lambda variant: variant.id)
    return pairs, list(shop), [local for local in stored if not local.removed]


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


def _by_id(variant: ShopVariant) -> Hashable:
    return variant.id


def _by_sku(variant: ShopVariant) -> Hashable:
    return variant.sku


def _by_barcode(variant: ShopVariant) -> Hashable:
    return variant.barcode


def _by_options(variant: ShopVariant) -> Hashable:
    return variant.option_values or None


def _pairs_by(
    key: Callable[[ShopVariant], Hashable], stored: Sequence[StoredVariant], shop: Sequence[ShopVariant]
) -> list[tuple[StoredVariant, ShopVariant]]:
    """Pairs that share a key which no other variant on either side has; an empty key matches nothing."""
    locals_by_key = _grouped(stored, lambda local: key(local.variant))
    shop_by_key = _grouped(shop, key)
    return [
        (locals_by_key[value][0], variants[0])
        for value, variants in shop_by_key.items()
        if len(variants) == 1 and len(locals_by_key.get(value, ())) == 1
    ]


def _grouped(items, key):  # type: ignore[no-untyped-def]
    groups = defaultdict(list)
    for item in items:
        if (value := key(item)) is not None:
            groups[value].append(item)
    return groups


def _without(items: Iterable, taken: set[int], identity) -> list:  # type: ignore[no-untyped-def,type-arg]
    return [item for item in items if identity(item) not in taken]
