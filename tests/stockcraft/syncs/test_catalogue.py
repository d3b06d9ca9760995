"""What a sync does to the catalogue, in a real database: the shop's columns follow the shop, nothing else moves."""

from decimal import Decimal

import msgspec
import pytest
from django.db import connection as database

from one_shop import LAUNCHED, MemoryShop, connected, product, synced, variant
from shopsync.values import Image, Option, Status, WeightUnit
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import Change, RunPage, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(*(product(number) for number in range(1, 24)))


@pytest.fixture
def connection() -> Connection:
    return connected()


def test_a_first_sync_brings_in_every_product_with_its_variants(shop: MemoryShop, connection: Connection) -> None:
    shop.put(product(24, variant(241, title="S"), variant(242, title="M", position=2)))
    run = synced(connection, shop)
    assert (run.status, run.found, run.created, run.pages) == (SyncRun.Status.SUCCEEDED, 24, 24, 3)
    assert connection.products.live().count() == 24
    titles = Variant.objects.filter(product__shopify_product_id=24).values_list("title", flat=True)
    assert list(titles) == ["S", "M"]
    assert set(run.changes.values_list("kind", flat=True)) == {Change.Kind.CREATE}
    assert all(change.product.shopify_product_id == change.shopify_product_id for change in run.changes.all())


def test_every_synced_field_is_kept_exactly(connection: Connection) -> None:
    full = product(
        9007199254740993,
        variant(
            9007199254740995,
            title="Forêt / 250 g",
            option_values=("Forêt", "250 g"),
            position=3,
            sku=' a,"b"\\\'\t',
            barcode="\\N",
            price=Decimal("50"),
            compare_at_price=Decimal("50.00"),
            weight=Decimal("0.250"),
            weight_unit=WeightUnit.KILOGRAMS,
            taxable=False,
            cost=Decimal("12.3456789"),
            image=Image("https://cdn.example/b.jpg", "", None),
        ),
        title="Bougie \\. “Forêt” 🕯",
        description_html="<p>tab\there</p>\n{a,b}",
        status=Status.UNLISTED,
        tags=("a,b", 'quoted "tag"', "{x}", "NULL", "été", ""),
        options=(Option("Parfum", ("Forêt", "Océan")), Option("Poids", ("250 g",))),
        image=Image("https://cdn.example/a.jpg", "Une bougie", 77),
        currency="EUR",
        updated_at=LAUNCHED.replace(day=15, microsecond=123456),
        published_at=None,
    )
    synced(connection, MemoryShop(full))
    stored = Product.objects.get()
    assert stored.title == full.title
    assert stored.description_html == full.description_html
    assert stored.status == Product.Status.UNLISTED
    assert stored.tags == list(full.tags)
    assert stored.options == [
        {"name": "Parfum", "values": ["Forêt", "Océan"]},
        {"name": "Poids", "values": ["250 g"]},
    ]
    assert (stored.image_url, stored.image_alt, stored.image_media_id) == msgspec.structs.astuple(full.image)
    assert (stored.shopify_created_at, stored.shopify_updated_at) == (full.created_at, full.updated_at)
    assert stored.shopify_published_at is None
    assert (stored.currency, stored.category) == ("EUR", "Candles")
    kept = stored.variants.get()
    [shown] = full.variants
    assert [str(kept.price), str(kept.compare_at_price)] == ["50", "50.00"]
    assert [str(kept.weight), str(kept.shopify_cost)] == ["0.250", "12.3456789"]
    assert (kept.sku, kept.barcode, kept.option_values) == (shown.sku, shown.barcode, list(shown.option_values))
    assert (kept.position, kept.weight_unit, kept.taxable) == (3, "kg", False)
    assert (kept.image_url, kept.image_alt, kept.image_media_id) == (shown.image.url, "", None)
    again = synced(connection, MemoryShop(full))
    assert (again.unchanged, again.updated) == (1, 0)


def test_a_second_sync_of_an_unchanged_shop_writes_no_product(shop: MemoryShop, connection: Connection) -> None:
    synced(connection, shop)
    before = _row_versions()
    run = synced(connection, shop)
    assert (run.unchanged, run.found, run.changes.count()) == (23, 23, 0)
    assert _row_versions() == before


def test_a_product_that_was_only_touched_is_unchanged(shop: MemoryShop, connection: Connection) -> None:
    synced(connection, shop)
    before = _row_versions()
    shop.change(5, updated_at=LAUNCHED.replace(year=2027))
    shop.change(6, description_html=shop.products[6].description_html + "<script>track()</script>")
    run = synced(connection, shop)
    assert (run.unchanged, run.updated) == (23, 0)
    assert _row_versions() == before


def test_a_changed_price_updates_only_that_product(shop: MemoryShop, connection: Connection) -> None:
    synced(connection, shop)
    before = _row_versions()
    shop.change_variant(7, price=Decimal("13.00"))
    run = synced(connection, shop)
    changed = {shop_id for shop_id, version in _row_versions().items() if version != before[shop_id]}
    assert (run.updated, run.unchanged, changed) == (1, 22, {7})
    change = run.changes.get()
    price = {"field": "price", "variant": "Default Title", "variant_id": 70, "before": "12.50", "after": "13.00"}
    assert change.fields == [price]
    assert change.product == Product.objects.get(shopify_product_id=7)


