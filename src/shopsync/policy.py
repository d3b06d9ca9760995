"""Who decides about a synced field: Shopify, or the merchant who keeps a value of their own. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from shopsync.match import match_variants
from shopsync.ports import Stored
from shopsync.values import ShopProduct, ShopVariant, comparable

Owner = TypeVar("Owner", ShopProduct, ShopVariant)

PRODUCT_FIELDS = ("title", "description_html", "status", "vendor", "product_type", "tags", "handle", "image")
VARIANT_FIELDS = ("sku", "barcode", "price", "compare_at_price", "weight", "weight_unit", "taxable", "cost", "image")
OF_VARIANTS = "variant."
# A number says nothing without its unit: who decides about the one decides about both.
TOGETHER = {"weight_unit": "weight"}
# Every field that may be given a rule; a variant's goes for all variants of a product.
FIELDS = (*PRODUCT_FIELDS, *(OF_VARIANTS + name for name in VARIANT_FIELDS if name not in TOGETHER))


class Rule(StrEnum):
    """What a sync does to a field of a product that is here already. A new product takes all of Shopify's values."""

    FOLLOW = "follow"
    KEEP = "keep"
    IF_EMPTY = "if_empty"
    AT_FIRST = "at_first"


Policy = Mapping[str, Rule]


def with_kept(policy: Policy, stored: Stored, product: ShopProduct) -> tuple[ShopProduct, dict[str, Any]]:
    """The product as it is to be written, and the drift: by field, Shopify's value where another is kept.

    A variant's field is named ``variant.price:<Shopify variant id>``. Values are plain, as JSON has them.
    """
    product, drift = _kept(policy, "", PRODUCT_FIELDS, stored.product, product)
    if any(name.startswith(OF_VARIANTS) for name in policy):
        here = {variant.id: local.variant for local, variant in match_variants(stored.variants, product.variants)[0]}
        variants: list[ShopVariant] = []
        for variant in product.variants:
            if variant.id in here:
                variant, kept = _kept(policy, OF_VARIANTS, VARIANT_FIELDS, here[variant.id], variant)
                drift |= {f"{name}:{variant.id}": value for name, value in kept.items()}
            variants.append(variant)
        product = msgspec.structs.replace(product, variants=tuple(variants))
    return product, drift


def _kept(policy: Policy, prefix: str, names: Sequence[str], here: Owner, there: Owner) -> tuple[Owner, dict[str, Any]]:
    own = {
        name: getattr(here, name)
        for name in names
        if comparable(name, here) != comparable(name, there)
        and _is_kept(
            policy.get(prefix + TOGETHER.get(name, name), Rule.FOLLOW), getattr(here, TOGETHER.get(name, name))
        )
    }
    drift = {prefix + name: msgspec.to_builtins(getattr(there, name)) for name in own}
    return (msgspec.structs.replace(there, **own) if own else there), drift


def _is_kept(rule: Rule, here: Any) -> bool:
    if rule is Rule.FOLLOW:
        return False
    return rule is not Rule.IF_EMPTY or here not in (None, "", ())
