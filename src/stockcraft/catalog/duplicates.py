"""Local products that point at one Shopify product: the groups they form, read from one index."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from stockcraft.accounts.models import Account


def groups(account: Account) -> QuerySet[Any, Any]:
    """The keys of every group (``connection``, ``shopify_product_id``) with how many products it has."""
    return (
        account.products.exclude(connection=None)
        .linked()
        .order_by()
        .values("connection", "shopify_product_id")
        .annotate(products=Count("*"))
        .filter(products__gt=1)
    )
