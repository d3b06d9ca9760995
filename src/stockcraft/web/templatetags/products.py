"""How pages speak of a product."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from stockcraft.catalog.models import Product

register = template.Library()


@register.simple_tag
def status_word(product: Product) -> str:
    """The status as its badge says it; a product gone from the shop says so."""
    return _("Removed in Shopify") if product.archived_at else str(product.get_status_display())
