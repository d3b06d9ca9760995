"""What a person did about a product here: merged, unlinked or removed, kept so that it can be undone."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection


class Resolution(models.Model):
    """One action of a person about one product. ``trace`` holds what it wrote and deleted; empty once it is undone."""

    class Kind(models.TextChoices):
        MERGE = "merge", _("Merged")
        UNLINK = "unlink", _("Unlinked")
        REMOVE = "remove", _("Removed")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="resolutions")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, null=True, blank=True, related_name="resolutions",
        help_text="The shop it was tied to: what is erased of a shop is erased here too.",
    )  # fmt: skip
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=255, help_text="What the merchant called the product.")
    into = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Of a merge: the product that stayed.",
    )  # fmt: skip
    ignored = models.BooleanField(default=False, db_default=False, help_text="Future syncs were told to leave it out.")
    changes = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text="Of a product that was deleted: its history."
    )
    live = models.PositiveIntegerField(help_text="How many live products the account had before.")
    trace = models.JSONField(default=dict, blank=True, help_text="{before, after, deleted: {table: [rows]}}.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="resolution_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"
