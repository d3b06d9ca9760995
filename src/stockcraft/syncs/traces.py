"""What an action wrote and deleted, as the rows were, so that taking it back restores them exactly.

The database itself writes the rows down as JSON and reads them back: a price keeps its scale, a time its microseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from django.db.models import Model

from stockcraft.catalog.models import FieldRule, Product, Variant
from stockcraft.syncs.reading import execute, rows

# What goes with a product and comes back with it. Its decision and its planned changes do not: they are about syncs,
# and the next one makes them anew.
OF_A_PRODUCT: dict[str, str] = {"product": "id", "variants": "product_id", "rules": "product_id"}
# The parts of a trace. What goes over to another product is watched apart: other columns of it are written.
PARTS: dict[str, type[Model]] = {
    "product": Product, "variants": Variant, "moved": Variant, "rules": FieldRule, "moved_rules": FieldRule,
    "fingerprint": Product,
}  # fmt: skip
# What every sync may write: another value there is nobody's work.
OF_SYNCS = {"fingerprint"}

# Put together from our own tables' and columns' names, never from data.
SOME = "SELECT coalesce(jsonb_agg(jsonb_build_object({pairs}) ORDER BY id), '[]')::text FROM {table} WHERE id = ANY(%s)"
WHOLE = "SELECT coalesce(jsonb_agg(to_jsonb(old) ORDER BY id), '[]')::text FROM {table} AS old WHERE {column} = %s"
KEPT = "SELECT trace #> %s FROM syncs_resolution WHERE id = %s"
COLUMNS = f"SELECT jsonb_object_keys(kept -> 0) FROM ({KEPT}) AS old(kept)"  # noqa: S608 - own text
IDS = f"SELECT (row ->> 'id')::bigint FROM ({KEPT}) AS old(kept), jsonb_array_elements(kept) AS row"  # noqa: S608
INSERT = f"""
    INSERT INTO {{table}} ({{columns}}) SELECT {{columns}} FROM jsonb_populate_recordset(NULL::{{table}}, ({KEPT}))
"""  # noqa: S608
UPDATE = f"""
    UPDATE {{table}} AS old SET {{columns}}
      FROM jsonb_populate_recordset(NULL::{{table}}, ({KEPT})) AS new WHERE old.id = new.id
"""  # noqa: S608


class Trace:
    """Writes down what an action is about to change; ask for its ``text`` when the action is done."""

    def __init__(self) -> None:
        self._watched: dict[str, tuple[list[int], Sequence[str]]] = {}
        self._before: dict[str, msgspec.Raw] = {}
        self._deleted: dict[str, msgspec.Raw] = {}

    def watch(self, part: str, ids: Collection[int], columns: Sequence[str]) -> None:
        """These columns of these rows are going to be written."""
        self._watched[part] = (list(ids), columns)
        self._before[part] = _raw(_some(part, list(ids), columns))

    def delete(self, product: Product) -> None:
        """Keep the product with all that is its own, and delete it."""
        for part, column in OF_A_PRODUCT.items():
            statement = WHOLE.format(table=_table(part), column=column)
            self._deleted[part] = _raw(rows(statement, [product.pk])[0][0])
        product.delete()

    def text(self) -> str:
        """All of it as JSON."""
        after = {part: _raw(_some(part, ids, columns)) for part, (ids, columns) in self._watched.items()}
        return msgspec.json.encode({"before": self._before, "after": after, "deleted": self._deleted}).decode()


def stands(resolution_id: int) -> bool:
    """Whether everything that was written is still as it was left."""
    for part in PARTS.keys() - OF_SYNCS:
        if columns := _columns(resolution_id, "after", part):
            place = [["after", part], resolution_id]
            ids = [row_id for (row_id,) in rows(IDS, place)]
            kept = rows(f"SELECT ({KEPT})::text", place)[0][0]
            if _some(part, ids, columns) != kept:
                return False
    return True


def put_back(resolution_id: int) -> None:
    """Bring back what was deleted, then write what was there before."""
    for part in PARTS:
        if columns := _columns(resolution_id, "deleted", part):
            statement = INSERT.format(table=_table(part), columns=", ".join(columns))
            execute(statement, [["deleted", part], resolution_id])
    for part in PARTS:
        if columns := _columns(resolution_id, "before", part):
            assignments = [f"{column} = new.{column}" for column in columns if column != "id"]
            if "updated_at" in _known(part):
                assignments.append("updated_at = now()")
            execute(
                UPDATE.format(table=_table(part), columns=", ".join(assignments)), [["before", part], resolution_id]
            )


def _some(part: str, ids: list[int], columns: Sequence[str]) -> str:
    pairs = ", ".join(f"'{column}', {column}" for column in dict.fromkeys(("id", *columns)))
    text: str = rows(SOME.format(pairs=pairs, table=_table(part)), [ids])[0][0]
    return text


def _columns(resolution_id: int, kind: str, part: str) -> list[str]:
    """The columns that were written down, of those there are today; none where no row was."""
    known = _known(part)
    return [name for (name,) in rows(COLUMNS, [[kind, part], resolution_id]) if name in known]


def _known(part: str) -> set[str]:
    return {field.column for field in PARTS[part]._meta.concrete_fields if field.column}


def _table(part: str) -> str:
    return PARTS[part]._meta.db_table


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())
