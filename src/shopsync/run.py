"""One run, in steps that may repeat: read the pages, sweep what is gone, look again at what was held.

Each step fetches first, then gathers, decides and writes in one transaction together with the progress,
so a run that is killed anywhere goes on from its last finished step.
"""

from collections.abc import Sequence

from shopsync import diff
from shopsync.changes import Change, HoldReason
from shopsync.match import match_products
from shopsync.ports import Catalogue, Phase, Progress, Source, Step
from shopsync.sweep import gone
from shopsync.values import Page

# How many products one look-up by id asks for; Shopify takes 250 ids at most.
# https://shopify.dev/docs/api/usage/limits
LOOKUP = 100


def sync(source: Source, catalogue: Catalogue) -> None:
    """Bring the catalogue up to date with the shop, from wherever the run stands.

    Raises the errors of ``shopsync.errors``; whatever was written before stays and is right.
    """
    phases = {Phase.READ: read, Phase.SWEEP: sweep, Phase.SECOND_LOOK: second_look}
    while (progress := catalogue.progress()).phase is not Phase.DONE:
        phases[progress.phase](source, catalogue, progress)


def read(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Read and apply one page of the shop."""
    total = progress.total if progress.total is not None else source.count()
    page = source.read(progress.cursor)
    phase = Phase.READ if page.cursor else Phase.SWEEP
    _apply(catalogue, page, Progress(phase, page.cursor, total), listed=True)


def sweep(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Look up a batch of local products that the complete read did not show, and archive those the shop lost.

    Products that the look-up does find (created or reordered while we read) are applied like any other.
    """
    after = int(progress.cursor or 0)
    with catalogue.step():
        unseen = catalogue.unseen(after, LOOKUP)
    if not unseen:
        _advance(catalogue, Progress(Phase.SECOND_LOOK, None, progress.total))
        return
    page = source.lookup(sorted({local.shop_id for local in unseen}))
    still_there = {product.id for product in page.products} | {broken.shop_id for broken in page.unreadable}
    beyond = Progress(Phase.SWEEP, str(unseen[-1].id), progress.total)
    _apply(catalogue, page, beyond, listed=True, more=gone(unseen, still_there))


def second_look(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Bring in what waited for room, in the shop's order, if the sweep made some."""
    after = int(progress.cursor or 0)
    with catalogue.step():
        room = catalogue.room()
        batch = LOOKUP if room is None else max(0, min(LOOKUP, room))
        waiting = catalogue.held(HoldReason.PLAN_LIMIT, after, batch) if batch else ()
    if not waiting:
        _advance(catalogue, Progress(Phase.DONE, None, progress.total))
        return
    page = source.lookup(waiting)
    beyond = Progress(Phase.SECOND_LOOK, str(waiting[-1]), progress.total)
    _apply(catalogue, page, beyond, listed=False)


def _apply(catalogue: Catalogue, page: Page, progress: Progress, *, listed: bool, more: Sequence[Change] = ()) -> None:
    """Decide what a page means and write it, in one transaction."""
    ids = [product.id for product in page.products]
    with catalogue.step():
        matches, duplicates = match_products(page.products, catalogue.known(ids))
        changes, suspects = diff.first_look(
            matches, ignored=catalogue.ignored(ids), room=catalogue.room(), keep=catalogue.as_stored
        )
        stored = catalogue.stored([suspect.local.id for suspect in suspects])
        changes += diff.close_look(suspects, stored, catalogue.as_stored)
        changes += [*diff.failures(page.unreadable), *more]
        seen = [*ids, *(broken.shop_id for broken in page.unreadable)] if listed else []
        catalogue.write(Step(progress=progress, changes=changes, duplicates=duplicates, read=seen))


def _advance(catalogue: Catalogue, progress: Progress) -> None:
    with catalogue.step():
        catalogue.write(Step(progress=progress))
