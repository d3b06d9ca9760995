"""Handles and units, written as Shopify writes them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

UNITS = {"g": "GRAMS", "kg": "KILOGRAMS", "oz": "OUNCES", "lb": "POUNDS"}


def slug(title: str) -> str:
    """A handle as Shopify makes it from a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "product"


def weight(value: str | Decimal | float, unit: str) -> dict[str, Any]:
    """The weight fields of a variant, from a number and `g`, `kg`, `oz` or `lb`."""
    return {"weight": Decimal(str(value)), "weight_unit": UNITS[unit]}
