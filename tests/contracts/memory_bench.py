"""The catalogue in memory from the merchant's side: the workbench that shows how a store joins the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from contracts.catalogue_contract import Kept, KeptVariant
from shopsync.changes import (
    Archive,
    Choice,
    Create,
    Duplicate,
    Hold,
    Link,
    Planned,
    Restore,
    Tally,
    Unchanged,
    Update,
)
from shopsync.policy import Rule
from shopsync.route import Way
from shopsync.stores.memory import MemoryCatalogue
from shopsync.stores.shelf import MemoryVariant
from shopsync.values import ShopProduct


class MemoryBench:
    """The memory catalogue from the merchant's side."""

    def __init__(self) -> None:
        self.clock = _now
        self.catalogue = MemoryCatalogue(clock=lambda: self.clock())

    def new_run(self, *, whole: bool = True) -> MemoryCatalogue:
        self.catalogue.new_run()
        self.catalogue.wanted |= whole
        return self.catalogue

    def follow(self, *shop_ids: int) -> MemoryCatalogue:
        self.catalogue.follow(*shop_ids)
        return self.catalogue

    def preview(self) -> MemoryCatalogue:
        self.catalogue.new_run()
        self._preview = self.catalogue.preview()
        return self._preview

    def previewed(self) -> tuple[Tally, Sequence[Planned], Mapping[int, str]]:
        return self._preview.tally(), self._preview.plan(), _outcomes(self._preview)

    def done(self) -> Mapping[int, str]:
        return _outcomes(self.catalogue)

    def leave_out(self, shop_id: int) -> None:
        self.catalogue.leave_out(shop_id)

    def take_in(self, shop_id: int) -> None:
        self.catalogue.take_in(shop_id)

    def end_run(self) -> Way | None:
        return self.catalogue.way()

    def resumed(self) -> MemoryCatalogue:
        return self.catalogue

    def add(
        self,
        product: ShopProduct,
        *,
        linked: bool = True,
        digest: bytes | None = None,
        archived: bool = False,
        notes: str = "",
        own_costs: Mapping[int, Decimal] | None = None,
    ) -> int:
        costs = {shop_id: {"own_cost": cost} for shop_id, cost in (own_costs or {}).items()}
        return self.catalogue.add(
            product, linked=linked, digest=digest, archived=archived, local={"notes": notes}, variants_local=costs
        )

    def edit(self, local_id: int, *, notes: str, own_costs: Mapping[int, Decimal]) -> None:
        self.catalogue.edit(local_id, notes=notes)
        for variant_id, cost in own_costs.items():
            self.catalogue.edit_variant(local_id, variant_id, own_cost=cost)

    def choose(self, shop_id: int, choice: Choice) -> None:
        self.catalogue.choose(shop_id, choice)

    def set_rule(self, field: str, rule: Rule, local_id: int | None = None) -> None:
        self.catalogue.set_rule(field, rule, local_id)

    def set_limit(self, limit: int | None) -> None:
        self.catalogue.limit = limit

    def cancel(self) -> None:
        self.catalogue.cancel()

    def lose(self) -> None:
        self.catalogue.lose()

    def products(self) -> Sequence[Kept]:
        return [
            Kept(
                product.id,
                product.shop_id,
                product.product,
                [_kept(variant) for variant in product.variants],
                product.archived,
                product.local.get("notes", ""),
                product.drift,
            )
            for product in self.catalogue.products()
        ]

    def tally(self) -> Tally:
        return self.catalogue.tally()

    def plan(self) -> Sequence[Planned]:
        return self.catalogue.plan()

    def approve(self) -> MemoryCatalogue:
        self.catalogue.approve()
        return self.catalogue

    def duplicates(self) -> Sequence[Duplicate]:
        return self.catalogue.duplicates()


KINDS = {Create: "create", Update: "update", Link: "link", Restore: "restore", Archive: "archive", Hold: "hold"}


def _outcomes(catalogue: MemoryCatalogue) -> Mapping[int, str]:
    noted = {shop_id: change for shop_id, change in catalogue.outcomes().items() if not isinstance(change, Unchanged)}
    return {shop_id: KINDS.get(type(change), "fail") for shop_id, change in noted.items()}


def _now() -> datetime:
    return datetime.now(UTC)


def _kept(variant: MemoryVariant) -> KeptVariant:
    return KeptVariant(variant.id, variant.variant, variant.removed, variant.local.get("own_cost"))
