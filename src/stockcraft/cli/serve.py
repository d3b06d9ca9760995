"""`stockcraft serve`: the web pages, alone."""

from __future__ import annotations

import socket
from gettext import gettext as _
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from stockcraft.cli.database import ready
from stockcraft.lib.env import ConfigError

# 0 would take any free port and tell nobody which.
PORT = click.IntRange(1, 65535)
AT_LEAST_ONE = click.IntRange(min=1)


class WebServer(BaseApplication):
    """gunicorn with our settings: a process or two with threads, which suits pages that wait for the database."""

    def __init__(self, host: str, port: int, workers: int, threads: int) -> None:
        self._settings: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take over our settings."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application."""
        from stockcraft.wsgi import application

        return application


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, envvar="PORT", default=8000, show_default=True)
@click.option("--processes", type=AT_LEAST_ONE, default=1, show_default=True)
@click.option("--threads", type=AT_LEAST_ONE, default=8, show_default=True)
def serve(host: str, port: int, processes: int, threads: int) -> None:
    """Serve the web pages until Ctrl-C."""
    check_port(host, port)
    ready(speaking=False)
    from django.db import connection

    connection.close()
    WebServer(host, port, processes, threads).run()


def check_port(host: str, port: int, option: str = "--port") -> None:
    """Raise ConfigError when something else answers there already; ``option`` is what chooses another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            words = {"port": port, "reason": error.strerror, "option": option}
            raise ConfigError(
                _("Port %(port)s cannot be used (%(reason)s). Choose another with %(option)s.") % words
            ) from error
