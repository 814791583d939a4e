"""The index of all published reports: one self-contained page, what needs a decision first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.errors import ProjectError
from assay.workbench.entries import DECIDE, FAILED, OUTDATED, SEVERITIES, STATES, entry_of
from assay.workbench.files import write_atomically
from assay.workbench.layout import FEED_FILE, INDEX_FILE
from assay.workbench.pages import asset, environment, style, trusted
from assay.workbench.policy import source_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.cards import Card
    from assay.workbench.entries import Entry
    from assay.workbench.project import Project
    from assay.workbench.render.theme import Theme


def write_index(project: Project, cards: Sequence[Card]) -> None:
    """Write `index.html` into the folder of the published reports."""
    write_atomically(
        project.published / INDEX_FILE, index_page(project.name, cards, theme=_theme(project))
    )


def _theme(project: Project) -> Theme:
    """Assay's own where the project's cannot be used, which each report tells as its failure."""
    from assay.workbench.render.theme import Theme  # noqa: PLC0415  only to write a page

    try:
        return Theme.read(project.root)
    except ProjectError:
        return Theme()


def index_page(name: str, cards: Sequence[Card], *, theme: Theme | None = None) -> str:
    """The page itself.

    Order: what needs a decision, then what failed, then the rest; the newest first in each.
    """
    newest_first = sorted(cards, key=lambda card: (card.as_of, card.name), reverse=True)
    entries = sorted((entry_of(card) for card in newest_first), key=lambda entry: entry.rank)
    script = asset("assets/index.js")
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            project=name,
            summary=_summary(entries),
            cards=entries,
            states=STATES,
            severities=SEVERITIES,
            feed=FEED_FILE,
            css=style() + trusted(theme.css if theme else ""),
            theme=theme,
            script=trusted(script),
            script_hash=source_hash(script),
        )
    )


def _summary(entries: Sequence[Entry]) -> str:
    decide, failed, old = (
        sum(f'"{state}"' in entry.states for entry in entries)
        for state in (DECIDE, FAILED, OUTDATED)
    )
    told = {0: "Nothing needs a decision", 1: "One report needs a decision"}.get(
        decide, f"{decide} reports need a decision"
    )
    stale = {0: "", 1: "; one is out of date"}.get(old, f"; {old} are out of date")
    stale += {0: "", 1: "; one failed"}.get(failed, f"; {failed} failed")
    return f"{told}{stale}."
