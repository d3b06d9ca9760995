"""What merging a duplicate into the first match would keep: only what the merchant keeps here, nothing of Shopify's.

A value that the first lacks is carried over. Where both have one and they differ, a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import models

from shopsync.match import match_variants
from shopsync.values import ShopVariant
from stockcraft.catalog.models import Product, Variant
from stockcraft.syncs import reading

OF_PRODUCT = ("name_override", "category", "notes")
OF_VARIANT = ("own_cost", "labour", "notes")


class Choice(models.TextChoices):
    """Which of two values stays."""

    FIRST = "first"
    OTHER = "other"
    BOTH = "both"


@dataclass(frozen=True)
class Meeting:
    """A field that the duplicate has a value of, with what the first match has there; ``variant`` is its name, if any.

    ``owner`` is the product or variant of the first match that the value would be written to.
    """

    owner: Product | Variant
    name: str
    variant: str
    first: Any
    other: Any

    @property
    def key(self) -> str:
        """What a choice is made for: one field of the product, or one of all its variants."""
        return f"variant.{self.name}" if self.variant else self.name

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Notes may both stay; the first that is named stays when nobody chooses."""
        if self.name == "notes":
            return (Choice.BOTH, Choice.FIRST, Choice.OTHER)
        return (Choice.FIRST, Choice.OTHER)

    def settle(self, choice: str) -> None:
        """Write the chosen value into the owner, unsaved."""
        if choice == Choice.OTHER or _lacks(self.first):
            setattr(self.owner, self.name, self.other)
        elif choice == Choice.BOTH and self.name == "notes":
            setattr(self.owner, self.name, f"{self.first}\n\n{self.other}")


@dataclass(frozen=True)
class Merge:
    """What the first match gains, what a person has to choose, and the variants that it has no counterpart of."""

    first: Product
    duplicate: Product
    carried: list[Meeting] = field(default_factory=list)
    clashes: dict[str, list[Meeting]] = field(default_factory=dict)
    orphans: list[Variant] = field(default_factory=list)

    def settle(self, choices: Mapping[str, str]) -> list[Product | Variant]:
        """Write every value into its owner, unsaved; the owners that have something to save, each once."""
        meetings = [*self.carried, *(meeting for clash in self.clashes.values() for meeting in clash)]
        for meeting in meetings:
            meeting.settle(choices.get(meeting.key, meeting.choices[0]))
        return list({(type(meeting.owner), meeting.owner.pk): meeting.owner for meeting in meetings}.values())


def plan_merge(duplicate: Product, first: Product) -> Merge:
    """Gather what both products keep, in three statements whatever their size; nothing is written."""
    merge = Merge(first, duplicate)
    pairs, merge.orphans[:] = _pairs(duplicate, first)
    meetings = [*_meetings(first, duplicate, OF_PRODUCT)]
    for kept, other in pairs:
        meetings += _meetings(kept, other, OF_VARIANT, name_of(kept))
    for meeting in meetings:
        if _lacks(meeting.first):
            merge.carried.append(meeting)
        elif meeting.first != meeting.other:
            merge.clashes.setdefault(meeting.key, []).append(meeting)
    return merge


def has_own_work(variant: Variant) -> bool:
    """Whether the merchant keeps anything with it."""
    return any(not _lacks(getattr(variant, name)) for name in OF_VARIANT)


def name_of(variant: Variant) -> str:
    """What a variant is called beside its siblings."""
    return " / ".join(variant.option_values) or variant.title or variant.sku or f"#{variant.pk}"


def _meetings(
    first: Product | Variant, other: Product | Variant, names: Sequence[str], variant: str = ""
) -> Iterator[Meeting]:
    for name in names:
        value = getattr(other, name)
        if not _lacks(value):
            yield Meeting(first, name, variant, getattr(first, name), value)


def _lacks(value: Any) -> bool:
    """Whether there is nothing; a cost of zero is something."""
    return value is None or value == ""


def _pairs(duplicate: Product, first: Product) -> tuple[list[tuple[Variant, Variant]], list[Variant]]:
    """The first's variants with those of the duplicate that are the same, and the rest that hold work of a person.

    They are matched as a sync matches variants: by Shopify's ID, SKU, barcode or option values, if beyond doubt.
    """
    stored = reading.stored([first.pk, duplicate.pk])
    mine: dict[int, int] = {}
    shown: list[ShopVariant] = []
    for place, kept in enumerate(kept for kept in stored[first.pk].variants if not kept.removed):
        # One that never came from a shop gets an ID that nothing else has.
        known = kept.variant.id if kept.variant.id and kept.variant.id not in mine else -1 - place
        mine[known] = kept.id
        shown.append(msgspec.structs.replace(kept.variant, id=known))
    matched, _newcomers, _orphans = match_variants(stored[duplicate.pk].variants, shown)
    rows = {row.pk: row for row in Variant.objects.filter(product__in=(first.pk, duplicate.pk))}
    pairs = [(rows[mine[variant.id]], rows[local.id]) for local, variant in matched]
    taken = {other.pk for _kept, other in pairs}
    left = (row for row in rows.values() if row.product_id == duplicate.pk and row.pk not in taken)
    return pairs, [row for row in left if has_own_work(row)]
