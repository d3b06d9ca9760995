"""An account's products as JSON Lines or CSV: every synced field, in a stable order, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, TextIO

import msgspec
from django.db.models import F, Prefetch

from shopsync.values import GRAMS_PER, WeightUnit
from stockcraft.accounts.models import Account
from stockcraft.catalog.models import Product, Variant

CHUNK = 500
# Shopify allows a product three options.
OPTIONS = 3
# Weights reach us as floating numbers of any unit; a microgram is finer than any scale.
MICROGRAM = Decimal("0.000001")
_exact = Context(prec=100)

CSV_COLUMNS = (
    "shopify_product_id", "handle", "title", "body_html", "vendor", "product_type", "tags", "status", "published",
    "created_at", "updated_at", "published_at",
    *(f"option{number}_{part}" for number in range(1, OPTIONS + 1) for part in ("name", "value")),
    "shopify_variant_id", "position", "sku", "barcode", "price", "compare_at_price", "currency", "grams", "weight_unit",
    "taxable", "cost", "image_src", "featured_image_src", "featured_image_alt",
)  # fmt: skip


def export_jsonl(account: Account, out: TextIO, *, include_archived: bool = False) -> int:
    """Write one product a line, with its variants and images; returns how many products were written."""
    count = 0
    for product in _products(account, include_archived):
        out.write(msgspec.json.encode(_record(product)).decode() + "\n")
        count += 1
    return count


def export_csv(account: Account, out: TextIO, *, include_archived: bool = False) -> int:
    """Write one variant a row under a heading; returns how many products were written. Open ``out`` with
    ``newline=""``. A product without variants has one row."""
    writer = csv.DictWriter(out, CSV_COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    count = 0
    for product in _products(account, include_archived):
        writer.writerows(_csv_rows(_record(product)))
        count += 1
    return count


def _products(account: Account, include_archived: bool) -> Iterator[Product]:
    """In the shop's order of creation, products without a Shopify ID last."""
    products = account.products.all() if include_archived else account.products.filter(archived_at=None)
    shown = Prefetch("variants", Variant.objects.filter(removed_at=None).order_by("position", "id"))
    ordered = products.order_by(F("shopify_product_id").asc(nulls_last=True), "id")
    return ordered.defer("digest").prefetch_related(shown).iterator(chunk_size=CHUNK)


def _record(product: Product) -> dict[str, Any]:
    variants = list(product.variants.all())
    return {
        "shopify_product_id": product.shopify_product_id,
        "handle": product.handle,
        "title": product.title,
        "body_html": product.description_html,
        "vendor": product.vendor,
        "product_type": product.product_type or None,
        "tags": product.tags,
        "status": product.status,
        "published": product.shopify_published_at is not None,
        "created_at": _moment(product.shopify_created_at),
        "updated_at": _moment(product.shopify_updated_at),
        "published_at": _moment(product.shopify_published_at),
        "currency": product.currency or None,
        "options": product.options,
        "variants": [_variant_record(variant) for variant in variants],
        "images": _images([product, *variants]),
    }


def _variant_record(variant: Variant) -> dict[str, Any]:
    return {
        "shopify_variant_id": variant.shopify_variant_id,
        "position": variant.position,
        "option_values": variant.option_values,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "price": _plain(variant.price),
        "compare_at_price": _plain(variant.compare_at_price),
        "grams": _grams(variant),
        "weight_unit": variant.weight_unit or None,
        "taxable": "true" if variant.taxable else "false",
        "cost": _plain(variant.shopify_cost),
        "image_src": variant.image_url or None,
    }


def _images(owners: Iterable[Product | Variant]) -> list[dict[str, Any]]:
    """The featured image and those of the variants, each once."""
    alts: dict[str, str | None] = {}
    for owner in owners:
        if owner.image_url:
            alts.setdefault(owner.image_url, owner.image_alt)
    return [
        {"src": src, "alt": alt, "position": str(position)} for position, (src, alt) in enumerate(alts.items(), start=1)
    ]


def _moment(time: datetime | None) -> str | None:
    """When it was in the shop, in UTC."""
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _plain(number: Decimal | None) -> str | None:
    """The number as it was given, never with an exponent."""
    return None if number is None else f"{number:f}"


def _grams(variant: Variant) -> str | None:
    if variant.weight is None or not variant.weight_unit:
        return None
    grams = _exact.multiply(variant.weight, GRAMS_PER[WeightUnit(variant.weight_unit)])
    return f"{grams.quantize(MICROGRAM, context=_exact).normalize(_exact):f}"


def _csv_rows(product: dict[str, Any]) -> Iterator[dict[str, Any]]:
    featured: dict[str, Any] = next(iter(product["images"]), {})
    shared = product | {
        "tags": ", ".join(product["tags"]),
        "published": "true" if product["published"] else "false",
        "featured_image_src": featured.get("src"),
        "featured_image_alt": featured.get("alt"),
    }
    for variant in product["variants"] or [{}]:
        yield shared | variant | _csv_options(product["options"], variant.get("option_values", ()))


def _csv_options(options: list[dict[str, Any]], values: Iterable[str]) -> dict[str, str]:
    """``option1_name``, ``option1_value`` and so on."""
    names = {f"option{number}_name": option["name"] for number, option in enumerate(options[:OPTIONS], start=1)}
    return names | {f"option{number}_value": value for number, value in enumerate(list(values)[:OPTIONS], start=1)}
