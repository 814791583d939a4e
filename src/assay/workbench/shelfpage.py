"""The page of one report and set: all its versions, the newest first, and those taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.workbench.entries import Link
from assay.workbench.files import write_atomically
from assay.workbench.layout import (
    HISTORY_FILE,
    NOTEBOOK_FILE,
    PAGE_FILE,
    PDF_FILE,
    RESULT_FILE,
)
from assay.workbench.pages import environment, printed_day, style
from assay.workbench.sets import display_name
from assay.workbench.summaries import what_changed
from assay.workbench.versions import shelves, tombstones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.cards import Card
    from assay.workbench.project import Project
    from assay.workbench.summaries import Summary
    from assay.workbench.tombstones import Tombstone

_FORMATS = (
    ("HTML", PAGE_FILE),
    ("PDF", PDF_FILE),
    ("JSON", RESULT_FILE),
    ("Notebook", NOTEBOOK_FILE),
)


_FIRST = "The first of those that stand."
_SAME = "Verdict and headline as in the version before."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One version as the page shows it; `gone` tells why it was taken away, "" where it stands."""

    version: str
    tag: str
    tone: str
    title: str
    sentence: str
    page: str
    created: str
    created_printed: str
    day_printed: str
    links: tuple[Link, ...]
    newest: bool = False
    gone: str = ""


def write_histories(project: Project, cards: Sequence[Card]) -> None:
    """Write `versions.html` beside the versions of every shelf, where that says anything new."""
    by_place = {(card.report, card.set_name): card for card in cards}
    for folder in shelves(project):
        report, set_name = folder.parent.name, folder.name
        card = by_place.get((report, set_name))
        gone = tombstones(project, report, set_name)
        if card is None and not gone:
            continue
        file, page = folder / HISTORY_FILE, history_page(display_name(report, set_name), card, gone)
        if not file.exists() or file.read_text(encoding="utf-8") != page:
            write_atomically(file, page)


def history_page(name: str, card: Card | None, gone: Sequence[Tombstone] = ()) -> str:
    """The page itself; its links are permanent, whatever becomes of the versions.

    Args:
        name: of the report in its set, for one of which nothing is left but notices.
        card: of the report, None where nothing is left.
        gone: what was taken away.
    """
    past = card.summaries if card else ()
    lines = [
        *(
            _line(summary, before, newest=summary is past[-1])
            for before, summary in zip((None, *past), past, strict=False)
        ),
        *(_taken_away(tombstone) for tombstone in gone),
    ]
    return (
        environment()
        .get_template("versions.html.j2")
        .render(
            name=card.name if card else name,
            title=card.title if card else name,
            failure=card.failure if card else "",
            failed_on=printed_day(card.failed_at if card else ""),
            lines=sorted(lines, key=lambda line: line.version, reverse=True),
            number=len(past),
            css=style(),
        )
    )


def _line(summary: Summary, before: Summary | None, *, newest: bool) -> Line:
    return Line(
        version=summary.version,
        tag=summary.state or "published",
        tone=summary.tone,
        title=summary.title or f"Version of {printed_day(summary.created)}",
        sentence=what_changed(before, summary) or (_SAME if before else _FIRST),
        page=f"{summary.version}/{PAGE_FILE}",
        created=summary.created,
        created_printed=_printed_time(summary.created),
        day_printed=printed_day(summary.as_of),
        links=tuple(Link(label=label, href=f"{summary.version}/{f}") for label, f in _FORMATS),
        newest=newest,
    )


def _taken_away(tombstone: Tombstone) -> Line:
    return Line(
        version=tombstone.version,
        tag="withdrawn" if tombstone.cause == "withdrawn" else "no longer kept",
        tone="attention" if tombstone.cause == "withdrawn" else "neutral",
        title=tombstone.title or f"Version of {printed_day(tombstone.created)}",
        sentence="",
        page=f"{tombstone.version}/{PAGE_FILE}",
        created=tombstone.created,
        created_printed=_printed_time(tombstone.created),
        day_printed=printed_day(tombstone.as_of),
        links=(),
        gone=said_of(tombstone),
    )


def said_of(tombstone: Tombstone) -> str:
    """Since when and why a version is gone, as a sentence."""
    on = printed_day(tombstone.at)
    if tombstone.cause == "withdrawn":
        reason = f": {tombstone.reason}" if tombstone.reason else ""
        return f"Withdrawn on {on}{reason}"
    return f"Removed on {on}: {tombstone.reason}"


def _printed_time(moment: str) -> str:
    clock = moment[11:16]
    return f"{printed_day(moment)}, {clock} UTC" if clock else printed_day(moment)