def test_a_change_row_tells_every_kind_of_value_readably(shop: MemoryShop, connection: Connection) -> None:
    synced(connection, shop)
    shop.change(
        7,
        published_at=None,
        options=(Option("Size", ("S",)),),
        image=Image("https://cdn.example/a.jpg"),
        status=Status.DRAFT,
    )
    fields = {field["field"]: field for field in synced(connection, shop).changes.get().fields}
    assert fields["published_at"]["before"] == "2026-03-14T09:26:53Z"
    assert fields["options"]["after"] == [{"name": "Size", "values": ["S"]}]
    assert fields["image"] == {
        "field": "image",
        "variant": None,
        "variant_id": None,
        "before": None,
        "after": {"url": "https://cdn.example/a.jpg", "alt": None, "media_id": None},
    }
    assert (fields["status"]["before"], fields["status"]["after"]) == ("active", "draft")


def test_what_the_merchant_keeps_is_never_touched(shop: MemoryShop, connection: Connection) -> None:
    synced(connection, shop)
    own = {"name_override": "Ma bougie", "category": "Gifts", "notes": "Call the supplier"}
    own_variant = {"own_cost": Decimal("3.10"), "labour": Decimal("1.5"), "notes": "Shelf 4"}
    Product.objects.filter(shopify_product_id=7).update(**own)
    Variant.objects.filter(product__shopify_product_id=7).update(**own_variant)
    shop.change(7, title="New", product_type="Wax melts", vendor="Other")
    shop.change_variant(7, cost=Decimal("9"), price=Decimal("20"))
    synced(connection, shop)
    stored = Product.objects.get(shopify_product_id=7)
    assert (stored.title, stored.product_type, stored.vendor) == ("New", "Wax melts", "Other")
    assert {name: getattr(stored, name) for name in own} == own
    assert {name: getattr(stored.variants.get(), name) for name in own_variant} == own_variant
    assert stored.variants.get().shopify_cost == 9


def test_the_product_type_fills_the_category_only_while_that_is_empty(connection: Connection) -> None:
    shop = MemoryShop(product(1, product_type=""), product(2, product_type=""))
    synced(connection, shop)
    Product.objects.filter(shopify_product_id=2).update(category="Gifts")
    shop.change(1, product_type="Candles")
    shop.change(2, product_type="Candles")
    synced(connection, shop)
    assert list(Product.objects.order_by("id").values_list("category", flat=True)) == ["Candles", "Gifts"]


def test_a_variant_that_went_is_hidden_and_comes_back_with_its_own_cost(connection: Connection) -> None:
    small, large = variant(11, title="S"), variant(12, title="L", position=2)
    shop = MemoryShop(product(1, small, large))
    synced(connection, shop)
    Variant.objects.filter(shopify_variant_id=12).update(own_cost=Decimal("4.20"))
    shop.change(1, variants=(small, variant(13, title="XL", position=3)))
    run = synced(connection, shop)
    assert [field["field"] for field in run.changes.get().fields] == ["variant", "variant"]
    assert Variant.objects.get(shopify_variant_id=12).removed_at is not None
    assert Variant.objects.filter(removed_at=None).count() == 2
    shop.change(1, variants=(small, large))
    synced(connection, shop)
    back = Variant.objects.get(shopify_variant_id=12)
    assert (back.removed_at, back.own_cost) == (None, Decimal("4.20"))
    assert Variant.objects.get(shopify_variant_id=13).removed_at is not None


def test_a_variant_that_shopify_made_anew_keeps_its_row(connection: Connection) -> None:
    shop = MemoryShop(product(1, variant(11, sku="RED-S")))
    synced(connection, shop)
    Variant.objects.update(notes="Shelf 4")
    shop.change(1, variants=(variant(99, sku="RED-S"),))
    synced(connection, shop)
    kept = Variant.objects.get()
    assert (kept.shopify_variant_id, kept.notes) == (99, "Shelf 4")


def test_scripts_never_reach_the_catalogue(connection: Connection) -> None:
    html = '<p onclick="steal()">Wax<script>steal()</script> <a href="javascript:x">here</a></p><style>p{}</style>'
    synced(connection, MemoryShop(product(1, description_html=html)))
    assert Product.objects.get().description_html == "<p>Wax <a>here</a></p>"


def test_products_of_ones_own_and_of_other_accounts_stay_as_they_are(shop: MemoryShop, connection: Connection) -> None:
    other = connected("cedar")
    synced(other, MemoryShop(product(1, title="Theirs"), product(500, title="Theirs too")))
    Product.objects.create(account=connection.account, title="Made by hand")
    Product.objects.create(account=connection.account, connection=connection, title="Not linked")
    before = _row_versions()
    run = synced(connection, shop)
    assert (run.created, run.archived) == (23, 0)
    assert list(other.products.order_by("id").values_list("title", flat=True)) == ["Theirs", "Theirs too"]
    after = _row_versions()
    assert {shop_id: after[shop_id] for shop_id in (None, 500)} == {shop_id: before[shop_id] for shop_id in (None, 500)}


def test_nothing_is_left_of_the_pages_once_a_run_is_closed(shop: MemoryShop, connection: Connection) -> None:
    run = synced(connection, shop)
    assert RunPage.objects.count() == 0
    connection.refresh_from_db()
    assert connection.last_success_at == run.finished_at


def _row_versions() -> dict[int | None, list[str]]:
    """Which transaction wrote each product and variant last, by Shopify product ID."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT p.shopify_product_id, array_agg(p.id || ':' || p.xmin || ':' || p.ctid || p.updated_at"
            " || coalesce(':' || v.id || ':' || v.xmin || ':' || v.ctid, '') ORDER BY p.id, v.id)"
            " FROM catalog_product p LEFT JOIN catalog_variant v ON v.product_id = p.id GROUP BY 1"
        )
        return dict(cursor.fetchall())
