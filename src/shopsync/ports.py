"""The two seams of the engine: where products come from, and the catalogue they go to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from shopsync.changes import Change, Choice, Drift, Duplicate, HoldReason, Planned
from shopsync.guard import Part, Weight
from shopsync.route import Past, Way
from shopsync.values import Page, ShopProduct, ShopVariant

# Is told by name what begins, and gives a block that is open until it is over: to measure by, never to decide.
Watch = Callable[[str], AbstractContextManager[object]]


class Phase(StrEnum):
    """How far a run has come; saved with every step, so that a run taken up again goes on from there.

    A whole read goes from ``READ`` to ``SWEEP``; one of changes from ``CHANGES`` to ``RECONCILE``, where the counts
    must agree, and on to ``READ`` when they do not. ``CONFIRMED`` is where a run begins that carries out a plan which
    a person approved; it goes straight to its end.
    """

    CHOOSE = "choose"
    CHANGES = "changes"
    RECONCILE = "reconcile"
    READ = "read"
    SWEEP = "sweep"
    SETTLE = "settle"
    MATCH = "match"
    CONFIRMED = "confirmed"
    SECOND_LOOK = "second_look"
    HINTS = "hints"
    DONE = "done"


class Progress(msgspec.Struct, frozen=True):
    """Where a run stands. ``cursor`` belongs to the phase; ``total`` is the shop's own count, once known."""

    phase: Phase = Phase.CHOOSE
    cursor: str | None = None
    total: int | None = None


class Local(msgspec.Struct, frozen=True):
    """A local product that carries a Shopify product ID: just enough to decide whether to look closer."""

    id: int
    shop_id: int
    digest: bytes | None
    archived: bool = False
    title: str = ""


class StoredVariant(msgspec.Struct, frozen=True):
    """A local variant's synced values. ``removed`` ones are hidden since the shop no longer shows them."""

    id: int
    variant: ShopVariant
    removed: bool = False


class Stored(msgspec.Struct, frozen=True):
    """A local product's synced values as last written; ``product.variants`` is empty, see ``variants``.

    ``shop_id`` is the Shopify product it stands for, if any.
    """

    id: int
    product: ShopProduct
    variants: tuple[StoredVariant, ...]
    drift: Mapping[str, Any] = {}
    shop_id: int | None = None


class Standing(msgspec.Struct, frozen=True):
    """What the shop should hold by what is known here: live first matches, and shop products that were held or failed
    since the last complete read began and are still not here.

    ``believed`` is how many they are; ``copies`` are those that several local products carry, by rising shop id.
    """

    believed: int
    copies: tuple[Duplicate, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """All that one step writes, in one transaction. ``read`` are the shop ids the step saw in a listing of the shop,
    ``newest`` when the last touched of them was touched. ``way`` is the route, in a step that chooses one.
    ``unchanged`` are the shop ids whose fingerprint was enough to see so, mostly all of a page.

    ``drifts`` are written with the digest, so that what is kept needs no closer look until the shop changes again.
    ``planned`` are changes to set aside, ``settled`` the shop ids of those that are set aside no longer.
    """

    progress: Progress
    way: Way | None = None
    changes: Sequence[Change] = ()
    unchanged: Sequence[int] = ()
    duplicates: Sequence[Duplicate] = ()
    read: Sequence[int] = ()
    drifts: Sequence[Drift] = ()
    planned: Sequence[Planned] = ()
    settled: Sequence[int] = ()
    newest: datetime | None = None


class Source(Protocol):
    """A shop that can be read. Every method may raise the errors of ``shopsync.errors``."""

    def count(self) -> int:
        """How many products the shop has, in every status."""

    def changed(self, since: datetime) -> int:
        """How many products were touched at ``since`` or later, as far as the shop's search index knows."""

    def start(self, way: Way) -> str | None:
        """The cursor from which ``read`` goes this way; ``None`` is the first page of the whole shop."""

    def read(self, cursor: str | None) -> Page:
        """The page of products after ``cursor`` (``None``: the first of the whole shop), variants complete.

        Whole reads show products in order of creation. A page may be empty and have a cursor: go on from there.
        Raises ``NotReady`` while the shop is still preparing the page: read the same cursor again, later.
        """

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        """Those of these products that exist, whatever their status; absent ids are simply missing from the page."""


class Catalogue(Protocol):
    """One connection's products as one run of the engine sees them, and the diary of that run.

    Reads and ``write`` of one step happen inside ``step()``, which is one transaction: all of it is kept, or none.
    """

    def progress(self) -> Progress:
        """Where the run stands, as saved by the last step."""

    def past(self) -> Past:
        """What earlier runs left behind, for choosing this one's route; inside ``step()``."""

    def standing(self) -> Standing:
        """What the shop should hold by what is known here; inside ``step()``."""

    def step(self) -> AbstractContextManager[None]:
        """One transaction. Raises ``RunLost`` when another worker owns the run now, ``Cancelled`` when a person
        stopped it; both before anything is written."""

    def known(self, shop_ids: Sequence[int]) -> Sequence[Local]:
        """Every local product of this connection that carries one of these ids, in catalogue order (lowest id first),
        archived ones and duplicates included."""

    def choices(self, shop_ids: Sequence[int]) -> Mapping[int, Choice]:
        """What a person chose for these shop products. A choice to link to a local product that is no longer live and
        unlinked is none."""

    def candidates(self, skus: Collection[str]) -> Mapping[int, Collection[str]]:
        """Live unlinked local products, of this connection or of none, with all their SKUs: those that share one with
        these, letter case and surrounding spaces aside. Empty SKUs match nothing."""

    def bearers(self, skus: Collection[str]) -> Mapping[int, Collection[str]]:
        """The shop products known to carry one of these SKUs, letter case and spaces aside, with their SKUs: live first
        matches by their variants, and the products that this run holds by ``Hold.skus``."""

    def stored(self, local_ids: Sequence[int]) -> Mapping[int, Stored]:
        """The synced values of these local products as last written."""

    def policies(self, local_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """The rules for fields of these local products (``policy.Policy``): the account's, with each one's exceptions;
        nothing for a product without any."""

    def room(self) -> int | None:
        """How many more live products the plan holds; ``None`` for any number. May be negative after a downgrade."""

    def as_stored(self, product: ShopProduct) -> ShopProduct:
        """The product as this catalogue keeps it: its description made safe to show."""

    def unseen(self, after: int, limit: int) -> Sequence[Local]:
        """Live local products of this connection that no ``read`` of this run has named, by rising local id
        beyond ``after``. First matches only: a product whose Shopify ID a lower local id carries too, archived or
        not, is a duplicate and none of the sweep's business."""

    def held(self, reason: HoldReason, after: int, limit: int) -> Sequence[int]:
        """Shop ids this run holds for ``reason``, rising, beyond ``after``, at most ``limit`` of them."""

    def weight(self) -> Weight:
        """What this run has set aside, against the connection's live first matches before the run added any."""

    def planned(self, parts: Collection[Part], after: int, limit: int) -> Sequence[Planned]:
        """What this run has set aside in these parts, by rising shop id beyond ``after``, at most ``limit``."""

    def hinted(self, after: int, limit: int) -> Sequence[int]:
        """Shop ids that the shop's hints name for this run, rising, beyond ``after``, at most ``limit`` of them."""

    def write(self, step: Step) -> None:
        """Write the changes, their change rows and the progress. A later change of the same run to the same shop
        product replaces the earlier row."""
