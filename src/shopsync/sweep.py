"""What is gone from the shop? Only what a complete read did not show and a look-up by id does not find."""

from collections.abc import Collection, Sequence

from shopsync.changes import Archive, Planned
from shopsync.ports import Local


def gone(unseen: Sequence[Local], still_there: Collection[int]) -> list[Planned]:
    """The unseen local products that the look-up did not find either: to be archived, if the guard agrees."""
    return [
        Planned(local.id, local.shop_id, local.title, digest=None)
        for local in unseen
        if local.shop_id not in still_there
    ]


def archives(planned: Sequence[Planned], still_there: Collection[int]) -> list[Archive]:
    """Those planned archives whose product a second look-up does not find either."""
    return [
        Archive(change.local_id, change.shop_id, change.title)
        for change in planned
        if change.digest is None and change.shop_id not in still_there
    ]
