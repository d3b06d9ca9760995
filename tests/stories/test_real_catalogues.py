"""Real catalogues go in through a shop and come out of StockCraft as they were, field by field."""

from __future__ import annotations

import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shopsim.load import load_file
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.export import export_jsonl
from stockcraft.catalog.models import Product, Variant
from stockcraft.catalog.sanitise import sanitise
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun, Trigger
from stockcraft.workflows.runner import run_sync
from tests_shops import simulator, transport

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "normalized"
MOMENTS = ("created_at", "updated_at", "published_at")
CATALOGUES = sorted(FOLDER.glob("*.jsonl"))


def synced(path: Path) -> tuple[SyncRun, SyncRun, Account]:
    """A shop with this catalogue, synced twice into an account on Plus."""
    sim = simulator("real")
    load_file(sim.default.shop, path)
    account = Account.objects.open("Real", owner=User.objects.create_user("alice@example.com", "pw"), plan="plus")
    connection = Connection.objects.create(
        account=account, shop_domain="real.myshopify.com", access_token=sim.default.token(), grant="pasted"
    )
    first = run_sync(SyncRun.objects.request(connection, Trigger.COMMAND)[0].pk, transport=transport(sim))
    before = fingerprint_of_rows()
    connection.want_whole_read()
    second = run_sync(SyncRun.objects.request(connection, Trigger.COMMAND)[0].pk, transport=transport(sim))
    assert fingerprint_of_rows() == before, "the second sync wrote a product row"
    assert first is not None
    assert second is not None
    return first, second, account


def fingerprint_of_rows() -> list[tuple[Any, ...]]:
    """The version of every product and variant row, which any write would change."""
    rows: list[tuple[Any, ...]] = []
    for model in (Product, Variant):
        rows += model.objects.extra(select={"xmin": "xmin::text"}).order_by("pk").values_list("pk", "xmin")
    return rows


@pytest.mark.skipif(not CATALOGUES, reason="the real catalogues are not beside the project")
@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_real_catalogue_comes_out_as_it_went_in(path: Path) -> None:
    source = [json.loads(line) for line in path.read_text().split("\n") if line]

    first, second, account = synced(path)

    assert (first.status, first.created, first.found) == ("succeeded", len(source), len(source))
    assert (second.unchanged, second.updated, second.created) == (len(source), 0, 0)
    out = io.StringIO()
    export_jsonl(account, out)
    exported = {row["handle"]: row for row in map(json.loads, out.getvalue().split("\n")[:-1])}
    assert len(exported) == len(source)
    for product in source:
        row = exported[product["handle"]]
        assert comparable(row) == comparable(product)
        assert {name: moment(row[name]) for name in MOMENTS if name in product} == moments(product)


def moments(product: dict[str, Any]) -> dict[str, datetime | None]:
    """When it was made, touched and published, where the source says so."""
    return {name: moment(product[name]) for name in MOMENTS if name in product}


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def comparable(product: dict[str, Any]) -> dict[str, Any]:
    """What is synced of a product, with an absent text and an empty one alike, and numbers as numbers."""
    pictures = product["images"]
    return {
        "title": product["title"],
        "body_html": sanitise(product["body_html"] or ""),
        "vendor": product["vendor"] or "",
        "product_type": product["product_type"] or "",
        "tags": product["tags"],
        "status": product["status"] or "active",
        "published": product["published"],
        "options": product["options"],
        "image": (pictures[0]["src"], pictures[0].get("alt")) if pictures else None,
        "variants": [comparable_variant(variant, pictures) for variant in product["variants"]],
    }


def comparable_variant(variant: dict[str, Any], pictures: list[dict[str, Any]]) -> dict[str, Any]:
    by_id = {picture.get("id"): picture["src"] for picture in pictures if picture.get("id")}
    return {
        "position": variant["position"],
        "option_values": variant["option_values"],
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "price": variant["price"],
        "compare_at_price": variant["compare_at_price"],
        "grams": Decimal(str(variant["grams"] or 0)),
        "taxable": str(variant["taxable"]).lower(),
        "cost": variant["cost"],
        "image": variant.get("image_src") or by_id.get(variant.get("image_id")),
    }
