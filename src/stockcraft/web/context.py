"""What every page's frame shows: the account, its plan's use, the navigation."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The template context of the frame around each page."""
    return {}
