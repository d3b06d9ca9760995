"""What each request passes: the short way of webhooks, then the reader's language and time zone."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from stockcraft.web.webhooks import shopify_webhooks

# Without a slash at the end: a redirect would count as a failed delivery.
WEBHOOKS = "/shopify/webhooks"

Handler = Callable[[HttpRequest], HttpResponse]


class WebhooksMiddleware:
    """Answers Shopify's deliveries ahead of everything that only people need: sessions, languages, policies of scripts.

    In a flood of deliveries those would take more time than the delivery does.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return shopify_webhooks(request) if request.path_info == WEBHOOKS else self.get_response(request)


class PreferencesMiddleware:
    """Activates the signed-in user's language and time zone; strangers get their browser's language and UTC."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if request.user.is_authenticated else None
        language = (user and user.language) or translation.get_language_from_request(request)
        with translation.override(language), timezone.override(_zone(user.timezone if user else "")):
            request.LANGUAGE_CODE = translation.get_language() or "en"
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
