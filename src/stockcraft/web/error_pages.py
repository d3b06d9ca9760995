"""What an error's code means: a page of its own, for anyone who was given the code."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from stockcraft.syncs.reasons import REASONS


@require_safe
def error_page(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one code, in the reader's language."""
    reason = next((reason for reason in REASONS if reason.code == code), None)
    if reason is None:
        raise Http404("no such code")
    return render(request, "error_page.html", {"reason": reason})
