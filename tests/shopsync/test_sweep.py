"""What is gone from the shop."""

from shopsync.changes import Archive
from shopsync.ports import Local
from shopsync.sweep import gone

UNSEEN = [Local(10, 1, None, title="One"), Local(20, 2, None, title="Two")]


def test_only_what_the_look_up_does_not_find_either_is_gone() -> None:
    assert gone(UNSEEN, {1}) == [Archive(20, 2, "Two")]


def test_nothing_is_gone_when_the_look_up_finds_all() -> None:
    assert gone(UNSEEN, {1, 2, 3}) == []
