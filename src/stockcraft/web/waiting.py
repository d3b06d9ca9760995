"""How full the plan is: products here, products in the shop, products that wait for room."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection, Selection
from stockcraft.syncs.models import Change
from stockcraft.syncs.selecting import heeded
from stockcraft.web.holds import standing_holds

PLAN_LIMIT = "plan_limit"


@dataclass(frozen=True)
class Room:
    """What the plan holds and what is waiting: "50 of 63, 13 waiting"."""

    used: int
    holds: int | None
    waiting: int

    @property
    def is_full(self) -> bool:
        """Whether a new product has no room."""
        return self.holds is not None and self.used >= self.holds

    @property
    def wanted(self) -> int:
        """How many products there would be with room for all."""
        return self.used + self.waiting


def waiting_products(account: Account) -> int:
    """How many shop products wait for want of room, or gave their place to others."""
    if account.holds is None:
        return 0
    waits = Selection.objects.of(account).filter(state=Selection.State.WAITS)
    return waits.exclude(connection__status=Connection.Status.DISCONNECTED).count() + waiting_holds(account).count()


def waiting_holds(account: Account) -> QuerySet[Change]:
    """What waits for room in the shop's order, and nobody said anything about that the next sync would heed."""
    said = heeded(account).filter(
        connection=OuterRef("run__connection"), shopify_product_id=OuterRef("shopify_product_id")
    )
    return standing_holds(account, PLAN_LIMIT).exclude(Exists(said))


def room(account: Account, live_products: int) -> Room:
    """The plan's use now, with so many live products."""
    return Room(live_products, account.holds, waiting_products(account))
