"""The application's addresses, and three behind which it fails on purpose: its own pages answer."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.csrf import csrf_failure

from stockcraft import urls

handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500


def not_allowed(request: HttpRequest) -> HttpResponse:
    """For owners, and the reader is none."""
    raise PermissionDenied


def our_fault(request: HttpRequest) -> HttpResponse:
    """Nobody caught it."""
    raise RuntimeError("on purpose")


urlpatterns = [
    *urls.urlpatterns,
    path("faults/not-allowed/", not_allowed),
    path("faults/form-expired/", csrf_failure),
    path("faults/our-fault/", our_fault),
]
