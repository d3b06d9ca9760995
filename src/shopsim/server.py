"""The HTTP server: plain or with a certificate, and able to hang up without an answer."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from shopsim.app import Application, Dropped

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THREADS = 8


class ServerError(Exception):
    """It cannot serve; the message says why and what to do."""


class Server:
    """Serves an application until stopped."""

    def __init__(self, app: Application, host: str, port: int, certificate: tuple[Path, Path] | None = None) -> None:
        """``certificate`` is a certificate and its key, both PEM files. Raises ServerError."""
        self._server = wsgi.Server((host, port), _answer_or_hang_up(app), numthreads=THREADS, server_name="shopsim")
        self._server.gateway = _Gateway
        self._stopping: threading.Thread | None = None
        self.scheme = "https" if certificate else "http"
        try:
            if certificate:
                self._server.ssl_adapter = BuiltinSSLAdapter(*map(str, certificate))
            self._server.prepare()
        except OSError as error:
            raise ServerError(_sentence(error, host, port, certificate)) from error

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._server.bind_addr[:2]
        return f"{self.scheme}://{host}:{port}/"

    def serve(self) -> None:
        """Answer until stopped."""
        self._server.serve()
        if self._stopping:
            self._stopping.join()

    def stop(self) -> None:
        """Stop answering; safe to call from a signal handler, whatever the serving thread was doing."""
        if self._stopping is None:
            self._stopping = threading.Thread(target=self._server.stop, name="shopsim-stop")
            self._stopping.start()


def _sentence(error: OSError, host: str, port: int, certificate: tuple[Path, Path] | None) -> str:
    words = str(error)
    if certificate and isinstance(error, ssl.SSLError):
        return f"{certificate[0]} and {certificate[1]} are not a PEM certificate and its key."
    if certificate and isinstance(error, FileNotFoundError):
        return f"There is no file {certificate[0]}, or none {certificate[1]}."
    if error.errno == errno.EADDRINUSE or f"Errno {errno.EADDRINUSE}" in words:
        return f"Port {port} is in use. Choose another with --port."
    if isinstance(error, socket.gaierror) or "Name or service" in words or f"Errno {errno.EADDRNOTAVAIL}" in words:
        return f"This machine has no address {host}. Choose another with --host."
    return f"Port {port} cannot be used: {error}. Choose another with --port."


def _answer_or_hang_up(app: Application) -> Any:
    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Dropped:
            environ["shopsim.hang_up"]()
            return []

    return serve


class _Gateway(wsgi.Gateway_10):
    """Gives the application a way to close the connection."""

    def respond(self) -> None:
        """Answer one request."""
        self.env["shopsim.hang_up"] = self._hang_up
        super().respond()

    def _hang_up(self) -> None:
        self.req.close_connection = True
        self.req.sent_headers = True
        with contextlib.suppress(OSError):
            self.req.conn.socket.shutdown(socket.SHUT_RDWR)
