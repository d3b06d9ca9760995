"""What every step that has a page does with it: gather, decide and write, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from shopsync import diff, guard
from shopsync.changes import Archive, Change, Drift, Planned
from shopsync.errors import Overtaken
from shopsync.match import Match, live_first_matches, match_products
from shopsync.ports import Catalogue, Local, Phase, Progress, Step, Stored
from shopsync.sweep import archives
from shopsync.values import Page

# Steps of these phases know every product of the shop, as far as this run learns of it.
AFTER_THE_READ = frozenset({Phase.MATCH, Phase.SECOND_LOOK})


def apply(
    catalogue: Catalogue,
    page: Page,
    progress: Progress,
    *,
    listed: bool,
    planned: Sequence[Planned] = (),
    settled: Sequence[Planned] = (),
) -> None:
    """Decide what a page means and write it, in one transaction.

    ``planned`` is to be set aside with what alarms in the page; ``settled`` was set aside and is decided now. Of both
    only those count that a person has not taken out of the sync meanwhile.
    """
    with catalogue.step():
        asked = (*(product.id for product in page.listed), *(change.shop_id for change in (*planned, *settled)))
        known = catalogue.known(asked)
        planned, standing = _in_place(planned, known), _in_place(settled, known)
        page = page.without({change.shop_id for change in settled} - {change.shop_id for change in standing})
        shown = page.shown
        archived = archives(standing, shown)
        leaving: list[Planned | Archive] = [*planned, *archived]
        unread, read = diff.skim(page.familiar, known)
        products = sorted((*page.products, *read), key=attrgetter("id"))
        matches, duplicates = match_products(products, known)
        unchanged, undecided = diff.sift(matches)
        changes, suspects = diff.first_look(
            undecided,
            choices=catalogue.choices([each.product.id for each in undecided]),
            room=catalogue.room() if undecided else None,
            keep=catalogue.as_stored,
            kin=_kin(catalogue, undecided, all_known=progress.phase in AFTER_THE_READ),
        )
        compared, drifts = _looked_at_closely(catalogue, suspects, leaving)
        changes += compared
        alarming: Sequence[Planned] = ()
        if not settled:
            changes, alarming = guard.set_aside(changes)
            waiting = {change.local_id for change in alarming}
            drifts = [drift for drift in drifts if drift.local_id not in waiting]
        changes += [*diff.failures(page.unreadable), *archived]
        step = Step(
            progress=progress,
            changes=changes,
            unchanged=[*unread, *unchanged],
            duplicates=duplicates,
            read=sorted(shown) if listed else (),
            newest=max((each.updated_at for each in page.listed if each.updated_at), default=None),
            drifts=drifts,
            planned=[*planned, *alarming],
            settled=[change.shop_id for change in settled],
        )
        catalogue.write(step)


def _in_place(changes: Sequence[Planned], known: Sequence[Local]) -> list[Planned]:
    """Those whose product still is the live first match of what they are about."""
    firsts = {local.id: local.shop_id for local in live_first_matches(known)} if changes else {}
    return [change for change in changes if firsts.get(change.local_id) == change.shop_id]


def _looked_at_closely(
    catalogue: Catalogue, suspects: Sequence[diff.Suspect], leaving: Sequence[Planned | Archive]
) -> tuple[list[Change], list[Drift]]:
    """What is to be written of each suspect. From here on neither they nor those that leave are anybody else's."""
    stored = catalogue.stored([*(each.local.id for each in suspects), *(change.local_id for change in leaving)])
    _check(stored, suspects, leaving)
    policies = catalogue.policies(list(stored)) if stored else {}
    return diff.close_look(suspects, stored, catalogue.as_stored, policies)


def _check(
    stored: Mapping[int, Stored], suspects: Sequence[diff.Suspect], leaving: Sequence[Planned | Archive]
) -> None:
    """Raise ``Overtaken`` where a product is no longer what was decided on."""
    now = {local_id: product.shop_id for local_id, product in stored.items()}
    decided = {each.local.id: None if each.link else each.product.id for each in suspects}
    decided |= {change.local_id: change.shop_id for change in leaving}
    for local_id, shop_id in decided.items():
        if local_id not in now or now[local_id] != shop_id:
            raise Overtaken(f"product {local_id} was unlinked, linked or removed meanwhile")


def _kin(catalogue: Catalogue, matches: Sequence[Match], *, all_known: bool) -> diff.Kin:
    """The unlinked local products that those of the page which are not live here may be, and who else carries their
    SKUs."""
    absent = [match.product for match in matches if not match.local or match.local.archived]
    new = [variant.sku for product in absent for variant in product.variants if variant.sku]
    candidates = catalogue.candidates(new) if new else {}
    asked = {sku for skus in candidates.values() for sku in skus}
    return diff.Kin(candidates, catalogue.bearers(asked) if all_known and asked else None)
