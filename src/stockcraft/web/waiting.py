"""How full the plan is: products here, products in the shop, products that wait for room."""

from __future__ import annotations

from dataclasses import dataclass

from stockcraft.accounts.models import Account
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
    """How many shop products wait for want of room."""
    return 0 if account.holds is None else standing_holds(account, PLAN_LIMIT).count()


def room(account: Account, live_products: int) -> Room:
    """The plan's use now, with so many live products."""
    return Room(live_products, account.holds, waiting_products(account))
