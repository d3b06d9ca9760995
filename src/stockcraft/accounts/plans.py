"""The two plans and what they hold."""

from django.db import models
from django.utils.translation import gettext_lazy as _

FREE_PRODUCTS = 50
PLUS_DOLLARS_A_MONTH = 5


class Plan(models.TextChoices):
    """Free holds 50 live products, Plus any number. Variants never count."""

    FREE = "free", _("Free")
    PLUS = "plus", _("Plus")

    @property
    def holds(self) -> int | None:
        """How many live products the plan holds; None for any number."""
        return FREE_PRODUCTS if self is Plan.FREE else None
