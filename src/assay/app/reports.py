"""The commands that run and list reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.app.console import aligned, passing, print_json, say, show
from assay.app.place import take_in, this_project
from assay.app.publishing import no_reports
from assay.core.errors import AssayError
from assay.workbench.cards import collect_cards
from assay.workbench.catalogue import find_report, reports, title_of
from assay.workbench.dates import as_of_day
from assay.workbench.layout import RUN_FILES
from assay.workbench.plan import given_parameters
from assay.workbench.runs import digests_of, run_report
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assay.workbench.cards import Card
    from assay.workbench.catalogue import Report
    from assay.workbench.project import Project

Row = dict[str, str | None]
"""What the list says of one report in one parameter set, by column."""


def run_once(  # noqa: PLR0913  one for each option of the command
    report: str,
    file: Path | None,
    set_name: str | None,
    assignments: Sequence[str],
    out: Path | None,
    *,
    as_of: str | None = None,
    as_json: bool,
) -> None:
    """Runs one report and says what it found and where that lies."""
    project = this_project()
    take_in(project)
    given = given_parameters(
        project,
        find_report(project, report),
        file=file,
        set_name=set_name,
        assignments=assignments,
        as_of=as_of_day(project, as_of),
    )
    with passing():
        done = run_report(
            project,
            report,
            given,
            out,
            progress=lambda cell, cells: show(f"{report}  cell {cell} of {cells}"),
        )
    brief = done.result.get("brief") or {}
    if as_json:
        print_json(
            {
                "report": report,
                "folder": str(done.folder),
                "files": list(RUN_FILES),
                "state": brief.get("state"),
                "title": brief.get("title"),
            }
        )
        return
    if brief:
        say(f"{brief['state']}: {brief['title']}")
    say(f"{', '.join(RUN_FILES)} are in {done.folder}")


def print_catalogue(*, as_json: bool) -> None:
    """Shows what can be run, and how its newest version stands."""
    project = this_project()
    rows = _catalogue(project)
    if as_json:
        print_json(rows)
    elif rows:
        head = [name.upper() for name in rows[0]]
        for line in aligned([head, *([value or "–" for value in row.values()] for row in rows)]):
            say(line)
    else:
        say(no_reports(project))


def _catalogue(project: Project) -> list[Row]:
    digests = digests_of(project)
    cards = {(card.report, card.set_name): card for card in collect_cards(project, digests=digests)}
    digests.save()
    return [row for report in reports(project) for row in _rows(project, report, cards)]


def _rows(project: Project, report: Report, cards: Mapping[tuple[str, str], Card]) -> Iterator[Row]:
    """One for each parameter set; one that says why, where the report cannot be read."""
    try:
        title, sets = title_of(report), sets_of(project, report.name)
    except AssayError as error:
        yield _row(report, title=error.message, state="unreadable")
        return
    for set_name in sets:
        card = cards.get((report.name, set_name))
        if card is None:
            yield _row(report, set_name, title=title, state="unpublished")
        else:
            yield _row(report, set_name, title=title, state=card.state, version=card.version)


def _row(report: Report, set_name: str = "", *, title: str, state: str, version: str = "") -> Row:
    return {
        "report": report.name,
        "set": set_name,
        "state": state,
        "version": version or None,
        "title": title,
    }
