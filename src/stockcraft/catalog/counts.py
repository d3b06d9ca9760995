"""How many products an account has, by state: asked for once however often a page shows them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet

from stockcraft.accounts.models import Account
from stockcraft.catalog.counted import Counts, counted, duplicate_ids
from stockcraft.catalog.models import Product


class ProductCounts:
    """An account's products counted; nothing is asked of the database before it is wanted."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @cached_property
    def _now(self) -> Counts:
        return counted(self._account)

    @property
    def by_status(self) -> dict[str, int]:
        """Live products by their status in Shopify."""
        return self._now.by_status

    @property
    def live(self) -> int:
        """How many products the plan counts."""
        return sum(self.by_status.values())

    @property
    def archived(self) -> int:
        """How many are hidden here: gone from the shop, or archived by hand."""
        return self._now.archived

    @property
    def duplicates(self) -> int:
        """How many products share a Shopify product with another."""
        return self._now.duplicates

    def duplicate_ids(self) -> QuerySet[Any, Any]:
        """The ids of those, for use in a query."""
        assert self._now
        return duplicate_ids(self._account)

    def duplicate_groups(self) -> QuerySet[Any, Any]:
        """The keys of their groups (``connection``, ``shopify_product_id``), each with how many products it has."""
        alike = (
            Product.objects.filter(pk__in=self.duplicate_ids()).order_by().values("connection", "shopify_product_id")
        )
        return alike.annotate(products=Count("*")).filter(products__gt=1)


def live_products(account_id: int, connection_id: int) -> int:
    """How many live products of this connection are here."""
    return Product.objects.live().filter(account=account_id, connection=connection_id).count()
