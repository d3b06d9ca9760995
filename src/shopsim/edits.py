"""Edits made by hand, on the page or with a command: each says what the next sync will see."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from shopsim.catalog import Product, Variant
from shopsim.sim import Tenant

STATUSES = ("ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED")
FAULTS = (
    ("throttle", "Throttle the next 5 requests", {"throttle": 5}),
    ("errors", "Answer the next 3 requests with 502", {"http_status": 502, "http_requests": 3}),
    ("refuse_token", "Refuse the token", {"refuse_token": True}),
    ("missing_scope", "Take away the read_products scope", {"missing_scope": True}),
    ("frozen", "Freeze the shop", {"frozen": True}),
    ("closed", "Close the shop", {"closed": True}),
    ("slow", "Answer a second late", {"slow": 1.0}),
)


def make(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    """Make one edit, named by its ``action``; returns what the next sync will see.

    Products are named by their number or their title, variants by their number or their SKU. Raises KeyError for one
    there is not, and for an action there is not; ValueError, with a sentence, for a value that does not fit.
    """
    action = edit["action"]
    if action in STATUSES:
        return _set_status(tenant, edit, action)
    return _ACTIONS[action](tenant, edit)


def faults_on(tenant: Tenant) -> list[str]:
    """The faults that are on."""
    now = tenant.faults.now
    return [name for name in now.__struct_fields__ if getattr(now, name) not in (0, 0.0, False, 200, "")]


def _add(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    title = edit.get("title", "").strip() or "New product"
    tenant.shop.add_product(title, price=_money(edit.get("price") or "10.00"), vendor=tenant.shop.title)
    return f"The next sync will see a new product, “{title}”."


def _rename(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    product = _product(tenant, edit)
    before = product.title
    tenant.shop.rename(product.id, edit["title"].strip() or before)
    return f"The next sync will see “{product.title}” instead of “{before}”."


def _set_status(tenant: Tenant, edit: Mapping[str, Any], status: str) -> str:
    product = _product(tenant, edit)
    tenant.shop.set_status(product.id, status)
    return f"The next sync will see “{product.title}” as {status.lower()}."


def _delete(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    product = _product(tenant, edit)
    tenant.shop.delete(product.id)
    return f"The next sync will find “{product.title}” gone, and archive it."


def _price(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    product, variant = _variant(tenant, edit)
    tenant.shop.set_price(variant.id, _money(edit["price"] or variant.price))
    return f"The next sync will see “{product.title}” ({variant.title}) at {variant.price}."


def _remove_variant(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    product, variant = _variant(tenant, edit)
    tenant.shop.remove_variant(variant.id)
    return f"The next sync will see “{product.title}” without {variant.title}."


def _fault(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    """A named bad day of the page, or any faults with their values."""
    chosen = edit.get("faults") or next(faults for name, _label, faults in FAULTS if name == edit["fault"])
    try:
        tenant.faults.set(**chosen)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}.") from error
    return f"On now: {', '.join(on)}. The next sync will meet it." if (on := faults_on(tenant)) else "Everything works."


def _clear(tenant: Tenant, _edit: Mapping[str, Any]) -> str:
    tenant.faults.clear()
    return "All faults are off."


_ACTIONS = {
    "add": _add,
    "clear": _clear,
    "delete": _delete,
    "fault": _fault,
    "price": _price,
    "remove_variant": _remove_variant,
    "rename": _rename,
}


def _product(tenant: Tenant, edit: Mapping[str, Any]) -> Product:
    wanted = str(edit["product"])
    if wanted.isdecimal() and int(wanted) in tenant.shop.products:
        return tenant.shop.products[int(wanted)]
    return tenant.shop.by_title(wanted)


def _variant(tenant: Tenant, edit: Mapping[str, Any]) -> tuple[Product, Variant]:
    wanted = str(edit["variant"])
    try:
        return tenant.shop.find_variant(int(wanted))
    except (KeyError, ValueError):
        pairs = ((product, one) for product in tenant.shop.products.values() for one in product.variants)
        if found := next(((product, one) for product, one in pairs if one.sku == wanted), None):
            return found
        raise KeyError(wanted) from None


def _money(text: str) -> str:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"“{text.strip()}” is no price; write one like 24.00.")
    return f"{amount:.2f}"
