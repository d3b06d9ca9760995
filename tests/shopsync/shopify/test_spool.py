"""A bulk result on disk: whole or refused, grouped whatever its order, and read some whole products at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from shopsync.shopify.spool import CutShort, Families, receive


def product(number: int) -> dict[str, str]:
    return {"__typename": "Product", "id": f"gid://shopify/Product/{number}"}


def variant(number: int, of: int) -> dict[str, str]:
    own = f"gid://shopify/ProductVariant/{number}"
    return {"__typename": "ProductVariant", "id": own, "__parentId": f"gid://shopify/Product/{of}"}


def picture(number: int, of: int) -> dict[str, str]:
    own = f"gid://shopify/MediaImage/{number}"
    return {"__typename": "MediaImage", "id": own, "__parentId": f"gid://shopify/ProductVariant/{of}"}


FAMILIES = [
    [product(9), variant(91, 9), picture(1, 91), variant(92, 9)],
    [product(10)],
    [product(100), variant(1001, 100), picture(2, 1001), picture(3, 1001), variant(1002, 100), picture(4, 1002)],
]


def written(family: list[dict[str, str]], separators: tuple[str, str] = (",", ":")) -> list[bytes]:
    """Lines as Shopify writes them, unless told otherwise."""
    return [(json.dumps(line, separators=separators).replace("/", "\\/") + "\n").encode() for line in family]


LINES = [line for family in FAMILIES for line in written(family)]
WHOLE = b"".join(LINES)


def received(folder: Path, lines: list[bytes], objects: int | None = None) -> bytes:
    path = folder / "7.jsonl"
    receive(iter(lines), path, len(lines) if objects is None else objects)
    assert [left.name for left in folder.iterdir()] == ["7.jsonl"]
    return path.read_bytes()


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["tight", "spaced"])
def test_a_grouped_file_is_kept_as_it_came(separators: tuple[str, str], tmp_path: Path) -> None:
    lines = [line for family in FAMILIES for line in written(family, separators)]
    assert received(tmp_path, lines) == b"".join(lines)


def test_a_child_behind_another_product_with_a_longer_number_is_brought_home(tmp_path: Path) -> None:
    ten, hundred = written([product(10), variant(101, 10)]), written([product(100)])
    assert received(tmp_path, [ten[0], hundred[0], ten[1]]) == b"".join([*ten, *hundred])


def test_it_may_come_in_any_pieces(tmp_path: Path) -> None:
    path = tmp_path / "7.jsonl"
    receive((WHOLE[at : at + 7] for at in range(0, len(WHOLE), 7)), path, len(LINES))
    assert path.read_bytes() == WHOLE


@pytest.mark.parametrize("seed", range(12))
def test_children_may_come_before_their_parents_and_far_from_them(seed: int, tmp_path: Path) -> None:
    shuffled = LINES[:]
    Random(seed).shuffle(shuffled)
    found = [json.loads(line) for line in received(tmp_path, shuffled).splitlines()]
    order = {line["id"]: place for place, line in enumerate(found)}
    assert [line["id"].rsplit("/", 1)[1] for line in found if "__parentId" not in line] == ["9", "10", "100"]
    assert sorted(order) == sorted(line["id"] for family in FAMILIES for line in family)
    for family in FAMILIES:
        places = [order[line["id"]] for line in family]
        assert max(places) - min(places) == len(family) - 1
    for line in found:
        if "MediaImage" in line["id"]:
            between = found[order[line["__parentId"]] + 1 : order[line["id"]]]
            assert all("MediaImage" in other["id"] for other in between)


@pytest.mark.parametrize("order", [LINES, LINES[::-1]], ids=["grouped", "in another order"])
@pytest.mark.parametrize(
    "cut",
    [
        lambda lines: lines[:-1],
        lambda lines: [*lines[:-1], lines[-1][:-20]],
        lambda lines: [*lines[:-1], lines[-1][:-1]],
        lambda lines: [*lines, lines[0]],
        lambda _lines: [],
    ],
    ids=["a line missing", "the last line cut", "no newline at the end", "a line too many", "nothing"],
)
def test_a_file_that_is_not_what_the_operation_wrote_is_refused(
    order: list[bytes], cut: Callable[[list[bytes]], list[bytes]], tmp_path: Path
) -> None:
    with pytest.raises(CutShort):
        receive(iter(cut(order)), tmp_path / "7.jsonl", len(LINES))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_result_is_whole_where_nothing_was_written(tmp_path: Path) -> None:
    assert received(tmp_path, []) == b""


@pytest.mark.parametrize("line", [b"<html>\n", LINES[0][:-3] + b"\n"], ids=["a page", "half a product"])
def test_a_line_that_is_no_object_is_refused(line: bytes, tmp_path: Path) -> None:
    with pytest.raises(CutShort):
        receive(iter([line]), tmp_path / "7.jsonl", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at_least", [1, 60, 200, 333, 10_000])
def test_whole_products_are_read_at_a_time_however_few_bytes(at_least: int, tmp_path: Path) -> None:
    path = tmp_path / "7.jsonl"
    receive(iter(LINES), path, len(LINES))
    parts, offset = [], 0
    while True:
        text, further = Families(path, at_least).read(offset)
        parts.append(text)
        assert text.count(b'"Product"') >= 1
        assert not json.loads(text.splitlines()[0]).get("__parentId")
        if further is None:
            break
        offset = further
    assert b"".join(parts) == WHOLE
    assert len(parts) == (1 if at_least == 10_000 else len(parts)) <= len(FAMILIES)
