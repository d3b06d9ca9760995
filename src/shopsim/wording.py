"""Handles, units and refusals, written as Shopify writes them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from http import HTTPStatus
from typing import Any

UNITS = {"g": "GRAMS", "kg": "KILOGRAMS", "oz": "OUNCES", "lb": "POUNDS"}


def slug(title: str) -> str:
    """A handle as Shopify makes it from a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "product"


def weight(value: str | Decimal | float, unit: str) -> dict[str, Any]:
    """The weight fields of a variant, from a number and `g`, `kg`, `oz` or `lb`."""
    return {"weight": Decimal(str(value)), "weight_unit": UNITS[unit]}


_REFUSALS = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    402: "Unavailable Shop",
    403: "[API] This action requires merchant approval for read_products scope.",
    423: "Shop is locked",
    429: "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
    430: "Security Rejection",
    530: "Origin DNS error",
    540: "Temporarily Disabled",
}


def of_status(status: int) -> dict[str, str]:
    """The body of an answer with this HTTP status. https://shopify.dev/docs/api/usage/response-codes"""
    if status in _REFUSALS:
        return {"errors": _REFUSALS[status]}
    return {"errors": HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown error"}
