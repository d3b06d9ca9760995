"""Small choices of the reader: language, time zone, times in UTC or their own zone."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from stockcraft.accounts.models import User

TIMES_COOKIE = "stockcraft_times"
YEAR = 365 * 24 * 3600


@require_GET
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Read the pages in this language from now on, and go back to where the link was."""
    if code not in dict(settings.LANGUAGES):
        raise Http404("no such language")
    if isinstance(request.user, User):
        request.user.language = code
        request.user.save(update_fields=["language"])
    answer = redirect(_back(request, request.GET.get("next", "")))
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax")
    return answer


@require_POST
@login_required
def time_zone(request: HttpRequest) -> HttpResponse:
    """Keep the browser's time zone, told by script on the first visit; a zone chosen in the profile stays."""
    name = request.POST.get("timezone", "")
    if name not in zoneinfo.available_timezones():
        return HttpResponse(status=422)
    assert isinstance(request.user, User)
    User.objects.filter(email=request.user.email, timezone="").update(timezone=name)
    return HttpResponse(status=204)


@require_POST
@login_required
def times(request: HttpRequest) -> HttpResponse:
    """Show the history's times in UTC or in the reader's own zone."""
    answer = redirect(_back(request, request.POST.get("next", "")))
    choice = "local" if request.POST.get("times") == "local" else "utc"
    answer.set_cookie(TIMES_COOKIE, choice, max_age=YEAR, samesite="Lax")
    return answer


def wants_local_times(request: HttpRequest) -> bool:
    """Whether the reader chose their own zone over UTC, and has one."""
    return request.COOKIES.get(TIMES_COOKIE) == "local" and bool(getattr(request.user, "timezone", ""))


def _back(request: HttpRequest, address: str) -> str:
    """The address to return to, if it is one of ours."""
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else "/"
