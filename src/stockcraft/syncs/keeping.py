"""A field that a product keeps: take Shopify's value, or write another of one's own."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from shopsync.changes import Update, VariantPlan
from shopsync.policy import FIELDS, OF_VARIANTS, TOGETHER
from shopsync.ports import Stored
from shopsync.values import ShopProduct, ShopVariant
from stockcraft.catalog.models import Product
from stockcraft.catalog.ownership import FieldRule
from stockcraft.connections.refused import Refused
from stockcraft.syncs import reading
from stockcraft.syncs.models import SyncRun
from stockcraft.syncs.writing import write_products

PRODUCT_TYPES, VARIANT_TYPES = get_type_hints(ShopProduct), get_type_hints(ShopVariant)


def take(product: Product, name: str) -> None:
    """Write Shopify's value of a field that drifts (a key of ``product.drift``); its rule stays as it is.

    Raises ``Refused`` when it does not drift any more.
    """
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=product.pk)
        if name not in product.drift:
            raise Refused(_("This field is as Shopify shows it already."))
        drift = dict(product.drift)
        for each in (name, *_partners(name)):
            if each in drift:
                _write(product, each, drift.pop(each))
        Product.objects.filter(pk=product.pk).update(drift=drift)


def edit(product: Product, name: str, value: Any) -> None:
    """Write a value of one's own into a field that the product keeps; ``name`` as in ``product.drift``.

    Raises ``Refused`` for a field that follows Shopify, and ``msgspec.ValidationError`` for a value it cannot hold.
    """
    field, _colon, _variant = name.partition(":")
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=product.pk)
        rule = FieldRule.objects.of(product.account, product).get(field, FieldRule.Rule.FOLLOW)
        if product.shopify_product_id is not None and (field not in FIELDS or rule == FieldRule.Rule.FOLLOW):
            raise Refused(_("This field follows Shopify. Choose “Keep mine” first, or change it in your shop."))
        before = _write(product, name, value)
        drift = {name: before, **product.drift}
        if drift[name] == msgspec.to_builtins(value):
            del drift[name]
        if product.shopify_product_id is not None:
            Product.objects.filter(pk=product.pk).update(drift=drift)


def _partners(name: str) -> list[str]:
    """The fields that mean nothing without this one: a weight's unit, a unit's weight."""
    field, colon, variant = name.partition(":")
    pairs = {OF_VARIANTS + one: OF_VARIANTS + other for one, other in TOGETHER.items()}
    pairs |= {other: one for one, other in pairs.items()}
    return [pairs[field] + colon + variant] if field in pairs else []


def _write(product: Product, name: str, value: Any) -> Any:
    """Write one field; what it was before, as JSON has it."""
    stored = reading.stored([product.pk])[product.pk]
    shown, plan, before = _changed(stored, name, value)
    update = Update(product.pk, shown, bytes(product.digest or b""), (), plan)
    written = write_products(SyncRun(account_id=product.account_id), [update])
    if product.digest is None:
        Product.objects.filter(pk=product.pk).update(digest=None)
    for refused in written.refused:
        raise Refused(refused.why)
    return before


def _changed(stored: Stored, name: str, value: Any) -> tuple[ShopProduct, VariantPlan, Any]:
    field, _colon, variant_id = name.partition(":")
    if not field.startswith(OF_VARIANTS):
        before = getattr(stored.product, field)
        new = msgspec.convert(value, PRODUCT_TYPES[field], strict=False)
        return msgspec.structs.replace(stored.product, **{field: new}), VariantPlan(), msgspec.to_builtins(before)
    field = field.removeprefix(OF_VARIANTS)
    kept = next((kept for kept in stored.variants if kept.variant.id == int(variant_id) and not kept.removed), None)
    if kept is None:
        raise Refused(_("This variant is no longer here."))
    variant = msgspec.structs.replace(
        kept.variant, **{field: msgspec.convert(value, VARIANT_TYPES[field], strict=False)}
    )
    before = msgspec.to_builtins(getattr(kept.variant, field))
    return stored.product, VariantPlan(changed=((kept.id, variant),)), before
