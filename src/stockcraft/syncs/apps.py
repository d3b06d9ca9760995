"""The Django app of syncs."""

from django.apps import AppConfig


class SyncsConfig(AppConfig):
    """Registers stockcraft.syncs under its own label."""

    name = "stockcraft.syncs"
    label = "syncs"
    default_auto_field = "django.db.models.BigAutoField"
