"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from stockcraft.workflows.pressure import why_busy


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and holds our tables; 503 until then. Says too what keeps workers from beginning syncs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from accounts_account limit 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    why = why_busy()
    return JsonResponse({"status": "ok"} | ({"no_sync_begins": why} if why else {}))
