"""Keeps a shop in a file, so that a second start finds what the merchant changed and which tokens were granted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from shopsim.sim import Tenant

EVERY = 0.5


class StateError(Exception):
    """The file cannot be used; the message says why."""


class Keeper:
    """Saves a shop whenever it has changed."""

    def __init__(self, tenant: Tenant, path: Path) -> None:
        self._tenant, self._path = tenant, path
        self._saved = b""

    def load(self) -> bool:
        """Take up the saved shop; False when there is none yet."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StateError(f"{self._path} cannot be read: {error.strerror}.") from error
        try:
            self._tenant.load(msgspec.json.decode(data))
        except (msgspec.MsgspecError, KeyError, TypeError) as error:
            raise StateError(f"{self._path} does not hold a shop; remove it to begin anew.") from error
        self._saved = data
        return True

    def save(self) -> None:
        """Write the shop if it has changed, so that a crash leaves either the old file or the new one.

        Raises StateError where it cannot be written.
        """
        data = msgspec.json.encode(self._tenant.dump())
        if data == self._saved:
            return
        draft = self._path.with_suffix(".new")
        try:
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
            os.replace(draft, self._path)
        except OSError as error:
            raise StateError(f"{self._path} cannot be written: {error.strerror}.") from error
        self._saved = data

    def watch(self) -> None:
        """Save again and again, for a thread of its own."""
        while True:
            time.sleep(EVERY)
            self.save()
