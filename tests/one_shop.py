"""A shop in memory, and an account connected to it: what tests of the catalogue start from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from shopsync.ports import Phase
from shopsync.route import Way
from shopsync.run import sync
from shopsync.values import Option, Page, ShopProduct, ShopVariant, Unreadable
from stockcraft.accounts.models import Account, User
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.closing import close_run
from stockcraft.syncs.models import Delivery, SyncRun, Trigger
from stockcraft.syncs.preview import PreviewCatalogue

LAUNCHED = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


class MemoryShop:
    """Implements ``shopsync.ports.Source`` over products held here, in order of creation, ``page`` at a time."""

    def __init__(self, *products: ShopProduct, page: int = 10) -> None:
        self.products = {product.id: product for product in products}
        self.unreadable: dict[int, Unreadable] = {}
        self.hidden: set[int] = set()
        self.page = page

    def count(self) -> int:
        return len(self.products) + len(self.unreadable)

    def changed(self, since: datetime) -> int:
        return len(self._touched(since))

    def start(self, way: Way) -> str | None:
        return f"since {way.since.isoformat()}" if way.since else None

    def read(self, cursor: str | None) -> Page:
        if cursor and cursor.startswith("since "):
            return self._page(self._touched(datetime.fromisoformat(cursor.removeprefix("since "))))
        after = int(cursor or 0)
        ids = sorted(id for id in {*self.products, *self.unreadable} - self.hidden if id > after)
        page = ids[: self.page]
        return self._page(page, str(page[-1]) if len(ids) > self.page else None)

    def lookup(self, shop_ids: Sequence[int]) -> Page:
        return self._page(shop_ids)

    def put(self, *products: ShopProduct) -> None:
        self.products |= {product.id: product for product in products}

    def change(self, shop_id: int, **fields: Any) -> ShopProduct:
        """An edit, which touches the product later than any before it."""
        latest = max(it.updated_at or LAUNCHED for it in self.products.values())
        touched = {"updated_at": latest + timedelta(hours=1)} | fields
        self.products[shop_id] = msgspec.structs.replace(self.products[shop_id], **touched)
        return self.products[shop_id]

    def change_variant(self, shop_id: int, **fields: Any) -> ShopProduct:
        first, *others = self.products[shop_id].variants
        return self.change(shop_id, variants=(msgspec.structs.replace(first, **fields), *others))

    def remove(self, *shop_ids: int) -> None:
        for shop_id in shop_ids:
            del self.products[shop_id]

    def _touched(self, since: datetime) -> list[int]:
        return [id for id, it in self.products.items() if it.updated_at and it.updated_at >= since]

    def _page(self, ids: Sequence[int], cursor: str | None = None) -> Page:
        return Page(
            tuple(self.products[id] for id in ids if id in self.products),
            cursor,
            tuple(self.unreadable[id] for id in ids if id in self.unreadable),
        )


def product(shop_id: int, *variants: ShopVariant, **fields: Any) -> ShopProduct:
    """A believable product; its only variant, unless others are given, has the ID ``shop_id * 10``."""
    given = {
        "title": f"Candle {shop_id}",
        "description_html": "<p>Beeswax &amp; cotton</p>",
        "vendor": "Hearth",
        "product_type": "Candles",
        "tags": ("wax", "gift"),
        "handle": f"candle-{shop_id}",
        "options": (Option("Title", ("Default Title",)),),
        "created_at": LAUNCHED,
        "updated_at": LAUNCHED,
        "published_at": LAUNCHED,
        "variants": variants or (variant(shop_id * 10),),
    }
    return ShopProduct(id=shop_id, **(given | fields))


def variant(variant_id: int, **fields: Any) -> ShopVariant:
    """A believable variant, whose title is its only option value."""
    title = fields.get("title", "Default Title")
    given = {
        "title": title,
        "option_values": (title,),
        "sku": f"SKU-{variant_id}",
        "price": Decimal("12.50"),
    }
    return ShopVariant(id=variant_id, **(given | fields))


def connected(slug: str = "maple", plan: str = Plan.PLUS) -> Connection:
    """An account on this plan, connected to a shop of its own."""
    owner = User.objects.create_user(f"alice@{slug}.example", "a long enough password")
    account = Account.objects.open(slug, owner, plan)
    return Connection.objects.create(account=account, shop_domain=f"{slug}.myshopify.com")


def started(connection: Connection, trigger: str = Trigger.MANUAL) -> SyncRun:
    """A run that a worker has claimed for the first time."""
    run, _ = SyncRun.objects.request(connection, trigger)
    run.status, run.attempt, run.started_at = SyncRun.Status.RUNNING, 1, datetime.now(UTC)
    run.save(update_fields=["status", "attempt", "started_at"])
    return run


def synced(connection: Connection, shop: MemoryShop, *, whole: bool = True) -> SyncRun:
    """A run from its request to its close, which reads the whole shop unless it may choose."""
    if whole:
        connection.want_whole_read()
    run = started(connection)
    sync(shop, DjangoCatalogue(run, run.attempt))
    return close_run(run, run.attempt)


def followed(connection: Connection, shop: MemoryShop, *shop_ids: int) -> SyncRun:
    """A run that follows the webhooks which name these products, from its request to its close."""
    run, _ = SyncRun.objects.request(connection, Trigger.WEBHOOK, phase=Phase.HINTS.value, mode=SyncRun.Mode.CHANGES)
    now = datetime.now(UTC)
    Delivery.objects.bulk_create(
        Delivery(
            webhook_id=f"{run.pk}-{shop_id}", topic="products/update", shop_domain=connection.shop_domain, run=run,
            shopify_product_id=shop_id, status=Delivery.Status.TAKEN, triggered_at=now,
        )
        for shop_id in shop_ids
    )  # fmt: skip
    run.status, run.attempt, run.started_at = SyncRun.Status.RUNNING, 1, now
    run.save(update_fields=["status", "attempt", "started_at"])
    sync(shop, DjangoCatalogue(run, 1))
    return close_run(run, 1)


def previewed(connection: Connection, shop: MemoryShop) -> SyncRun:
    """A preview from its request to its close."""
    run = started(connection, Trigger.PREVIEW)
    sync(shop, PreviewCatalogue(run, run.attempt))
    return close_run(run, run.attempt)


def work(shop: MemoryShop) -> SyncRun:
    """What a worker does about the run that waits."""
    run = SyncRun.objects.live().get()
    run.status, run.attempt = SyncRun.Status.RUNNING, 1
    run.save(update_fields=["status", "attempt"])
    sync(shop, (PreviewCatalogue if run.is_preview else DjangoCatalogue)(run, 1))
    return close_run(run, 1)
