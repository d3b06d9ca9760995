"""Which exit code a failure ends with, by its remedy, and the sentence that explains it.

The codes follow sysexits where it has a fitting one, so that scripts can tell "later" from "act".
"""

from __future__ import annotations

import json
from gettext import gettext as _
from typing import TYPE_CHECKING, Any

import click

from stockcraft.lib.env import ConfigError

if TYPE_CHECKING:
    from shopsync.errors import SyncError

OK, UNEXPECTED, USAGE, STOP, RETRY_LATER, RECONNECT = 0, 1, 2, 65, 75, 77


class Refusal(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


class NotConnected(Exception):
    """A shop could not be connected, for the reason that the engine gave."""

    def __init__(self, error: SyncError) -> None:
        super().__init__(str(error))
        self.error = error


def exit_code(error: Exception) -> int | None:
    """The exit code of an expected failure; None for one that nobody expected."""
    from shopsync import errors
    from shopsync.shopify.oauth import NotAShop
    from stockcraft.connections.refused import Refused

    if isinstance(error, ConfigError | Refusal | Refused | NotAShop):
        return USAGE
    if isinstance(error, NotConnected):
        return of_remedy(error.error)
    return of_remedy(error) if isinstance(error, errors.SyncError) else None


def of_remedy(error: Any) -> int:
    """The exit code of one of the engine's errors, given as an error or as its class."""
    from shopsync import errors

    kind = error if isinstance(error, type) else type(error)
    if issubclass(kind, errors.RetryLater):
        return RETRY_LATER
    return RECONNECT if issubclass(kind, errors.Reconnect) else STOP


def of_code(code: str) -> int:
    """The exit code of a run that failed with this reason."""
    from shopsync import errors

    if code == errors.SyncError.code:
        return UNEXPECTED
    kinds = [errors.RetryLater, errors.Reconnect, errors.Stop]
    while kinds:
        kind = kinds.pop()
        if vars(kind).get("code") == code:
            return of_remedy(kind)
        kinds += kind.__subclasses__()
    return STOP


def explain(error: Exception, *, as_json: bool) -> None:
    """Say what went wrong: a sentence on standard error, or an object on standard output."""
    code, sentence = _described(error)
    if as_json:
        click.echo(json.dumps({"error": {"code": code, "message": sentence}}))
    else:
        click.echo(sentence, err=True)


def _described(error: Exception) -> tuple[str, str]:
    from shopsync.errors import SyncError
    from shopsync.shopify.oauth import NotAShop

    if isinstance(error, NotAShop):
        return "usage", f"{error} {_('We need the address ending in .myshopify.com, or its first part.')}"
    if isinstance(error, NotConnected):
        from stockcraft.syncs.not_connected import why_not_connected

        return error.error.code, f"{why_not_connected(error.error.code)} ({error})"
    if not isinstance(error, SyncError):
        return "usage", str(error)
    from stockcraft.syncs.reasons import reason_for

    reason = reason_for(error.code)
    return error.code, f"{reason.headline}. {error} {reason.what_to_do}"
