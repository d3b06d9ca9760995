"""The Django app of catalog."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Registers stockcraft.catalog under its own label."""

    name = "stockcraft.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
