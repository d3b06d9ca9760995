"""What is gone from the shop? Only what a complete read did not show and a look-up by id does not find."""

from collections.abc import Collection, Sequence

from shopsync.changes import Archive
from shopsync.ports import Local


def gone(unseen: Sequence[Local], still_there: Collection[int]) -> list[Archive]:
    """The unseen local products that the look-up did not find either."""
    return [Archive(local.id, local.shop_id, local.title) for local in unseen if local.shop_id not in still_there]
