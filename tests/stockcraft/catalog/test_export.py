"""What went in comes out: the export has every synced field, spelled as the shop spells it, in a stable order."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from one_shop import MemoryShop, connected, product, synced, variant
from shopsync.values import Image, Option, Status, WeightUnit
from stockcraft.catalog.export import export_csv, export_jsonl
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection

pytestmark = pytest.mark.django_db

SMALL = variant(
    71,
    title="S / Forêt",
    option_values=("S", "Forêt"),
    sku='7,"S"',
    barcode="0012",
    price=Decimal("50"),
    compare_at_price=Decimal("50.00"),
    weight=Decimal("0.250"),
    weight_unit=WeightUnit.KILOGRAMS,
    taxable=False,
    cost=Decimal("0.0000001"),
    image=Image("https://cdn.example/s.jpg", "Small"),
)
LARGE = variant(72, title="L / Forêt", option_values=("L", "Forêt"), position=2, sku=None, price=Decimal("1E+3"))
FULL = product(
    7,
    SMALL,
    LARGE,
    title="Bougie, « Forêt »",
    description_html="<p>Cire\nd’abeille</p>",
    product_type="",
    tags=("été", "gift"),
    status=Status.DRAFT,
    created_at=datetime(2026, 1, 5, 10, tzinfo=UTC),
    updated_at=datetime(2026, 1, 6, 17, 30, tzinfo=fixed_zone(timedelta(hours=-5))),
    published_at=None,
    options=(Option("Size", ("S", "L")), Option("Parfum", ("Forêt",))),
    image=Image("https://cdn.example/a.jpg"),
)


@pytest.fixture
def connection() -> Connection:
    return connected()


def test_json_lines_have_every_synced_field_in_the_normalized_form(connection: Connection) -> None:
    synced(connection, MemoryShop(FULL))
    [line] = _lines(connection)
    assert line == {
        "shopify_product_id": 7,
        "handle": "candle-7",
        "title": "Bougie, « Forêt »",
        "body_html": "<p>Cire\nd’abeille</p>",
        "vendor": "Hearth",
        "product_type": None,
        "tags": ["été", "gift"],
        "status": "draft",
        "published": False,
        "created_at": "2026-01-05T10:00:00Z",
        "updated_at": "2026-01-06T22:30:00Z",
        "published_at": None,
        "currency": "USD",
        "options": [{"name": "Size", "values": ["S", "L"]}, {"name": "Parfum", "values": ["Forêt"]}],
        "variants": [
            {
                "shopify_variant_id": 71,
                "position": 1,
                "option_values": ["S", "Forêt"],
                "sku": '7,"S"',
                "barcode": "0012",
                "price": "50",
                "compare_at_price": "50.00",
                "grams": "250",
                "weight_unit": "kg",
                "taxable": "false",
                "cost": "0.0000001",
                "image_src": "https://cdn.example/s.jpg",
            },
            {
                "shopify_variant_id": 72,
                "position": 2,
                "option_values": ["L", "Forêt"],
                "sku": None,
                "barcode": None,
                "price": "1000",
                "compare_at_price": None,
                "grams": None,
                "weight_unit": None,
                "taxable": "true",
                "cost": None,
                "image_src": None,
            },
        ],
        "images": [
            {"src": "https://cdn.example/a.jpg", "alt": None, "position": "1"},
            {"src": "https://cdn.example/s.jpg", "alt": "Small", "position": "2"},
        ],
    }


def test_csv_has_one_row_a_variant(connection: Connection) -> None:
    synced(connection, MemoryShop(FULL))
    small, large = _rows(connection)
    assert (small["shopify_variant_id"], large["shopify_variant_id"]) == ("71", "72")
    assert {row["title"] for row in (small, large)} == {"Bougie, « Forêt »"}
    assert (small["body_html"], small["tags"], small["published"]) == ("<p>Cire\nd’abeille</p>", "été, gift", "false")
    assert (small["option1_name"], small["option1_value"], small["option2_value"]) == ("Size", "S", "Forêt")
    assert (small["option3_name"], small["option3_value"]) == ("", "")
    assert (small["created_at"], small["published_at"], small["currency"]) == ("2026-01-05T10:00:00Z", "", "USD")
    assert (small["price"], small["compare_at_price"], large["sku"], large["grams"]) == ("50", "50.00", "", "")
    assert (small["image_src"], large["image_src"]) == ("https://cdn.example/s.jpg", "")
    assert large["featured_image_src"] == "https://cdn.example/a.jpg"


@pytest.mark.parametrize(
    ("weight", "unit", "grams"),
    [
        ("0", WeightUnit.KILOGRAMS, "0"),
        ("100", WeightUnit.GRAMS, "100"),
        ("0.1", WeightUnit.KILOGRAMS, "100"),
        ("3.5273961949580413", WeightUnit.OUNCES, "100"),
        ("1", WeightUnit.POUNDS, "453.59237"),
        ("1E+5", WeightUnit.KILOGRAMS, "100000000"),
    ],
)
def test_weights_are_told_in_grams(weight: str, unit: WeightUnit, grams: str, connection: Connection) -> None:
    synced(connection, MemoryShop(product(1, variant(10, weight=Decimal(weight), weight_unit=unit))))
    [line] = _lines(connection)
    assert (line["variants"][0]["grams"], line["variants"][0]["weight_unit"]) == (grams, unit)


def test_products_come_in_the_shops_order_then_in_the_catalogues(connection: Connection) -> None:
    own = Product.objects.create(account=connection.account, title="Made by hand")
    synced(connection, MemoryShop(product(30), product(4), product(200)))
    copy = Product.objects.create(
        account=connection.account, connection=connection, shopify_product_id=4, title="A copy"
    )
    assert [line["title"] for line in _lines(connection)] == [
        "Candle 4", copy.title, "Candle 30", "Candle 200", own.title,
    ]  # fmt: skip
    assert [row["title"] for row in _rows(connection)] == [line["title"] for line in _lines(connection)]


def test_archived_products_are_left_out_unless_asked_for(connection: Connection) -> None:
    synced(connection, MemoryShop(product(1), product(2)))
    Product.objects.filter(shopify_product_id=1).update(archived_at=timezone.now())
    assert [line["shopify_product_id"] for line in _lines(connection)] == [2]
    assert [line["shopify_product_id"] for line in _lines(connection, include_archived=True)] == [1, 2]
    assert len(_rows(connection, include_archived=True)) == 2


def test_variants_the_shop_no_longer_has_are_left_out(connection: Connection) -> None:
    synced(connection, MemoryShop(FULL))
    Variant.objects.filter(shopify_variant_id=71).update(removed_at=timezone.now())
    [line] = _lines(connection)
    assert [shown["shopify_variant_id"] for shown in line["variants"]] == [72]


def test_another_accounts_products_are_never_exported(connection: Connection) -> None:
    synced(connected("cedar"), MemoryShop(product(1)))
    assert _lines(connection) == []
    assert _rows(connection) == []


def test_a_big_catalogue_is_streamed_in_few_statements(connection: Connection) -> None:
    synced(connection, MemoryShop(*(product(number) for number in range(1, 602)), page=1000))
    with CaptureQueriesContext(database) as queries:
        assert export_jsonl(connection.account, io.StringIO()) == 601
    assert len(queries) <= 4


def _lines(connection: Connection, **options: bool) -> list[dict]:
    out = io.StringIO()
    count = export_jsonl(connection.account, out, **options)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == count
    return lines


def _rows(connection: Connection, **options: bool) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    export_csv(connection.account, out, **options)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
