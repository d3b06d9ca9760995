"""Pages for what went wrong with a request, in the look of all the others."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The reader is known but may not do this."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing is here, or nothing the reader may know of."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault. Shows nothing that could fail again: no account, no user, no database."""
    from django.template import loader

    return HttpResponse(loader.render_to_string("500.html"), status=500)
