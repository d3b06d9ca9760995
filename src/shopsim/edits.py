"""Edits made by hand, on the page or with a command: each says what the next sync will see."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from shopsim.bad_days import BY_NAME
from shopsim.catalog import Product, Variant
from shopsim.faults import Faults
from shopsim.sim import Tenant

LONGEST_TITLE = 255
STATUSES = ("ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED")


class Unknown(KeyError):
    """There is no such thing; the sentence says what."""

    def __init__(self, kind: str, name: object) -> None:
        super().__init__(name)
        self.sentence = f"There is no {kind} {name}." if name != "" else f"Say which {kind}."


def make(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    """Make one edit, named by its ``action``; returns what the next sync will see.

    Products are named by their number or their title, variants by their number or their SKU. Raises Unknown for one
    there is not, and for an action there is not; ValueError, with a sentence, for a value that does not fit.
    """
    words = {name: str(value) for name, value in edit.items() if isinstance(value, str | int) and value is not True}
    action = words.get("action", "")
    if action in STATUSES:
        return _set_status(tenant, words, action)
    if action == "fault":
        return _fault(tenant, edit)
    if action not in _ACTIONS:
        raise Unknown("action", action)
    return _ACTIONS[action](tenant, words)


def _said(edit: Mapping[str, str], name: str) -> str:
    """A value that must be given."""
    if not (value := edit.get(name, "").strip()):
        raise ValueError(f"Say which {name}.")
    return value


def _add(tenant: Tenant, edit: Mapping[str, str]) -> str:
    title = _title(edit.get("title", "").strip() or "New product")
    tenant.shop.add_product(title, price=_money(edit.get("price") or "10.00"), vendor=tenant.shop.title)
    return f"The next sync will see a new product, “{title}”."


def _rename(tenant: Tenant, edit: Mapping[str, str]) -> str:
    product = _product(tenant, edit)
    before = product.title
    tenant.shop.rename(product.id, _title(_said(edit, "title")))
    return f"The next sync will see “{product.title}” instead of “{before}”."


def _set_status(tenant: Tenant, edit: Mapping[str, str], status: str) -> str:
    product = _product(tenant, edit)
    tenant.shop.set_status(product.id, status)
    return f"The next sync will see “{product.title}” as {status.lower()}."


def _delete(tenant: Tenant, edit: Mapping[str, str]) -> str:
    product = _product(tenant, edit)
    tenant.shop.delete(product.id)
    return f"The next sync will find “{product.title}” gone, and archive it."


def _price(tenant: Tenant, edit: Mapping[str, str]) -> str:
    product, variant = _variant(tenant, edit)
    tenant.shop.set_price(variant.id, _money(_said(edit, "price")))
    return f"The next sync will see “{product.title}” ({variant.title}) at {variant.price}."


def _remove_variant(tenant: Tenant, edit: Mapping[str, str]) -> str:
    product, variant = _variant(tenant, edit)
    if len(product.variants) == 1:
        raise ValueError(f"“{product.title}” has no other variant; delete the product instead.")
    tenant.shop.remove_variant(variant.id)
    return f"The next sync will see “{product.title}” without {variant.title}."


def _stock(tenant: Tenant, edit: Mapping[str, str]) -> str:
    product, variant = _variant(tenant, edit)
    try:
        by = int(_said(edit, "by"))
    except ValueError:
        raise ValueError("Say by how many the stock changes, as in -1 or 5.") from None
    tenant.shop.adjust_stock(variant.id, by)
    return f"The next sync will see “{product.title}” ({variant.title}) with {variant.inventory_quantity} in stock."


def _fault(tenant: Tenant, edit: Mapping[str, Any]) -> str:
    """A named bad day of the page, switched on or off, or any faults with their values."""
    if "faults" in edit:
        if not isinstance(edit["faults"], dict):
            raise ValueError('faults: Expected an object, as in {"throttle": 3}.')
        tenant.faults.set(**edit["faults"])
        return sees(tenant)
    day = BY_NAME.get(str(edit.get("fault", "")))
    if day is None:
        raise Unknown("fault", edit.get("fault", ""))
    if edit.get("off"):
        tenant.faults.set(**{name: getattr(Faults(), name) for name in day.faults})
        return f"“{day.label}” is off. {sees(tenant)}"
    tenant.faults.set(**day.faults)
    return f"The next sync will see {day.seen(tenant.faults.now)}."


def sees(tenant: Tenant) -> str:
    """What the next sync will see of all that is on."""
    now, nothing = tenant.faults.now, Faults()
    days = [day for day in BY_NAME.values() if day.is_on(now)]
    told = {name for day in days for name in day.faults}
    others = [
        f"{name}={getattr(now, name)}"
        for name in now.__struct_fields__
        if getattr(now, name) != getattr(nothing, name) and name not in told
    ]
    if not days and not others:
        return "Everything works."
    return f"The next sync will see {', and '.join([*(day.seen(now) for day in days), *others])}."


def _clear(tenant: Tenant, _edit: Mapping[str, str]) -> str:
    tenant.faults.clear()
    return "All faults are off."


_ACTIONS = {
    "add": _add,
    "clear": _clear,
    "delete": _delete,
    "price": _price,
    "remove_variant": _remove_variant,
    "rename": _rename,
    "stock": _stock,
}


def _product(tenant: Tenant, edit: Mapping[str, str]) -> Product:
    wanted = edit.get("product", "")
    if wanted.isdecimal() and int(wanted) in tenant.shop.products:
        return tenant.shop.products[int(wanted)]
    try:
        return tenant.shop.by_title(wanted)
    except KeyError:
        raise Unknown("product", wanted) from None


def _variant(tenant: Tenant, edit: Mapping[str, str]) -> tuple[Product, Variant]:
    wanted = edit.get("variant", "")
    try:
        return tenant.shop.find_variant(int(wanted))
    except (KeyError, ValueError):
        pairs = ((product, one) for product in tenant.shop.products.values() for one in product.variants)
        if wanted and (found := next(((product, one) for product, one in pairs if one.sku == wanted), None)):
            return found
        raise Unknown("variant", wanted) from None


def _title(text: str) -> str:
    if len(text) > LONGEST_TITLE:
        raise ValueError(f"A title has at most {LONGEST_TITLE} characters.")
    return text


def _money(text: str) -> str:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"“{text.strip()}” is no price; write one like 24.00.")
    return f"{amount:.2f}"
