"""What the search index still believes: an edit is found by it only after a while.

Filtered lists are answered from it; a product itself never is. https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from shopsim.catalog import Product

# Nobody looks further back than this.
KEPT_SECONDS = 900


class SearchIndex:
    """How products were before they were last changed, for as long as somebody may ask."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, int, Product | None]] = deque()

    def changes(self, product: Product, at: float) -> None:
        """Keep how a product is, because it is about to be changed."""
        picture = replace(
            product,
            tags=list(product.tags),
            options=[replace(option, values=list(option.values)) for option in product.options],
            variants=[replace(variant, option_values=list(variant.option_values)) for variant in product.variants],
        )
        self._keep(at, product.id, picture)

    def begins(self, product_id: int, at: float) -> None:
        """Keep that there was no such product until now."""
        self._keep(at, product_id, None)

    def seen_at(self, moment: float, products: Iterable[Product]) -> Iterator[tuple[Product, Product]]:
        """The products the index knew of at a moment, each with how it was then."""
        then: dict[int, Product | None] = {}
        for at, product_id, picture in self._past:
            if at > moment:
                then.setdefault(product_id, picture)
        for product in products:
            seen = then.get(product.id, product)
            if seen is not None:
                yield product, seen

    def _keep(self, at: float, product_id: int, picture: Product | None) -> None:
        while self._past and self._past[0][0] < at - KEPT_SECONDS:
            self._past.popleft()
        self._past.append((at, product_id, picture))
