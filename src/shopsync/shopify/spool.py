"""The file of a bulk operation on our disk: whole, and every product followed by all that belongs to it.

Shopify promises the order only where children are grouped, and nothing about a file that was cut short, so neither is
trusted. The file is a cache: without it the result is downloaded again, and its order comes out the same.
https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

# Appended to whatever was a member of a connection, so it is never far from the line's end.
PARENT = b'"__parentId"'
PARENT_ENDS = 120
# How a product's line begins, up to its id: Shopify answers in the order of the question.
PRODUCT = b'{"__typename":"Product","id"'


class CutShort(Exception):
    """The file is not what the operation says it wrote."""


class _Line(msgspec.Struct):
    id: str
    parent: str | None = msgspec.field(default=None, name="__parentId")


_decode = msgspec.json.Decoder(_Line).decode


def receive(chunks: Iterable[bytes], path: Path, objects: int) -> None:
    """Write the result to ``path``, whole and grouped. Raises CutShort when it has not exactly ``objects`` lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.writelines(chunks)
    try:
        if (lines := _grouped_lines(part)) is None:
            lines = _group(part)
    except msgspec.MsgspecError as error:
        part.unlink()
        raise CutShort("a line is no JSON object with an id") from error
    if lines != objects:
        part.unlink()
        raise CutShort(f"{lines} of {objects} lines arrived")
    part.rename(path)


def _grouped_lines(path: Path) -> int | None:
    """How many whole lines there are, if each stands behind the one it belongs to, with nothing of another family
    between."""
    whole, line = 0, b"\n"
    product = variant = tail = b""
    with path.open("rb") as lines:
        for line in lines:
            whole += 1
            if tail and line.endswith(tail):
                # A brother of the line before, or of the one whose children stood between.
                variant = line
                continue
            at = line.rfind(PARENT, -PARENT_ENDS)
            if at < 0:
                if not (line.startswith(PRODUCT) and line.endswith(b"}\n")):
                    _decode(line)
                product, variant, tail = line, b"", b""
            elif product and (product.startswith(PRODUCT + line[at + len(PARENT) : -2]) or _is_of(line, product)):
                variant, tail = line, line[at:]
            elif not variant or not _is_of(line, variant):
                return None
    return whole if line.endswith(b"\n") else whole - 1


def _is_of(line: bytes, above: bytes) -> bool:
    return _decode(line).parent == _decode(above).id


def _group(path: Path) -> int:
    """Sort the file by product, in a table on disk, so that memory stays flat; how many whole lines there are."""
    table = path.with_suffix(".sorting")
    table.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(table)) as database, path.open("rb") as lines:
            database.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "CREATE TABLE line (number INTEGER PRIMARY KEY, id TEXT, parent TEXT, text BLOB);"
                "CREATE TABLE above (id TEXT PRIMARY KEY, parent TEXT, number INTEGER) WITHOUT ROWID"
            )
            rows = database.executemany("INSERT INTO line (id, parent, text) VALUES (?, ?, ?)", _rows(lines)).rowcount
            database.execute("INSERT OR IGNORE INTO above SELECT id, parent, number FROM line")
            with path.with_suffix(".grouped").open("wb") as grouped:
                grouped.writelines(text for (text,) in database.execute(_FAMILIES))
    finally:
        table.unlink(missing_ok=True)
    path.with_suffix(".grouped").rename(path)
    return rows


# A picture belongs to a variant and so to its product. Ids rise with creation: as numbers, not as texts.
_FAMILIES = """
    SELECT line.text FROM line
      LEFT JOIN above ON above.id = line.parent
      LEFT JOIN above AS top ON top.id = above.parent
     ORDER BY CAST(replace(coalesce(top.id, above.id, line.parent, line.id), 'gid://shopify/Product/', '') AS INTEGER),
              line.parent IS NOT NULL,
              CASE WHEN top.id IS NULL THEN line.number ELSE above.number END,
              top.id IS NOT NULL,
              line.number
"""


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[str, str | None, bytes]]:
    for line in lines:
        if line.endswith(b"\n"):
            found = _decode(line)
            yield found.id, found.parent, line


class Families:
    """Reads a grouped file, some whole products at a time."""

    def __init__(self, path: Path, at_least: int) -> None:
        """``at_least`` is how many bytes are read at a time, where the file has them."""
        self._path, self._at_least = path, at_least

    def read(self, offset: int) -> tuple[bytearray, int | None]:
        """The lines of the products from ``offset`` on, and where the next begin; None at the end.

        They are cut to length where they lie: a copy of so many bytes costs more than reading them.
        """
        with self._path.open("rb") as file:
            file.seek(offset)
            text = bytearray(self._at_least)
            del text[file.readinto(text) :]
            while len(text) >= self._at_least:
                if (end := _last_product(text)) > 0:
                    del text[end:]
                    return text, offset + end
                more = file.read(self._at_least)
                if not more:
                    break
                text += more
            return text, None


def _last_product(text: bytearray) -> int:
    """Where the last line that belongs to no other begins; 0 or less when it is the first line, or there is none."""
    end = text.rfind(b"\n")
    while end > 0:
        start = text.rfind(b"\n", 0, end) + 1
        if text.rfind(PARENT, max(start, end - PARENT_ENDS), end) < 0:
            return start
        end = start - 1
    return 0
