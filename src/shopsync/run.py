"""One run, in steps that may repeat: choose a route, read, sweep what is gone, settle what was set aside, look again at
what was held; or only follow the shop's hints of what was touched.

Each step fetches first, then gathers, decides and writes in one transaction together with the progress,
so a run that is killed anywhere goes on from its last finished step.
"""

from collections.abc import Callable
from contextlib import nullcontext

from shopsync import guard, route
from shopsync.apply import apply
from shopsync.changes import HoldReason
from shopsync.errors import NotReady, Overtaken
from shopsync.match import live_first_matches
from shopsync.ports import Catalogue, Phase, Progress, Source, Standing, Step, Watch
from shopsync.sweep import gone

# How many products one look-up by id asks for; Shopify takes 250 ids at most.
# https://shopify.dev/docs/api/usage/limits
LOOKUP = 250

# What was set aside is settled once; from then on it waits for a person.
AFTER_SETTLING = frozenset({Phase.SETTLE, Phase.MATCH})


def sync(
    source: Source,
    catalogue: Catalogue,
    wait: Callable[[float], None] | None = None,
    watch: Watch = nullcontext,
) -> None:
    """Bring the catalogue up to date with the shop, from wherever the run stands.

    Raises the errors of ``shopsync.errors``; whatever was written before stays and is right. ``wait`` lets so many
    seconds pass while Shopify prepares a page; without it ``NotReady`` is raised, and another call goes on. ``watch``
    is told each step by its phase.
    """
    phases = {
        Phase.CHOOSE: choose,
        Phase.CHANGES: read,
        Phase.RECONCILE: reconcile,
        Phase.READ: read,
        Phase.SWEEP: sweep,
        Phase.SETTLE: settle,
        Phase.MATCH: match,
        Phase.SECOND_LOOK: second_look,
        Phase.CONFIRMED: carry_out,
        Phase.HINTS: follow_hints,
    }
    overtaken_at: Progress | None = None
    while (progress := catalogue.progress()).phase is not Phase.DONE:
        try:
            with watch(progress.phase.value):
                phases[progress.phase](source, catalogue, progress)
        except Overtaken:
            # Nothing of the step was written; it is decided anew.
            if overtaken_at == progress:
                raise
            overtaken_at = progress
        except NotReady as error:
            if wait is None:
                raise
            wait(error.after)


