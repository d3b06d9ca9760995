"""Fills a shop from normalized JSON Lines: one product per line, strings kept as they come.

Where a line says nothing (no status, no SKU, no weight unit), the shop answers what Shopify would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from shopsim.catalog import Media
from shopsim.shop import Shop
from shopsim.wording import UNITS

GRAMS_PER = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}


class CatalogError(Exception):
    """The file is no catalogue; the message says which line and why."""


def load_file(shop: Shop, path: Path) -> None:
    """Add every product of a file. Raises CatalogError."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    load_lines(shop, lines, where=str(path))


def load_lines(shop: Shop, lines: Iterable[str], where: str = "the catalogue") -> None:
    """Add a product for each line that is not empty."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            _add(shop, msgspec.json.decode(line))
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise CatalogError(f"Line {number} of {where} is no product: {_problem(error)}.") from error


def _problem(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return "a number in it is none" if isinstance(error, InvalidOperation) else str(error).rstrip(".")


def _add(shop: Shop, row: dict[str, Any]) -> None:
    images = {image.get("id", image["src"]): image for image in row.get("images") or []}
    product = shop.add_product(
        row["title"],
        product_id=row.get("id"),
        handle=row["handle"],
        created_at=_time(row.get("created_at")),
        published=bool(row.get("published", True)),
        options=[(option["name"], option["values"]) for option in row["options"]],
        variants=[_variant(variant) for variant in row["variants"]],
        description_html=row.get("body_html") or "",
        status=(row.get("status") or "active").upper(),
        vendor=row.get("vendor") or "",
        product_type=row.get("product_type") or "",
        tags=list(row.get("tags") or []),
        gift_card=bool(row.get("gift_card")),
    )
    product.updated_at = _time(row.get("updated_at")) or product.updated_at
    if product.published_at:
        product.published_at = _time(row.get("published_at")) or product.published_at
    pictures = {key: Media(shop.media_id(), image["src"], image.get("alt")) for key, image in images.items()}
    product.media = next(iter(pictures.values()), None)
    for variant, source in zip(product.variants, row["variants"], strict=True):
        key = source.get("image_id") or source.get("image_src")
        if key:
            variant.media = pictures.get(key) or Media(shop.media_id(), str(key))


def _variant(row: dict[str, Any]) -> dict[str, Any]:
    unit = row.get("weight_unit") or "g"
    return {
        "id": row.get("id"),
        "option_values": row["option_values"],
        "position": row.get("position"),
        "sku": row.get("sku"),
        "barcode": row.get("barcode"),
        "price": str(row["price"]),
        "compare_at_price": row.get("compare_at_price"),
        "taxable": str(row.get("taxable", True)).lower() == "true",
        "inventory_quantity": int(row["inventory_quantity"]) if row.get("inventory_quantity") else 0,
        "inventory_policy": (row.get("inventory_policy") or "deny").upper(),
        "requires_shipping": str(row.get("requires_shipping", True)).lower() == "true",
        "cost": row.get("cost"),
        "weight": Decimal(str(row.get("grams") or 0)) / GRAMS_PER[unit],
        "weight_unit": UNITS[unit],
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0) if text else None
