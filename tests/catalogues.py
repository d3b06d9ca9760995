"""A catalogue and the shop it was copied from, in one form, to be held against each other."""

from __future__ import annotations

from real_processes import ShopProcess
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection


def catalogue(connection: Connection) -> dict[int, tuple[str, dict[int, tuple[str | None, str]]]]:
    """The live products here, by Shopify id; a duplicate would show as a missing row in the count."""
    live = Product.objects.filter(connection=connection).live().prefetch_related("variants")
    found = {
        product.shopify_product_id: (
            product.title,
            {v.shopify_variant_id: (v.sku, str(v.price)) for v in product.variants.all() if v.removed_at is None},
        )
        for product in live
    }
    assert len(found) == live.count(), "a product is here twice"
    return found


def shown(there: ShopProcess) -> dict[int, tuple[str, dict[int, tuple[str | None, str]]]]:
    return {
        product["id"]: (product["title"], {v["id"]: (v["sku"], v["price"]) for v in product["variants"]})
        for product in there.products()
    }
