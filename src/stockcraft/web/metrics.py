"""What an operator's Prometheus reads, for those who have the token."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from stockcraft.workflows.measures import exposition


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The measures; 404 for whoever has not `STOCKCRAFT_METRICS_TOKEN`, and for all while there is none."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    try:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("# The database does not answer.\n", status=503, content_type=CONTENT_TYPE_LATEST)
