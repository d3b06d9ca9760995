"""One simulated shop: its catalogue and the edits a merchant makes, each moving `updatedAt` as Shopify would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from shopsim.catalog import DEFAULT_OPTION, Media, Option, Product, Variant
from shopsim.clock import Clock
from shopsim.numbers import Numbers
from shopsim.search_index import SearchIndex
from shopsim.wording import slug

Found = TypeVar("Found")


class Shop:
    """The catalogue of one shop. Every verb is safe to call while requests are served."""

    typename = "Shop"

    def __init__(
        self,
        name: str,
        *,
        clock: Clock | None = None,
        title: str | None = None,
        currency: str = "USD",
        shop_id: int = 68_117_217_601,
    ) -> None:
        self.name = name
        self.title = title or name.replace("-", " ").title()
        self.currency = currency
        self.id = shop_id
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.products: dict[int, Product] = {}
        self.deleted: list[tuple[int, datetime]] = []
        self.edits = 0
        self.index_lag = 0.0
        self._index = SearchIndex()
        self.listeners: list[Callable[[str, Product, Variant | None], None]] = []
        self._listing: list[Product] | None = None
        self._homes: dict[int, Product] | None = None
        self._memory: dict[Hashable, Any] = {}
        self._memory_edits = -1
        self._numbers = Numbers()

    @property
    def domain(self) -> str:
        """The shop's permanent address."""
        return f"{self.name}.myshopify.com"

    def set_up(self, *, title: str | None = None, currency: str | None = None) -> None:
        """Change the shop's own name or its currency."""
        with self.lock:
            self.title, self.currency = title or self.title, currency or self.currency
            self.edits += 1

    # --- what a merchant does ----------------------------------------------------------------------------------------

    def add_product(
        self,
        title: str,
        *,
        price: str = "10.00",
        options: Sequence[tuple[str, Sequence[str]]] = (),
        variants: Iterable[dict[str, Any]] | None = None,
        image: str | None = None,
        image_alt: str | None = None,
        published: bool = True,
        product_id: int | None = None,
        created_at: datetime | None = None,
        handle: str | None = None,
        **fields: Any,
    ) -> Product:
        """A new product. Without variants it has one with default options; each variant is a dict of its fields."""
        with self.lock:
            now = created_at or self.clock.now()
            rows = list(variants) if variants is not None else [{}]
            pairs = list(options) or [(DEFAULT_OPTION[0], [DEFAULT_OPTION[1]])]
            product = Product(
                id=self._numbers.product(product_id),
                title=title,
                handle=self._numbers.handle(handle or slug(title)),
                options=[Option(self._numbers.other(), name, list(values)) for name, values in pairs],
                created_at=now,
                updated_at=now,
                published_at=now if published else None,
                **fields,
            )
            if image:
                product.media = Media(self._numbers.other(), image, image_alt)
            for row in rows:
                self._attach(product, {"price": price, **row}, now)
            self.products[product.id] = product
            # What is said to have been made long ago, the index has known ever since.
            if created_at is None:
                self._index.begins(product.id, self.clock.timestamp())
            self._listing = None
            self._tell("products/create", product)
            return product

    def add_variant(self, product_id: int, option_values: Sequence[str], **fields: Any) -> Variant:
        """A new variant of a product; new option values are added to its options."""
        with self.lock:
            product = self._changing(product_id)
            for option, value in zip(product.options, option_values, strict=True):
                if value not in option.values:
                    option.values.append(value)
            variant = self._attach(product, {"option_values": list(option_values), **fields}, self.clock.now())
            self._touch(product)
            return variant

    def remove_variant(self, variant_id: int) -> None:
        """Delete a variant; the others move up."""
        with self.lock:
            product, variant = self._changing_variant(variant_id)
            product.variants.remove(variant)
            self._homes = None
            for position, other in enumerate(product.variants, 1):
                other.position = position
            self._touch(product)

    def edit(self, product_id: int, **fields: Any) -> Product:
        """Change fields of a product (title, description_html, vendor, product_type, tags, handle, status)."""
        with self.lock:
            product = self._changing(product_id)
            for name, value in fields.items():
                setattr(product, name, value)
            self._touch(product)
            return product

    def rename(self, product_id: int, title: str) -> None:
        """Give a product another title; its handle stays, as at Shopify."""
        self.edit(product_id, title=title)

    def describe(self, product_id: int, html: str) -> None:
        """Give a product another description."""
        self.edit(product_id, description_html=html)

    def set_tags(self, product_id: int, tags: Sequence[str]) -> None:
        """Give a product other tags."""
        self.edit(product_id, tags=list(tags))

    def set_status(self, product_id: int, status: str) -> None:
        """ACTIVE, DRAFT, ARCHIVED or UNLISTED."""
        if status not in ("ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"):
            raise ValueError(f"There is no status {status}.")
        self.edit(product_id, status=status)

    def archive(self, product_id: int) -> None:
        """Archive a product: it stays in the shop, out of sight."""
        self.set_status(product_id, "ARCHIVED")

    def edit_variant(self, variant_id: int, **fields: Any) -> Variant:
        """Change fields of a variant."""
        with self.lock:
            product, variant = self._changing_variant(variant_id)
            for name, value in fields.items():
                setattr(variant, name, value)
            variant.updated_at = self.clock.now()
            self._touch(product)
            return variant

    def set_price(self, variant_id: int, price: str, compare_at: str | None = None) -> None:
        """Change a variant's price, and its compare-at price if given."""
        self.edit_variant(variant_id, price=price, **({"compare_at_price": compare_at} if compare_at else {}))

    def set_cost(self, variant_id: int, cost: str | None, *, touches_product: bool = False) -> None:
        """Change what a variant costs. It lives on the inventory item; whether it moves the product's `updatedAt`
        is not documented, so by default it does not."""
        with self.lock:
            product, variant = self._changing_variant(variant_id)
            variant.cost = cost
            variant.item_updated_at = self.clock.now()
            self._tell("inventory_items/update", product, variant)
            if touches_product:
                self._touch(product)

    def adjust_stock(self, variant_id: int, by: int) -> None:
        """Sell or restock; Shopify counts it as an update of the product."""
        with self.lock:
            product, variant = self._changing_variant(variant_id)
            variant.inventory_quantity = (variant.inventory_quantity or 0) + by
            self._touch(product)

    def touch(self, product_id: int) -> None:
        """Move `updatedAt` without changing anything we could see."""
        with self.lock:
            self._touch(self._changing(product_id))

    def delete(self, product_id: int) -> None:
        """Delete a product for good; its id is never used again."""
        with self.lock:
            product = self.products.pop(product_id)
            self._numbers.free_handle(product.handle)
            self.deleted.append((product_id, self.clock.now()))
            self._listing = self._homes = None
            self._tell("products/delete", product)

    def bring_back(self, product: Product) -> None:
        """Put a deleted product back under its own id, as only Shopify's support could."""
        with self.lock:
            self.products[product.id] = product
            self._index.begins(product.id, self.clock.timestamp())
            self._listing = self._homes = None
            self._touch(product)

    def media_id(self) -> int:
        """A number for a new picture."""
        with self.lock:
            return self._numbers.other()

    # --- reading -----------------------------------------------------------------------------------------------------

    def listed(self) -> list[Product]:
        """The products by rising id."""
        if self._listing is None:
            self._listing = [self.products[number] for number in sorted(self.products)]
        return self._listing

    def indexed(self) -> Iterator[tuple[Product, Product]]:
        """The products a filtered list is made of, each with how the search index sees it, which may lag behind."""
        if not self.index_lag:
            return ((product, product) for product in self.listed())
        return self._index.seen_at(self.clock.timestamp() - self.index_lag, self.listed())

    def remember(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """What was made for this key since the last edit; made now if nothing was."""
        if self._memory_edits != self.edits or len(self._memory) > 8:
            self._memory, self._memory_edits = {}, self.edits
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]  # type: ignore[no-any-return]

    # --- finding -----------------------------------------------------------------------------------------------------

    def find_variant(self, variant_id: int) -> tuple[Product, Variant]:
        """A variant and its product. Raises KeyError."""
        with self.lock:
            if self._homes is None:
                self._homes = {one.id: product for product in self.products.values() for one in product.variants}
            product = self._homes[variant_id]
            return product, product.variant(variant_id)

    def by_title(self, title: str) -> Product:
        """The first product with this title. Raises KeyError."""
        for product in self.products.values():
            if product.title == title:
                return product
        raise KeyError(title)

    # --- saving ------------------------------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """The catalogue as plain data."""
        with self.lock:
            built: dict[str, Any] = msgspec.to_builtins(
                {
                    "title": self.title,
                    "products": list(self.products.values()),
                    "deleted": self.deleted,
                    "next": self._numbers.dump(),
                }
            )
            return built

    def load(self, data: dict[str, Any]) -> None:
        """Take up a dumped catalogue."""
        with self.lock:
            self.title = data["title"]
            products = msgspec.convert(data["products"], list[Product])
            self.products = {product.id: product for product in products}
            self.deleted = msgspec.convert(data["deleted"], list[tuple[int, datetime]])
            self._numbers.load(data["next"], {product.handle for product in products})
            self._listing = self._homes = None
            self.edits += 1

    # --- inside ------------------------------------------------------------------------------------------------------

    def _attach(self, product: Product, row: dict[str, Any], now: datetime) -> Variant:
        fields = dict(row)
        image = fields.pop("image", None)
        variant = Variant(
            id=self._numbers.variant(fields.pop("id", None)),
            option_values=list(fields.pop("option_values", None) or [DEFAULT_OPTION[1]]),
            position=fields.pop("position", None) or len(product.variants) + 1,
            media=Media(self._numbers.other(), image) if image else None,
            inventory_item_id=self._numbers.other(),
            created_at=now,
            updated_at=now,
            **fields,
        )
        product.variants.append(variant)
        if self._homes is not None:
            self._homes[variant.id] = product
        return variant

    def _changing(self, product_id: int) -> Product:
        """A product that is about to be changed. Raises KeyError."""
        product = self.products[product_id]
        self._index.changes(product, self.clock.timestamp())
        return product

    def _changing_variant(self, variant_id: int) -> tuple[Product, Variant]:
        """A variant that is about to be changed, and its product. Raises KeyError."""
        product, variant = self.find_variant(variant_id)
        self._changing(product.id)
        return product, variant

    def _touch(self, product: Product) -> None:
        product.updated_at = self.clock.now()
        self._tell("products/update", product)

    def _tell(self, topic: str, product: Product, variant: Variant | None = None) -> None:
        self.edits += 1
        for listener in self.listeners:
            listener(topic, product, variant)
