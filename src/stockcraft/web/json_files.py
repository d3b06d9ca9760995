"""JSON files that are sent while they are read: a list with one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from django.http import StreamingHttpResponse


def json_response(name: str, rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """The rows as a file to download."""
    response = StreamingHttpResponse(_lines(rows), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    start = b"[\n"
    for row in rows:
        yield start + msgspec.json.encode(row)
        start = b",\n"
    yield b"[]\n" if start == b"[\n" else b"\n]\n"
