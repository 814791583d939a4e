"""The site around the reports: kept in step with what is on the shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.workbench.cards import collect_cards
from assay.workbench.freshness import index_is_fresh, note_index
from assay.workbench.removal import finish_removals
from assay.workbench.retention import expire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.workbench.cards import Card
    from assay.workbench.digests import Digests
    from assay.workbench.project import Project


def after_batch(
    project: Project,
    *,
    digests: Digests,
    write_index: Callable[[Project, Sequence[Card]], object] | None = None,
) -> tuple[str, ...]:
    """What is to do once reports were published or taken away; under the publisher's lock.

    Finishes removals that were stopped half-way, lets old versions go as `[publishing]` says, and
    writes the pages of versions, the feed and, last, the index, where anything has changed.

    Returns:
        The versions that were removed because of their age, as `report/set@id`.
    """
    finish_removals(project)
    gone = expire(project)
    if not index_is_fresh(project):
        write_site(project, digests=digests, write_index=write_index)
        note_index(project)
    return gone


def write_site(
    project: Project,
    *,
    digests: Digests,
    write_index: Callable[[Project, Sequence[Card]], object] | None = None,
) -> None:
    """Everything around the reports, the index last: what it leads to is there before."""
    from assay.workbench import feed, index, shelfpage  # noqa: PLC0415  only to render

    cards = collect_cards(project, digests=digests)
    shelfpage.write_histories(project, cards)
    feed.write_feed(project, cards)
    (write_index or index.write_index)(project, cards)
