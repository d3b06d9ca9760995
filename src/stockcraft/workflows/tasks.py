"""The jobs of the queue: run a sync, start what is due, rescue what was left behind."""

from procrastinate import App, Blueprint

blueprint = Blueprint()


def on_app_ready(app: App) -> None:
    """Add the jobs to the queue's application."""
    app.add_tasks_from(blueprint, namespace="stockcraft")
