"""The Django app of syncs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyncsConfig(AppConfig):
    """Registers stockcraft.syncs under its own label."""

    name = "stockcraft.syncs"
    verbose_name = _("Syncs")
    label = "syncs"
    default_auto_field = "django.db.models.BigAutoField"
