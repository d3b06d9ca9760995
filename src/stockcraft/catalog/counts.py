"""How many products an account has, by state: counted from narrow indexes, each once however often it is asked."""

from __future__ import annotations

from functools import cached_property

from django.db.models import Count

from stockcraft.accounts.models import Account
from stockcraft.catalog.duplicates import in_groups
from stockcraft.catalog.models import Product


class ProductCounts:
    """An account's products counted; nothing is asked of the database before it is wanted."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @cached_property
    def by_status(self) -> dict[str, int]:
        """Live products by their status in Shopify."""
        live = self._account.products.live()
        return dict(live.order_by().values_list("status").annotate(count=Count("*")))

    @property
    def live(self) -> int:
        """How many products the plan counts."""
        return sum(self.by_status.values())

    @cached_property
    def archived(self) -> int:
        """How many are hidden here: gone from the shop, or archived by hand."""
        return self._account.products.exclude(archived_at=None).count()

    @cached_property
    def duplicates(self) -> int:
        """How many products share a Shopify product with another."""
        return in_groups(self._account)


def live_products(account_id: int, connection_id: int) -> int:
    """How many live products of this connection are here."""
    return Product.objects.live().filter(account=account_id, connection=connection_id).count()
