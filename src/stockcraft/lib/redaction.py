"""No token and no secret reaches a log: what looks like one is blotted out of every line, tracebacks included.

Nothing logs them on purpose; this is the net below, for a library's debug output or an exception's text.
"""

from __future__ import annotations

import logging
import re

BLOT = "[secret]"

# Shopify's own prefixes: access, refresh, user and custom-app tokens, and the secrets of apps.
_PREFIXED = re.compile(r"\bshp(?:at|rt|ua|ca|pa|ss|tka)_[A-Za-z0-9_-]+")
_NAMED = re.compile(
    r"""(?ix)
    ( \b (?: access_token | refresh_token | subject_token | client_secret | id_token | code | hmac | state | password
            | sessionid | stockcraft_session | csrftoken | x-shopify-access-token | x-shopify-hmac-sha256
            | authorization | cookie ) ["']? \s* [=:,] \s* b?["']? (?: (?:bearer|basic) \s+ )? )
    ( [^\s"'&,;)}\]]{6,} )
    """
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FERNET = re.compile(r"\bgAAAA[A-Za-z0-9_-]{20,}={0,2}")
# A database address with its password.
_ADDRESS = re.compile(r"(\b[a-z]+://[^\s:/@]+:)([^\s@/]+)(?=@)")


def redacted(text: str) -> str:
    """The text without anything that looks like a token or a secret."""
    for pattern in (_PREFIXED, _JWT, _FERNET):
        text = pattern.sub(BLOT, text)
    for pattern in (_NAMED, _ADDRESS):
        text = pattern.sub(rf"\1{BLOT}", text)
    return text


class RedactingFormatter(logging.Formatter):
    """Writes a line as any formatter would, and blots out secrets in what it wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, safe to keep."""
        return redacted(super().format(record))
