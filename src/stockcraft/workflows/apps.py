"""The Django app of workflows."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Registers stockcraft.workflows under its own label."""

    name = "stockcraft.workflows"
    label = "workflows"
    default_auto_field = "django.db.models.BigAutoField"
