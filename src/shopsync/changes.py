"""What a sync may do to the local catalogue: one small value per kind of change, and why a product is held."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from shopsync.values import ShopProduct, ShopVariant


class HoldReason(StrEnum):
    """Why a shop product is not brought in; each can be cleared by a person."""

    PLAN_LIMIT = "plan_limit"
    IGNORED = "ignored"
    NEEDS_DECISION = "needs_decision"
    GUARD = "guard"
    UNDONE = "undone"
    NOT_CHOSEN = "not_chosen"


class FieldChange(msgspec.Struct, frozen=True):
    """One field before and after. ``variant`` names the variant it belongs to, ``None`` for the product's own fields;
    ``variant_id`` is its Shopify id.

    An added or removed variant is the field ``variant`` with an empty side.
    """

    field: str
    before: Any
    after: Any
    variant: str | None = None
    variant_id: int | None = None


class VariantPlan(msgspec.Struct, frozen=True):
    """Which local variant takes which shop variant: pairs to write, newcomers, and local ids the shop no longer has."""

    changed: tuple[tuple[int, ShopVariant], ...] = ()
    added: tuple[ShopVariant, ...] = ()
    removed: tuple[int, ...] = ()


class Create(msgspec.Struct, frozen=True):
    """A product the catalogue does not have yet."""

    product: ShopProduct
    digest: bytes


class Update(msgspec.Struct, frozen=True):
    """A product whose synced fields differ from what was last written."""

    local_id: int
    product: ShopProduct
    digest: bytes
    fields: tuple[FieldChange, ...]
    variants: VariantPlan


class Link(msgspec.Struct, frozen=True):
    """A local product that nobody had linked, found to be this shop product by its SKU or by a person's word."""

    local_id: int
    product: ShopProduct
    digest: bytes
    fields: tuple[FieldChange, ...]
    variants: VariantPlan


class Restore(msgspec.Struct, frozen=True):
    """A product archived as removed in Shopify that the shop shows again."""

    local_id: int
    product: ShopProduct
    digest: bytes
    fields: tuple[FieldChange, ...]
    variants: VariantPlan


class Archive(msgspec.Struct, frozen=True):
    """A product that is gone from the shop: hidden here, never deleted."""

    local_id: int
    shop_id: int
    title: str


class Hold(msgspec.Struct, frozen=True):
    """A shop product that is not brought in, or whose update of a local product is not written, and why.

    ``candidates`` are the unlinked local products that may be the same, ``skus`` those of its SKUs that say so.
    ``status`` is the product's in the shop.
    """

    shop_id: int
    title: str
    reason: HoldReason
    local_id: int | None = None
    skus: tuple[str, ...] = ()
    candidates: tuple[int, ...] = ()
    status: str = ""


class Choice(msgspec.Struct, frozen=True):
    """What a person chose for a shop product: leave it out, link it to a local product, or import it as new.

    ``ignore`` leaves out one by one, for good; ``left_out`` because the person chose others to come in.
    ``undone`` is what a sync did and a person took back: it is not done again. An update is, once the shop shows
    anything but what ``digest`` is the fingerprint of.
    """

    ignore: bool = False
    link_to: int | None = None
    undone: bool = False
    digest: bytes | None = None
    left_out: bool = False


class Drift(msgspec.Struct, frozen=True):
    """Where a local product keeps another value than Shopify's: by field, Shopify's (see ``policy.with_kept``)."""

    local_id: int
    digest: bytes
    values: Mapping[str, Any]


class Planned(msgspec.Struct, frozen=True):
    """A change that is set aside until the guard has seen all of the run's, and what it was decided on.

    ``digest`` is the fingerprint of the product as the shop showed it; ``None`` means it was gone: an archive.
    """

    local_id: int
    shop_id: int
    title: str
    digest: bytes | None
    fields: tuple[FieldChange, ...] = ()


class Failed(msgspec.Struct, frozen=True):
    """A shop product that could not be read or written, and why."""

    shop_id: int
    title: str
    why: str


class Unchanged(msgspec.Struct, frozen=True):
    """A product that is already as the shop shows it; writes nothing."""

    shop_id: int


class Duplicate(msgspec.Struct, frozen=True):
    """Several local products carry one Shopify product ID: the first is synced, the others are left as they are."""

    shop_id: int
    title: str
    synced: int
    left: tuple[int, ...]


T = TypeVar("T")
Change = Create | Update | Link | Restore | Archive | Hold | Failed | Unchanged


def shop_id_of(change: Change) -> int:
    """The Shopify product id a change is about."""
    return change.product.id if isinstance(change, Create | Update | Link | Restore) else change.shop_id


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did, counted from its rows."""

    found: int = 0
    created: int = 0
    updated: int = 0
    linked: int = 0
    restored: int = 0
    archived: int = 0
    unchanged: int = 0
    failed: int = 0
    held: dict[str, int] = msgspec.field(default_factory=dict)
    duplicates: int = 0

    @property
    def accounted(self) -> int:
        """How many of the products found in the shop have an outcome; equal to ``found`` when the books balance."""
        written = self.created + self.updated + self.linked + self.restored
        return written + self.unchanged + self.failed + sum(self.held.values())


def of_kind(kind: type[T], changes: Sequence[Change]) -> list[T]:
    """The changes of one kind, in order."""
    return [change for change in changes if isinstance(change, kind)]
