"""What a token must let us do."""

from collections.abc import Collection


def may_read(scopes: Collection[str]) -> bool:
    """Whether products may be read; Shopify lists a write scope without the read scope it implies."""
    return not {"read_products", "write_products"}.isdisjoint(scopes)
