"""The fingerprint of a product's synced fields: equal fingerprints mean there is nothing to write."""

from hashlib import blake2b

import msgspec

from shopsync.values import ShopProduct

# Raise this when the fields below change, or how they are read, so that every product is compared once more after an
# upgrade.
FORMAT = 1

_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


def digest(product: ShopProduct) -> bytes:
    """Sixteen bytes that change exactly when a synced field does.

    ``updated_at`` is left out on purpose: Shopify bumps it for stock movements, which are not synced.
    Tags are a set to Shopify, so their order does not count.
    """
    fields = (
        FORMAT,
        product.title,
        product.description_html,
        product.status,
        product.vendor,
        product.product_type,
        sorted(product.tags),
        product.handle,
        product.options,
        product.image,
        product.currency,
        product.created_at,
        product.published_at,
        product.variants,
    )
    return blake2b(_encode(fields), digest_size=16).digest()
