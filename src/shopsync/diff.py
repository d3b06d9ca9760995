"""What a page of the shop means for the catalogue: pure decisions, no clock, no database, no network."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shopsync.changes import (
    Change,
    Choice,
    Create,
    Drift,
    Failed,
    FieldChange,
    Hold,
    HoldReason,
    Link,
    Restore,
    Unchanged,
    Update,
    VariantPlan,
)
from shopsync.digest import digest
from shopsync.match import Match, differs, match_variants, plan_variants, shared_skus, the_same
from shopsync.policy import Policy, with_kept
from shopsync.ports import Local, Stored
from shopsync.values import Familiar, ShopProduct, ShopVariant, Unreadable, comparable

PRODUCT_FIELDS = (
    "title", "description_html", "status", "vendor", "product_type", "tags", "handle", "options", "image",
    "currency", "created_at", "published_at",
)  # fmt: skip
VARIANT_FIELDS = (
    "title", "option_values", "position", "sku", "barcode", "price", "compare_at_price", "weight", "weight_unit",
    "taxable", "cost", "image",
)  # fmt: skip

Keep = Callable[[ShopProduct], ShopProduct]


class Undecided(Match, frozen=True):
    """A product that is not live here, or whose fingerprint is not the one last written: that alone decides nothing."""

    digest: bytes


class Suspect(msgspec.Struct, frozen=True):
    """A product whose fingerprint differs from the one last written, or that is to be linked: look at its fields."""

    product: ShopProduct
    local: Local
    digest: bytes
    link: bool = False


class Kin(msgspec.Struct, frozen=True):
    """Whom new products of a page may already be: unlinked local products that share a SKU.

    ``bearers`` are the shop's other products with those SKUs; ``None`` while the shop is still being read.
    """

    candidates: Mapping[int, Collection[str]] = {}
    bearers: Mapping[int, Collection[str]] | None = None


def skim(familiar: Sequence[Familiar], known: Sequence[Local]) -> tuple[list[int], list[ShopProduct]]:
    """The shop ids of those that are here as they were last written, and the others, whose fields decide."""
    if not familiar:
        return [], []
    copies = Counter(local.shop_id for local in known)
    written = {local.shop_id: local.digest for local in known if not local.archived and copies[local.shop_id] == 1}
    unchanged: list[int] = []
    others: list[ShopProduct] = []
    for product in familiar:
        if written.get(product.id) == product.digest:
            unchanged.append(product.id)
        else:
            others.append(product.read())
    return unchanged, others


def sift(matches: Iterable[Match]) -> tuple[list[int], list[Undecided]]:
    """The shop ids of what is as it was last written, which nothing more need be asked about, and the others, in the
    shop's order."""
    unchanged: list[int] = []
    others: list[Undecided] = []
    for match in matches:
        product, local, fingerprint = match.product, match.local, digest(match.product)
        if local and not local.archived and local.digest == fingerprint:
            unchanged.append(product.id)
        else:
            others.append(Undecided(product, local, fingerprint))
    return unchanged, others


