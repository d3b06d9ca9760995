"""Taking back an update: from what is stored now and the change's before-values to what to write. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from shopsync.changes import FieldChange, Update, VariantPlan
from shopsync.ports import Stored, StoredVariant
from shopsync.values import ShopProduct, ShopVariant, comparable

# Of a product whose update was taken back: equal to no fingerprint, so that the next change in the shop is seen.
NO_DIGEST = b""

_PRODUCT_TYPES: Mapping[str, Any] = get_type_hints(ShopProduct)
_VARIANT_TYPES: Mapping[str, Any] = get_type_hints(ShopVariant)


class Edited(Exception):
    """A field is no longer what the change made it: someone edited it since. Says which field."""


def reverse(stored: Stored, fields: Sequence[FieldChange]) -> Update:
    """The update that writes a change's before-values back, if all its after-values still stand; else ``Edited``."""
    product = stored.product
    variants: dict[int, StoredVariant] = {}
    removed: list[int] = []
    for field in fields:
        if field.variant is None:
            product = _back(product, field, _PRODUCT_TYPES)
            continue
        kept = _variant_of(stored, field)
        if field.field != "variant":
            now = variants.get(kept.id, kept)
            variants[kept.id] = msgspec.structs.replace(now, variant=_back(now.variant, field, _VARIANT_TYPES))
        elif kept.removed != (field.after is None):
            raise Edited("variant")
        elif kept.removed:
            variants[kept.id] = kept
        else:
            removed.append(kept.id)
    plan = VariantPlan(
        changed=tuple((local_id, kept.variant) for local_id, kept in variants.items()), removed=tuple(removed)
    )
    taken_back = tuple(msgspec.structs.replace(field, before=field.after, after=field.before) for field in fields)
    return Update(stored.id, product, NO_DIGEST, taken_back, plan)


def _back(owner: Any, field: FieldChange, types: Mapping[str, Any]) -> Any:
    """The product or variant with the field as it was before."""
    before, after = (msgspec.convert(value, types[field.field], strict=False) for value in (field.before, field.after))
    changed = msgspec.structs.replace(owner, **{field.field: after})
    if comparable(field.field, owner) != comparable(field.field, changed):
        raise Edited(field.field)
    return msgspec.structs.replace(owner, **{field.field: before})


def _variant_of(stored: Stored, field: FieldChange) -> StoredVariant:
    found = [kept for kept in stored.variants if kept.variant.id == field.variant_id]
    if len(found) != 1:
        raise Edited("variant")
    return found[0]
