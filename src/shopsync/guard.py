"""The mass-change guard: what looks like an accident in the shop waits for a person. Pure decisions, no clock."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from shopsync.changes import Change, FieldChange, Hold, HoldReason, Planned, Update
from shopsync.digest import digest
from shopsync.errors import PlanStale
from shopsync.values import ShopProduct

# Below this many nothing is unusual, however small the catalogue.
FEW = 10
MOST_ARCHIVED_PERCENT = 20
MOST_ALTERED_PERCENT = 30
PRICE_JUMP_PERCENT = 50

# These become empty in the ordinary course of business: a sale ends, a product is taken off the shop window.
MAY_BECOME_EMPTY = frozenset({"compare_at_price", "published_at", "variant"})


class Part(StrEnum):
    """The two parts of a run that the guard may stop, each on its own."""

    ARCHIVES = "archives"
    UPDATES = "updates"


class Weight(msgspec.Struct, frozen=True):
    """What a run has set aside, against the live products the connection had when it began."""

    live: int
    archives: int
    updates: int


def part_of(planned: Planned) -> Part:
    """Which part a change that was set aside belongs to."""
    return Part.ARCHIVES if planned.digest is None else Part.UPDATES


def safe_parts(weight: Weight) -> frozenset[Part]:
    """The parts that may be written without asking."""
    stopped = {
        Part.ARCHIVES: _is_mass(weight.archives, weight.live, MOST_ARCHIVED_PERCENT),
        Part.UPDATES: _is_mass(weight.updates, weight.live, MOST_ALTERED_PERCENT),
    }
    return frozenset(part for part in Part if not stopped[part])


def set_aside(changes: Iterable[Change]) -> tuple[list[Change], list[Planned]]:
    """Hold the updates that blank a field or move a price by more than half until the whole run is known."""
    kept: list[Change] = []
    planned: list[Planned] = []
    for change in changes:
        if isinstance(change, Update) and any(map(_is_alarming, change.fields)):
            product = change.product
            planned.append(Planned(change.local_id, product.id, product.title, change.digest, change.fields))
            kept.append(Hold(product.id, product.title, HoldReason.GUARD, change.local_id, status=product.status))
        else:
            kept.append(change)
    return kept, planned


def check(planned: Sequence[Planned], shown: Sequence[ShopProduct]) -> None:
    """Raise ``PlanStale`` unless the shop still is what these changes were decided on."""
    now = {product.id: digest(product) for product in shown}
    for change in planned:
        if now.get(change.shop_id) != change.digest:
            raise PlanStale(f"{change.title} ({change.shop_id}) has changed in the shop since the plan was made")


def _is_mass(count: int, live: int, percent: int) -> bool:
    return count >= FEW and count * 100 > live * percent


def _is_alarming(field: FieldChange) -> bool:
    if field.field == "price":
        return abs(field.after - field.before) * 100 > field.before * PRICE_JUMP_PERCENT and bool(field.before)
    return field.field not in MAY_BECOME_EMPTY and _has_content(field.before) and not _has_content(field.after)


def _has_content(value: Any) -> bool:
    """Whether a field says something; zero and False do."""
    return bool(value) or isinstance(value, bool | int | Decimal)


def cursor(parts: Iterable[Part], after: int) -> str:
    """Where settling stands: the parts that are written, and the last shop id that is done."""
    return msgspec.json.encode((sorted(parts), after)).decode()


def place(saved: str) -> tuple[frozenset[Part], int]:
    """What ``cursor`` saved."""
    return msgspec.json.decode(saved, type=tuple[frozenset[Part], int])