def first_look(
    undecided: Iterable[Undecided],
    *,
    choices: Mapping[int, Choice],
    room: int | None,
    keep: Keep,
    kin: Kin = Kin(),  # noqa: B008 - immutable
) -> tuple[list[Change], list[Suspect]]:
    """Decide all that needs no stored values, in the shop's order; the rest are suspects.

    ``keep`` gives the product as the catalogue stores it. ``room`` is how many more live products the plan holds.
    """
    changes: list[Change] = []
    suspects: list[Suspect] = []
    taken: set[int] = set()
    for each in undecided:
        product, local, fingerprint = each.product, each.local, each.digest
        if local and not local.archived:
            # Already here: linked products update on every plan, however full it is.
            choice = choices.get(product.id)
            if choice and choice.undone and choice.digest == fingerprint:
                changes.append(Hold(product.id, product.title, HoldReason.UNDONE, local.id, status=product.status))
            else:
                suspects.append(Suspect(product, local, fingerprint))
            continue
        choice = choices.get(product.id)
        target = choice.link_to if choice else None
        # One that is here archived is itself; held, it still is another that carries the SKU.
        shared = shared_skus(product, kin.candidates)
        kin_ids = () if local else tuple(sorted(shared))
        if choice is None and kin_ids and kin.bearers is not None:
            target = the_same(product, kin.candidates, kin.bearers)
        if target is not None and not local and target not in taken:
            taken.add(target)
            # It is one of the merchant's own products: that one is live already, so it needs no room.
            suspects.append(Suspect(product, Local(target, product.id, None), fingerprint, link=True))
            continue
        # Of two that were given the same local product the second is looked at again when the first has it.
        reason = HoldReason.NEEDS_DECISION if target in taken else _why_held(choice, fingerprint, bool(kin_ids), room)
        if reason:
            skus = tuple(sorted(set().union(*shared.values())))
            changes.append(
                Hold(product.id, product.title, reason, skus=skus, candidates=kin_ids, status=product.status)
            )
            continue
        room = None if room is None else room - 1
        if local:
            # It was removed from the shop once and is back.
            suspects.append(Suspect(product, local, fingerprint))
        else:
            changes.append(Create(keep(product), fingerprint))
    return changes, suspects


def _why_held(choice: Choice | None, fingerprint: bytes, has_kin: bool, room: int | None) -> HoldReason | None:
    if choice and choice.ignore:
        return HoldReason.IGNORED
    if choice and choice.left_out:
        return HoldReason.NOT_CHOSEN
    if choice and choice.undone and choice.digest in (None, fingerprint):
        return HoldReason.UNDONE
    if has_kin and choice is None:
        # Until the whole shop is read nobody knows whether another product carries the SKU too.
        return HoldReason.NEEDS_DECISION
    return HoldReason.PLAN_LIMIT if room is not None and room <= 0 else None


def close_look(
    suspects: Sequence[Suspect],
    stored: Mapping[int, Stored],
    keep: Keep,
    policies: Mapping[int, Policy] = {},
) -> tuple[list[Change], list[Drift]]:
    """Compare each suspect field by field with what was last written, leaving what the merchant keeps.

    The drifts are those that are not yet as stored.
    """
    changes: list[Change] = []
    drifts: list[Drift] = []
    for suspect in suspects:
        before, product = stored[suspect.local.id], keep(suspect.product)
        drift: dict[str, Any] = {}
        if policy := policies.get(suspect.local.id):
            product, drift = with_kept(policy, before, product)
        change = _compare(suspect, before, product)
        changes.append(change)
        # One whose rule changed was to be compared once, whatever came of it.
        compared_anew = suspect.local.digest is None and isinstance(change, Unchanged)
        if drift or before.drift or compared_anew:
            drifts.append(Drift(suspect.local.id, suspect.digest, drift))
    return changes, drifts


def failures(unreadable: Sequence[Unreadable]) -> list[Failed]:
    """Products whose data surprised us: recorded with their reason, while the rest go on."""
    return [Failed(broken.shop_id, broken.title, broken.why) for broken in unreadable]


def _compare(suspect: Suspect, stored: Stored, product: ShopProduct) -> Change:
    plan = plan_variants(stored.variants, product.variants)
    fields = tuple(field_changes(stored, product))
    if suspect.link:
        return Link(suspect.local.id, product, suspect.digest, fields, plan)
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
            yield FieldChange("variant", None, variant.title, variant.title, variant.id)
        elif differs(local, variant):
            yield from _differences(VARIANT_FIELDS, local.variant, variant, variant.title, variant.id)
    for variant in added:
        yield FieldChange("variant", None, variant.title, variant.title, variant.id)
    for orphan in orphans:
        yield FieldChange("variant", orphan.variant.title, None, orphan.variant.title, orphan.variant.id)


def _differences(
    names: Sequence[str],
    before: ShopProduct | ShopVariant,
    after: ShopProduct | ShopVariant,
    variant: str | None = None,
    variant_id: int | None = None,
) -> Iterator[FieldChange]:
    for name in names:
        old, new = comparable(name, before), comparable(name, after)
        if old != new:
            yield FieldChange(name, getattr(before, name), getattr(after, name), variant, variant_id)
