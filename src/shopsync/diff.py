"""What a page of the shop means for the catalogue: pure decisions, no clock, no database, no network."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shopsync.changes import (
    Change,
    Create,
    Failed,
    FieldChange,
    Hold,
    HoldReason,
    Restore,
    Unchanged,
    Update,
    VariantPlan,
)
from shopsync.digest import digest
from shopsync.match import Match, differs, match_variants, plan_variants
from shopsync.ports import Local, Stored
from shopsync.values import ShopProduct, ShopVariant, Unreadable

PRODUCT_FIELDS = (
    "title", "description_html", "status", "vendor", "product_type", "tags", "handle", "options", "image",
    "currency", "created_at", "published_at",
)  # fmt: skip
VARIANT_FIELDS = (
    "title", "option_values", "position", "sku", "barcode", "price", "compare_at_price", "weight", "weight_unit",
    "taxable", "cost", "image",
)  # fmt: skip

Keep = Callable[[ShopProduct], ShopProduct]


class Suspect(msgspec.Struct, frozen=True):
    """A product whose fingerprint differs from the one last written: look at its fields."""

    product: ShopProduct
    local: Local
    digest: bytes


def first_look(
    matches: Sequence[Match], *, ignored: frozenset[int], room: int | None, keep: Keep
) -> tuple[list[Change], list[Suspect]]:
    """Decide all that fingerprints alone can decide, in the shop's order; the rest needs its stored values.

    ``keep`` gives the product as the catalogue stores it. ``room`` is how many more live products the plan holds.
    """
    changes: list[Change] = []
    suspects: list[Suspect] = []
    for product, local in ((match.product, match.local) for match in matches):
        fingerprint = digest(product)
        if local and not local.archived:
            # Already here: linked products update on every plan, however full it is.
            if local.digest == fingerprint:
                changes.append(Unchanged(product.id))
            else:
                suspects.append(Suspect(product, local, fingerprint))
            continue
        if product.id in ignored:
            changes.append(Hold(product.id, product.title, HoldReason.IGNORED))
            continue
        if room is not None and room <= 0:
            changes.append(Hold(product.id, product.title, HoldReason.PLAN_LIMIT))
            continue
        room = None if room is None else room - 1
        if local:
            # It was removed from the shop once and is back.
            suspects.append(Suspect(product, local, fingerprint))
        else:
            changes.append(Create(keep(product), fingerprint))
    return changes, suspects


def close_look(suspects: Sequence[Suspect], stored: Mapping[int, Stored], keep: Keep) -> list[Change]:
    """Compare each suspect field by field with what was last written."""
    return [_compare(suspect, stored[suspect.local.id], keep(suspect.product)) for suspect in suspects]


def failures(unreadable: Sequence[Unreadable]) -> list[Failed]:
    """Products whose data surprised us: recorded with their reason, while the rest go on."""
    return [Failed(broken.shop_id, broken.title, broken.why) for broken in unreadable]


def _compare(suspect: Suspect, stored: Stored, product: ShopProduct) -> Change:
    plan = plan_variants(stored.variants, product.variants)
    fields = tuple(field_changes(stored, product))
    if suspect.local.archived:
        return Restore(suspect.local.id, product, suspect.digest, fields, plan)
    if not fields and plan == VariantPlan():
        # Only what sanitising takes away has changed, or how a number is written.
        return Unchanged(product.id)
    return Update(suspect.local.id, product, suspect.digest, fields, plan)


def field_changes(stored: Stored, product: ShopProduct) -> Iterator[FieldChange]:
    """Every synced field that differs, the product's own first, then variant by variant."""
    yield from _differences(PRODUCT_FIELDS, stored.product, product)
    pairs, added, orphans = match_variants(stored.variants, product.variants)
    for local, variant in pairs:
        if local.removed:
            yield FieldChange("variant", None, variant.title, variant.title)
        elif differs(local, variant):
            yield from _differences(VARIANT_FIELDS, local.variant, variant, variant.title)
    for variant in added:
        yield FieldChange("variant", None, variant.title, variant.title)
    for orphan in orphans:
        yield FieldChange("variant", orphan.variant.title, None, orphan.variant.title)


def _differences(
    names: Sequence[str],
    before: ShopProduct | ShopVariant,
    after: ShopProduct | ShopVariant,
    variant: str | None = None,
) -> Iterator[FieldChange]:
    for name in names:
        old, new = _comparable(name, before), _comparable(name, after)
        if old != new:
            yield FieldChange(name, getattr(before, name), getattr(after, name), variant)


def _comparable(name: str, owner: ShopProduct | ShopVariant) -> Any:
    value = getattr(owner, name)
    return frozenset(value) if name == "tags" else value
