"""What is gone from the shop."""

from shopsync.changes import Archive, Planned
from shopsync.ports import Local
from shopsync.sweep import archives, gone

UNSEEN = [Local(10, 1, None, title="One"), Local(20, 2, None, title="Two")]


def test_only_what_the_look_up_does_not_find_either_is_gone() -> None:
    assert gone(UNSEEN, {1}) == [Planned(20, 2, "Two", None)]


def test_nothing_is_gone_when_the_look_up_finds_all() -> None:
    assert gone(UNSEEN, {1, 2, 3}) == []


def test_a_planned_archive_is_carried_out_only_while_the_product_is_still_absent() -> None:
    planned = [*gone(UNSEEN, ()), Planned(30, 3, "An update", b"d" * 16)]
    assert archives(planned, {1}) == [Archive(20, 2, "Two")]
