"""What browser tests look at: one account with everything in it, and one in each other state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from every_page import FOR_ALL, FOR_MEMBERS, Shown
from stockcraft.accounts.models import Account, Plan
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, Notice, PlannedChange, SyncRun, Trigger
from stockcraft.syncs.resolving import remove, undo_resolution, unlink
from web_cast import PASSWORD, Cast, add_change, add_changes, add_product, add_products, add_run, connect, make_cast

TWIN = "Lavender Soy Candle (gift box)"
REMOVED = "Wreath of last winter"
ARTIFACTS = Path(__file__).parents[1] / "artifacts"
HTML = "<p>Hand poured. Soy wax. Burns {hours} hours.</p><p>" + "Made in small batches by us. " * 12 + "</p>"


@dataclass
class Scene:
    """The people, the shop with everything, its latest run and its most interesting product."""

    cast: Cast
    connection: Connection
    run: SyncRun
    product: Product

    @property
    def twin(self) -> Product:
        """The product that points at the same Shopify product."""
        return self.cast.account.products.get(title=TWIN)

    def pages(self) -> dict[str, str]:
        """The address of every page for members, by name."""
        return {name: self.address_of(page) for name, page in FOR_MEMBERS.items()}

    def entrance(self) -> dict[str, str]:
        """The address of every page for people who are not signed in, by name."""
        return {name: self.address_of(page) for name, page in FOR_ALL.items()}

    def address_of(self, page: Shown) -> str:
        """Where this page is, in this scene."""
        return page.address.format(
            here=f"/a/{self.cast.account.slug}", run=self.run.number, connection=self.connection.pk,
            product=self.product.pk, drifted=self.product.pk + 1, twin=self.twin.pk,
            removed=Product.objects.get(title=REMOVED).pk,
            paused=_connection_of("paused"), failing=_connection_of("failing"),
            reset=f"{user_pk_to_url_str(self.cast.bob)}-{default_token_generator.make_token(self.cast.bob)}",
        )  # fmt: skip


@transaction.atomic
def make_scene() -> Scene:
    """Everything, in a database that is empty."""
    cast = make_cast()
    cast.alice.password = _hashed(PASSWORD)
    cast.alice.save()
    connection = connect(cast.account)
    products = _products(cast, connection)
    for day in range(30, 1, -1):
        _old_run(cast, connection, day)
    run = _full_run(connection, products)
    _other_accounts(cast)
    _guarded_account(cast)
    _deciding_account(cast)
    _waiting_account(cast)
    return Scene(cast, connection, run, products[0])


@cache
def _hashed(password: str) -> str:
    """A password as it is stored; slow to make, as it should be, so made once."""
    return make_password(password)


def _products(cast: Cast, connection: Connection) -> list[Product]:
    titles = ["Lavender Soy Candle", "Merino DK, hand-dyed", "Speckled Ramen Bowl", "Écharpe en laine", "Linen Tote"]
    picture = "https://cdn.shopify.com/s/files/candle.jpg"
    made = add_products(connection, cast.account, [
        {
            "title": titles[number % 5] + (f" no. {number}" if number > 4 else ""), "sku": f"LAV-{number}",
            "vendor": "Maple & Thread", "tags": ["soy", "home"], "description_html": HTML.format(hours=40),
            "status": ("active", "active", "draft", "unlisted")[number % 4], "image_url": picture if number % 2 else "",
            "options": [{"name": "Size", "values": ["200 g", "400 g"]}], "shopify_created_at": timezone.now(),
        }
        for number in range(50)
    ])  # fmt: skip
    for number in range(3):
        Variant.objects.create(
            account=cast.account, product=made[0], title=f"{number} kg", option_values=["1 kg"], price=32
        )
    made[1].drift = {"title": "Merino DK", "tags": ["wool", "dyed"], "variant.price:77": "21.00"}
    made[1].save()
    made[1].variants.update(shopify_variant_id=77)
    made[0].notes, made[0].category = "Pour at 60°", "Candles"
    made[0].save()
    twin = add_product(
        connection, cast.account, TWIN, notes="for gifts", category="Gifts", price="34",
        shopify_product_id=made[0].shopify_product_id,
    )  # fmt: skip
    twin.variants.update(own_cost=12, notes="with ribbon")
    Variant.objects.create(account=cast.account, product=twin, title="3 kg", option_values=["3 kg"], own_cost=40)
    for place in (50, 51):
        extra = add_product(connection, cast.account, f"Twin {place}", shopify_product_id=made[1].shopify_product_id)
        resolution = unlink(extra, cast.bob) if place == 50 else remove(extra, cast.alice)
        if place == 51:
            undo_resolution(resolution, cast.alice)
            extra.delete()
    return made


def _waiting_account(cast: Cast) -> None:
    """More products wait for room on the plan than a page shows."""
    account = Account.objects.open("Waiting", owner=cast.alice)
    connection = connect(account, "waiting-shop")
    add_product(connection, account, "Beeswax Candle")
    run = add_run(connection, status=SyncRun.Status.WARNINGS, found=52, held=51)
    add_changes(
        run, [(Change.Kind.HOLD, f"Waxed Canvas Tote {number}", {"reason": "plan_limit"}) for number in range(51)]
    )


def _old_run(cast: Cast, connection: Connection, day: int) -> None:
    failed = day == 12
    add_run(
        connection, ago=timedelta(days=day), seconds=5 + day % 9,
        status=SyncRun.Status.FAILED if failed else SyncRun.Status.WARNINGS if day < 4 else SyncRun.Status.SUCCEEDED,
        trigger=Trigger.MANUAL if day % 6 == 0 else Trigger.SCHEDULED,
        requested_by=cast.bob if day % 6 == 0 else None, failure_code="shopify.unavailable" if failed else "",
        created=0 if failed else day % 4, updated=0 if failed else day % 13, held=6 if day < 5 else 0,
    )  # fmt: skip


def _full_run(connection: Connection, products: list[Product]) -> SyncRun:
    run = add_run(
        connection, status=SyncRun.Status.WARNINGS, found=63, created=3, updated=9, unchanged=38, held=13, duplicates=1
    )
    fields = [
        {"field": "price", "variant": "200 g", "before": "18.00", "after": "19.50"},
        {"field": "tags", "variant": None, "before": ["soy", "autumn"], "after": ["soy", "winter"]},
        {"field": "description_html", "variant": None, "before": HTML.format(hours=30), "after": HTML.format(hours=40)},
        {"field": "variant", "variant": "1 kg", "before": None, "after": "1 kg"},
    ]
    add_change(run, Change.Kind.UPDATE, products[0].title, product=products[0], fields=fields)
    for added in products[1:4]:
        shown = added.shopify_product_id
        add_change(run, Change.Kind.CREATE, added.title, product=added, shopify_product_id=shown)
    add_changes(
        run, [(Change.Kind.HOLD, f"Waxed Canvas Tote {number}", {"reason": "plan_limit"}) for number in range(13)]
    )
    add_change(run, Change.Kind.FAIL, "Odd one", detail="price: not a number")
    data = {"title": products[0].title, "synced": products[0].pk, "left": [products[0].pk + 50]}
    shared = products[0].shopify_product_id
    Notice.objects.create(run=run, code=Notice.Code.DUPLICATE, shopify_product_id=shared, data=data)
    return run


def _other_accounts(cast: Cast) -> None:
    Account.objects.open("Empty", owner=cast.alice)
    looking = connect(Account.objects.open("Looking", owner=cast.alice), "looking-shop")
    add_run(looking, ago=timedelta(seconds=9), status=SyncRun.Status.RUNNING, trigger=Trigger.PREVIEW)
    _first_preview(connect(Account.objects.open("New", owner=cast.alice), "new-shop"))
    failing = Account.objects.open("Failing", owner=cast.alice)
    code = "shopify.unauthorized"
    broken = connect(failing, "failing-shop", status=Connection.Status.NEEDS_RECONNECTING, failure_code=code)
    add_run(broken, ago=timedelta(days=1))
    add_run(broken, status=SyncRun.Status.FAILED, failure_code=code)
    busy = connect(Account.objects.open("Syncing", owner=cast.alice), "syncing-shop")
    add_run(busy, ago=timedelta(days=1), created=3)
    add_run(
        busy, ago=timedelta(seconds=14), status=SyncRun.Status.RUNNING, trigger=Trigger.MANUAL, requested_by=cast.alice,
        products_total=48, products_read=26,
    )  # fmt: skip
    arriving = connect(Account.objects.open("Arriving", owner=cast.alice), "arriving-shop")
    add_run(arriving, ago=timedelta(seconds=9), status=SyncRun.Status.RUNNING, trigger=Trigger.FIRST_IMPORT)
    manual = Account.objects.open("Manual", owner=cast.alice, plan=Plan.PLUS)
    add_run(connect(manual, "manual-shop", auto_sync=False, next_sync_at=None), trigger=Trigger.MANUAL)
    paused = Account.objects.open("Paused", owner=cast.alice)
    connection = connect(paused, "paused-shop", status=Connection.Status.PAUSED)
    add_run(connection, ago=timedelta(days=1))
    add_product(connection, paused, REMOVED, archived_at=timezone.now())


def _connection_of(slug: str) -> int:
    return Account.objects.get(slug=slug).connections.get().pk


def _first_preview(connection: Connection) -> None:
    """Sixty products that would arrive, of which fifty fit, and a change that would wait for a person."""
    run = add_run(connection, trigger=Trigger.PREVIEW, found=61, created=50, held=10, updated=1)
    title = {"field": "title", "variant": None, "before": "Candle", "after": "Soy candle"}
    add_change(run, Change.Kind.UPDATE, "Soy candle", fields=[title], shop_status="active")
    arriving = []
    for number in range(60):
        kind, reason = (Change.Kind.CREATE, "") if number < 50 else (Change.Kind.HOLD, "plan_limit")
        shown = {"shop_status": ("active", "draft")[number % 2], "left_out": number % 7 == 0}
        arriving.append((kind, f"Lavender Soy Candle no. {number}", {"reason": reason, **shown}))
    add_changes(run, arriving)


def _guarded_account(cast: Cast) -> None:
    """Forty products, a quarter of which a sync would hide, and a third reprice."""
    account = Account.objects.open("Guarded", owner=cast.alice)
    connection = connect(account, "guarded-shop")
    run = add_run(connection, status=SyncRun.Status.NEEDS_CONFIRMATION, found=30, unchanged=17, held=13)
    price = {"field": "price", "variant": "200 g", "before": "19.50", "after": "1.95"}
    text = {"field": "description_html", "variant": None, "before": HTML.format(hours=40), "after": ""}
    products = add_products(connection, account, [{"title": f"Beeswax Candle no. {number}"} for number in range(40)])
    parts = [("archives", [])] * 10 + [("updates", [price, text])] * 13
    PlannedChange.objects.bulk_create(
        PlannedChange(
            run=run, part=part, product=product, shopify_product_id=product.shopify_product_id, title=product.title,
            fields=fields,
        )
        for product, (part, fields) in zip(products, parts, strict=False)
    )  # fmt: skip


def _deciding_account(cast: Cast) -> None:
    """Two shop products that may be own ones: one is answered for already, the other is not."""
    account = Account.objects.open("Deciding", owner=cast.alice)
    connection = connect(account, "deciding-shop")
    run = add_run(connection, found=3, created=1, held=2)
    for number, title in enumerate(("Lavender Soy Candle", "Speckled Ramen Bowl")):
        sku = f"LAV-20{number}"
        own = [
            add_product(None, account, name, sku=sku, notes="for gifts", category="Home")
            for name in (title, f"{title} (gift box)")
        ]
        hold = add_change(
            run, Change.Kind.HOLD, title, reason="needs_decision", candidates=[twin.pk for twin in own], skus=[sku]
        )
        if number:
            hold.link_to(own[0], cast.alice)
