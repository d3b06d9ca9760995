"""How pages speak of a product."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stockcraft.catalog.models import Product
from stockcraft.web import formats

register = template.Library()


@register.simple_tag
def status_word(product: Product) -> str:
    """The status as its badge says it; a product gone from the shop says so."""
    return _("Removed in Shopify") if product.archived_at else str(Product.Status(product.status).label)


@register.filter
def variants_word(count: int) -> str:
    """3 variants"""
    return ngettext("%(variants)s variant", "%(variants)s variants", count) % {"variants": formats.number(count)}
