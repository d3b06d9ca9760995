"""`stockcraft up`: web and worker in one command, each watched and started again when it dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from gettext import gettext as _
from types import FrameType

import click

from stockcraft.cli.database import ready
from stockcraft.cli.serve import PORT, check_port
from stockcraft.lib import embedded

SECONDS_TO_STOP = 15.0
LONGEST_PAUSE = 30.0
SECONDS_TO_LOOK = 2.0
PR_SET_PDEATHSIG = 1


class Child:
    """One process of ours, with the pause before its next start when it keeps dying."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "stockcraft", *arguments]
        self._pause, self._started_at, self._start_at = 0.5, 0.0, 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def look_after(self, now: float) -> None:
        """Start the process, or start it again some time after it died."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None and not self._start_at:
            lived = now - self._started_at
            self._pause = 0.5 if lived > LONGEST_PAUSE else min(LONGEST_PAUSE, self._pause * 2)
            self._start_at = now + self._pause
            words = {"name": self.name, "code": self._process.returncode}
            click.echo(_("The %(name)s ended (%(code)s) and starts again.") % words, err=True)
        if now >= self._start_at:
            self._process = subprocess.Popen(self._command, preexec_fn=_die_with_parent)
            self._started_at, self._start_at = now, 0.0

    def stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its end, and end it by force after the deadline."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, envvar="PORT", default=8000, show_default=True)
@click.option("--quiet", is_flag=True, help="Do not print the address.")
def up(host: str, port: int, quiet: bool) -> None:
    """Run everything on this machine: database, web pages and a worker, until Ctrl-C."""
    check_port(host, port)
    os.environ.setdefault("STOCKCRAFT_BASE_URL", f"http://{host}:{port}")
    ready(speaking=False)
    from django.db import connection

    connection.close()
    children = [Child(_("web server"), "serve", "--host", host, "--port", str(port)), Child(_("worker"), "worker")]
    signal.signal(signal.SIGTERM, _interrupt)
    look_at = 0.0
    try:
        if not quiet:
            click.echo(
                _("StockCraft answers at %(address)s (Ctrl-C stops it).") % {"address": f"http://{host}:{port}/"}
            )
        while True:
            for child in children:
                child.look_after(time.monotonic())
            if time.monotonic() > look_at:
                _look_after_database()
                look_at = time.monotonic() + SECONDS_TO_LOOK
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    finally:
        # Ctrl-C reaches the whole group and a supervisor may add its own signal: once is enough.
        for further in (signal.SIGINT, signal.SIGTERM):
            signal.signal(further, signal.SIG_IGN)
        _stop(children)


def _look_after_database() -> None:
    """Start the embedded server again where it was killed; one that was stopped on purpose stays so."""
    if embedded.was_killed():
        click.echo(_("The database ended and starts again."), err=True)
        try:
            embedded.start_again()
        except Exception as error:  # the wheel raises whatever pg_ctl did; the next look tries again
            click.echo(str(error), err=True)


def _stop(children: list[Child]) -> None:
    for child in children:
        child.stop()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        child.wait(deadline)
    if embedded.is_embedded():
        embedded.stop()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _die_with_parent() -> None:
    """Let no child outlive a supervisor that was killed; Linux only, elsewhere there is nothing like it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
