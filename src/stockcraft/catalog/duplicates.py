"""Local products that point at one Shopify product: the groups they form, read from one index."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Count, Func, QuerySet, Sum

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


def in_groups(account: Account) -> int:
    """How many products are in a group."""
    return groups(account).aggregate(total=Sum("products"))["total"] or 0


def ids_in_groups(account: Account) -> QuerySet[Any, Any]:
    """The id of each product in a group, for use in a query."""
    each = Func(ArrayAgg("pk"), function="unnest", output_field=BigIntegerField())
    return groups(account).annotate(member=each).values("member")
