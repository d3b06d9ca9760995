"""Who may read a shop: codes, access tokens and single-use refresh tokens, as Shopify grants and refuses them.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from shopsim.clock import Clock

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 7_776_000
CLIENT_CREDENTIALS_SECONDS = 86_399
CODE_SECONDS = 600
# Shopify repeats its answer to a refresh whose answer was lost; how long is not published.
REPLAY_SECONDS = 60


class Token(msgspec.Struct):
    """An access token. Times are seconds since 1970; None where it does not end."""

    access: str
    scopes: list[str]
    expires_at: float | None = None
    refresh: str | None = None
    refresh_expires_at: float | None = None
    replaced_by: str | None = None
    replaced_at: float = 0.0
    revoked: bool = False


class OAuthError(Exception):
    """A refused request: HTTP status and body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.status, self.body = status, body


class TokenOffice:
    """Grants, renews and checks the tokens of one app in one shop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, tuple[list[str], float]] = {}
        self.refreshes = 0
        # Whether the app is installed: from its first token until it is uninstalled, and again from the next one.
        self.installed = True

    def issue(
        self, scopes: list[str], *, access: str | None = None, seconds: float | None = None, refreshable: bool = False
    ) -> Token:
        """A new token; a refreshable one ends the refresh tokens of all earlier ones."""
        now = self._clock.timestamp()
        token = Token(
            access=access or f"shpat_{secrets.token_hex(16)}",
            scopes=scopes,
            expires_at=now + seconds if seconds else None,
            refresh=f"shprt_{secrets.token_hex(16)}" if refreshable else None,
            refresh_expires_at=now + REFRESH_SECONDS if refreshable else None,
        )
        with self._lock:
            self.installed = True
            if refreshable:
                for other in self._tokens.values():
                    if other.replaced_by is None:
                        other.refresh = None
            self._tokens[token.access] = token
        return token

    def code(self, scopes: list[str]) -> str:
        """A code for the callback, good once."""
        code = secrets.token_hex(16)
        with self._lock:
            self._codes[code] = (scopes, self._clock.timestamp() + CODE_SECONDS)
        return code

    def exchange(self, code: str, *, expiring: bool) -> Token:
        """The token a code buys."""
        with self._lock:
            scopes, ends = self._codes.pop(code, ([], 0.0))
        if ends < self._clock.timestamp():
            description = "The authorization code was not found or was already used"
            raise OAuthError(400, {"error": "invalid_request", "error_description": description})
        return self.grant(scopes, expiring=expiring)

    def grant(self, scopes: list[str], *, expiring: bool) -> Token:
        """A token for the whole app: one that ends and can be renewed, or one that does not end."""
        if not expiring:
            return self.issue(scopes)
        return self.issue(scopes, seconds=ACCESS_SECONDS, refreshable=True)

    def revoke(self, access: str) -> None:
        """One token ends for good."""
        with self._lock:
            self._tokens[access].revoked = True

    def refresh(self, refresh: str) -> Token:
        """A new pair for a refresh token, which works once; asked again at once, the same pair."""
        now = self._clock.timestamp()
        with self._lock:
            self.refreshes += 1
            token = next((token for token in self._tokens.values() if token.refresh == refresh), None)
            if token is None or token.revoked or (token.refresh_expires_at or 0) < now:
                raise OAuthError(400, {"error": "invalid_grant"})
            if token.replaced_by:
                fresh = self._tokens[token.replaced_by]
                is_over = token.replaced_at + REPLAY_SECONDS < now or fresh.replaced_by or fresh.refresh is None
                if is_over or fresh.revoked:
                    raise OAuthError(400, {"error": "invalid_grant"})
                return fresh
            token.replaced_by, token.replaced_at = "pending", now
            fresh = self.issue(token.scopes, seconds=ACCESS_SECONDS, refreshable=True)
            token.replaced_by = fresh.access
            return fresh

    def scopes_of(self, access: str) -> frozenset[str] | None:
        """What a token may do; None when it is unknown, expired or revoked."""
        token = self._tokens.get(access)
        if token is None or token.revoked:
            return None
        if token.expires_at is not None and token.expires_at < self._clock.timestamp():
            return None
        return frozenset(token.scopes)

    def change_scopes(self, scopes: Sequence[str]) -> list[str]:
        """Every token may do this from now on; returns what they could do before."""
        with self._lock:
            alive = [token for token in self._tokens.values() if not token.revoked]
            before = sorted({scope for token in alive for scope in token.scopes})
            for token in alive:
                token.scopes = list(scopes)
        return before

    def uninstall(self) -> None:
        """The app is no longer in the shop: all it had ends, codes not yet used as well."""
        with self._lock:
            self.revoke_all()
            self._codes.clear()
            self.installed = False

    def revoke_all(self) -> None:
        """A person revoked the app's access."""
        with self._lock:
            for token in self._tokens.values():
                token.revoked = True

    def expire_all(self) -> None:
        """Every access token ends now; refresh tokens stay good."""
        with self._lock:
            for token in self._tokens.values():
                token.expires_at = self._clock.timestamp() - 1

    def dump(self) -> list[dict[str, Any]]:
        """The tokens as plain data."""
        with self._lock:
            return [msgspec.to_builtins(token) for token in self._tokens.values()]

    def load(self, data: list[dict[str, Any]]) -> None:
        """Take up dumped tokens."""
        with self._lock:
            self._tokens = {token.access: token for token in msgspec.convert(data, list[Token])}


def granted(token: Token, now: float) -> dict[str, Any]:
    """The body of a granted token request."""
    body: dict[str, Any] = {"access_token": token.access, "scope": ",".join(token.scopes)}
    if token.expires_at is not None:
        body["expires_in"] = round(token.expires_at - now)
    if token.refresh is not None and token.refresh_expires_at is not None:
        body |= {"refresh_token": token.refresh, "refresh_token_expires_in": round(token.refresh_expires_at - now)}
    return body
