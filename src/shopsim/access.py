"""What a token's scopes allow, and Shopify's words for what they do not."""

from __future__ import annotations

from shopsim.execution import FieldError, Request

PAGE = "https://shopify.dev/api/usage/access-scopes"


def need(request: Request, field: str, *scopes: str) -> None:
    """Raise ACCESS_DENIED unless the token has one of the scopes, or the write scope that implies it."""
    if any(scope in request.scopes or scope.replace("read_", "write_") in request.scopes for scope in scopes):
        return
    required = " or ".join(f"`{scope}`" for scope in scopes) + " access scope."
    raise FieldError(
        f"Access denied for {field} field. Required access: {required}",
        "ACCESS_DENIED",
        documentation=PAGE,
        requiredAccess=required,
    )