def choose(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Choose the route, from what earlier runs left behind and the shop's own counts."""
    total = source.count()
    with catalogue.step():
        past = catalogue.past()
    changed = source.changed(past.since) if past.since and not route.reason_for_whole(past) else None
    _take(source, catalogue, route.choose(total, past, changed), total)


def read(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Read and apply one page of the whole shop, or of its changes."""
    total = progress.total if progress.total is not None else source.count()
    page = source.read(progress.cursor)
    after = Phase.RECONCILE if progress.phase is Phase.CHANGES else Phase.SWEEP
    phase = progress.phase if page.cursor else after
    apply(catalogue, page, Progress(phase, page.cursor, total), listed=True)


def reconcile(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Compare the counts after a read of changes: something gone from the shop shows in no change.

    Where they disagree, also with the shop's count of this moment, the whole shop is read in the same run.
    """
    total = progress.total
    with catalogue.step():
        standing = catalogue.standing()
        agree = _close_changes(catalogue, total, standing)
    if agree:
        return
    total = source.count()
    with catalogue.step():
        past = catalogue.past()
        agree = _close_changes(catalogue, total, standing)
    if not agree:
        _take(source, catalogue, route.whole(total, past, route.Why.COUNTS), total)


def _close_changes(catalogue: Catalogue, total: int | None, standing: Standing) -> bool:
    """Go on, inside a step, if the shop's count is the one believed; says whether it is."""
    if total == standing.believed:
        # Local duplicates are a warning of every run, whether or not it read their product.
        catalogue.write(Step(progress=_beyond(catalogue, Phase.RECONCILE, total), duplicates=standing.copies))
    return total == standing.believed


def sweep(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Look up a batch of local products that the complete read did not show; those the shop lost are to be archived.

    Products that the look-up does find (created or reordered while we read) are applied like any other. What is here at
    the end is compared with the shop's count; where that of the beginning differs, it is asked for once more, as the
    read took a while.
    """
    after = int(progress.cursor or 0)
    with catalogue.step():
        unseen = catalogue.unseen(after, LOOKUP)
        agree = not unseen and catalogue.standing().believed == progress.total
    if not unseen:
        total = progress.total if agree else source.count()
        with catalogue.step():
            catalogue.write(Step(progress=_beyond(catalogue, Phase.SWEEP, total)))
        return
    page = source.lookup(sorted({local.shop_id for local in unseen}))
    beyond = Progress(Phase.SWEEP, str(unseen[-1].id), progress.total)
    apply(catalogue, page, beyond, listed=True, planned=gone(unseen, page.shown))


def settle(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Write a batch of what was set aside, as the shop is now; a part that is unusually big stays for a person.

    The parts are weighed once, before the first batch, and remembered in the cursor.
    """
    with catalogue.step():
        parts, after = guard.place(progress.cursor) if progress.cursor else (_safe_parts(catalogue), 0)
        planned = catalogue.planned(parts, after, LOOKUP) if parts else ()
        if not planned:
            catalogue.write(Step(progress=_beyond(catalogue, Phase.SETTLE, progress.total)))
            return
    page = source.lookup([change.shop_id for change in planned])
    beyond = Progress(Phase.SETTLE, guard.cursor(parts, planned[-1].shop_id), progress.total)
    apply(catalogue, page, beyond, listed=True, settled=planned)


def _safe_parts(catalogue: Catalogue) -> frozenset[guard.Part]:
    """What may be written without asking; where nothing is set aside there is nothing to weigh."""
    some = catalogue.planned(tuple(guard.Part), 0, 1)
    return guard.safe_parts(catalogue.weight()) if some else frozenset()


def match(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Look again at products that may be unlinked local ones, now that all the shop's SKUs are known.

    They are not while the guard keeps updates from being written: one of those may carry the SKU since.
    """
    with catalogue.step():
        known = not catalogue.planned((guard.Part.UPDATES,), 0, 1)
        waiting = catalogue.held(HoldReason.NEEDS_DECISION, int(progress.cursor or 0), LOOKUP) if known else ()
        if not waiting:
            catalogue.write(Step(progress=_beyond(catalogue, Phase.MATCH, progress.total)))
            return
    page = source.lookup(waiting)
    apply(catalogue, page, Progress(Phase.MATCH, str(waiting[-1]), progress.total), listed=False)


def carry_out(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Write a batch of a plan that a person approved, exactly as it was; raises ``PlanStale`` if the shop moved on."""
    with catalogue.step():
        planned = catalogue.planned(tuple(guard.Part), int(progress.cursor or 0), LOOKUP)
        if not planned:
            catalogue.write(Step(progress=Progress(Phase.DONE, None, progress.total)))
            return
    page = source.lookup([change.shop_id for change in planned])
    guard.check(planned, page.products)
    beyond = Progress(Phase.CONFIRMED, str(planned[-1].shop_id), progress.total)
    apply(catalogue, page, beyond, listed=True, settled=planned)


def second_look(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Bring in what waited for room, in the shop's order, if the sweep made some."""
    after = int(progress.cursor or 0)
    with catalogue.step():
        room = catalogue.room()
        batch = LOOKUP if room is None else max(0, min(LOOKUP, room))
        waiting = catalogue.held(HoldReason.PLAN_LIMIT, after, batch) if batch else ()
        if not waiting:
            catalogue.write(Step(progress=Progress(Phase.DONE, None, progress.total)))
            return
    page = source.lookup(waiting)
    beyond = Progress(Phase.SECOND_LOOK, str(waiting[-1]), progress.total)
    apply(catalogue, page, beyond, listed=False)


def follow_hints(source: Source, catalogue: Catalogue, progress: Progress) -> None:
    """Look up a batch of the products that the shop named as touched, and apply what they are now.

    Hints come late, twice and in any order, so nothing they say counts but which product to look at. A product that
    the look-up does not find is to be archived.
    """
    after = int(progress.cursor or 0)
    with catalogue.step():
        ids = catalogue.hinted(after, LOOKUP)
        if not ids:
            catalogue.write(Step(progress=_beyond(catalogue, Phase.HINTS, progress.total)))
            return
        here = live_first_matches(catalogue.known(ids))
    page = source.lookup(ids)
    beyond = Progress(Phase.HINTS, str(ids[-1]), progress.total)
    apply(catalogue, page, beyond, listed=True, planned=gone(here, page.shown))


def _beyond(catalogue: Catalogue, phase: Phase, total: int | None) -> Progress:
    """The next phase after this one, of those after a read, that has something to do; inside a step."""
    if phase not in AFTER_SETTLING and catalogue.planned(tuple(guard.Part), 0, 1):
        return Progress(Phase.SETTLE, None, total)
    if phase is not Phase.MATCH and catalogue.held(HoldReason.NEEDS_DECISION, 0, 1):
        return Progress(Phase.MATCH, None, total)
    if catalogue.held(HoldReason.PLAN_LIMIT, 0, 1):
        return Progress(Phase.SECOND_LOOK, None, total)
    return Progress(Phase.DONE, None, total)


def _take(source: Source, catalogue: Catalogue, way: route.Way, total: int) -> None:
    """Go this way from here on."""
    phase = Phase.READ if way.whole else Phase.CHANGES
    begun = Step(progress=Progress(phase, source.start(way), total), way=way)
    with catalogue.step():
        catalogue.write(begun)
