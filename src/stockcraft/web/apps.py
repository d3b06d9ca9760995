"""The Django app of web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers stockcraft.web under its own label."""

    name = "stockcraft.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
