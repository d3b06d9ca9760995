"""Rotating the keys of what is encrypted at rest, while everything goes on."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection as database
from django.db import models, transaction

from stockcraft.lib.crypto import SealedField, reseal
from stockcraft.lib.secrets import add_encryption_key, encryption_keys


def rotate() -> int:
    """Encrypt every stored secret with the newest key; returns how many there are.

    A key that was made by this installation itself gets a successor first. The one before stays readable until the
    next rotation, for processes that still write with it. Raises InvalidToken, and changes nothing of that row,
    when a secret was made with a key that is no longer known.
    """
    add_encryption_key()
    settings.ENCRYPTION_KEYS = encryption_keys()
    return sum(_reseal_column(model, field) for model, field in _sealed())


def _sealed() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield model, field


def _reseal_column(model: type[models.Model], field: SealedField) -> int:
    """Row by row and under its lock, so that a token renewed meanwhile is never put back."""
    table, column = database.ops.quote_name(model._meta.db_table), database.ops.quote_name(str(field.column))
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    done = 0
    for key in keys:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s AND {column} <> '' FOR UPDATE", [key])  # noqa: S608 - own names
            if found := cursor.fetchone():
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [reseal(found[0]), key])  # noqa: S608 - own names
                done += 1
    return done
