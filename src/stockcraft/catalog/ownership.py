"""Who decides about a synced field: the account's rules, and one product's exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account

if TYPE_CHECKING:
    from stockcraft.catalog.models import Product


class FieldRuleManager(models.Manager["FieldRule"]):
    """Sets and answers rules."""

    def set_rule(self, account: Account, field: str, rule: str, product: Product | None = None) -> None:
        """From the next whole sync on this rule holds for the field, of every product or of one.

        ``field`` is one of ``shopsync.policy.FIELDS``. Raises ValueError for another field or an unknown rule.
        """
        from shopsync.policy import FIELDS

        if field not in FIELDS or rule not in FieldRule.Rule.values:
            raise ValueError(f"no rule {rule!r} for the field {field!r}")
        with transaction.atomic():
            self.filter(account=account, product=product, field=field).delete()
            if product or rule != FieldRule.Rule.FOLLOW:
                self.create(account=account, product=product, field=field, rule=rule)
            # Their fingerprints are forgotten, so that the next read compares them field by field.
            touched = account.products.exclude(shopify_product_id=None).exclude(digest=None)
            (touched.filter(pk=product.pk) if product else touched).update(digest=None)

    def clear(self, product: Product, field: str) -> None:
        """The product follows the account's rule for this field again."""
        with transaction.atomic():
            if self.filter(product=product, field=field).delete()[0]:
                type(product).objects.filter(pk=product.pk).update(digest=None)

    def of(self, account: Account, product: Product | None = None) -> dict[str, str]:
        """The rules of the account by field, with the product's exceptions; a field that is not named follows."""
        found = self.filter(Q(product=None) | Q(product=product), account=account).order_by("product_id")
        ranked = sorted(found, key=lambda row: row.product_id is not None)
        return {row.field: row.rule for row in ranked}


class FieldRule(models.Model):
    """A rule for one synced field, of the account or, as an exception, of one product."""

    class Rule(models.TextChoices):
        FOLLOW = "follow", _("Follow Shopify")
        KEEP = "keep", _("Keep mine")
        IF_EMPTY = "if_empty", _("Only if empty")
        AT_FIRST = "at_first", _("Only at first import")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="field_rules")
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.CASCADE, null=True, blank=True, related_name="field_rules"
    )
    field = models.CharField(max_length=32)
    rule = models.CharField(max_length=16, choices=Rule)

    objects = FieldRuleManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product", "field"], nulls_distinct=False, name="one_rule_per_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"
