"""The commands that run, publish and list reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from assay.app.console import aligned, passing, print_json, say, show, warn
from assay.app.place import take_in, this_project
from assay.core.errors import AssayError, DataError, ParameterError, nearest
from assay.workbench.cards import collect_cards
from assay.workbench.catalogue import find_report, reports, title_of
from assay.workbench.dates import as_of_day
from assay.workbench.layout import INDEX_FILE, RUN_FILES
from assay.workbench.plan import given_parameters
from assay.workbench.publish import Outcome, Progress, Renderer, publish
from assay.workbench.runs import digests_of, run_report
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assay.workbench.cards import Card
    from assay.workbench.catalogue import Report
    from assay.workbench.project import Project

RENDERERS: Final[dict[str, Renderer]] = {name: name for name in get_args(Renderer)}

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


def publish_all(names: Sequence[str], renderer: str, *, force: bool, as_json: bool) -> int:
    """Publishes and says what became of each report; 1 where one failed, 3 where all wait for rows.

    A single report that fails answers with its own exit code.

    Raises:
        ParameterError: where the renderer is unknown.
    """
    if renderer not in RENDERERS:
        raise ParameterError(
            f"renderer {renderer!r} is unknown", remedy=nearest(renderer, RENDERERS)
        )
    project = this_project()
    take_in(project)
    with passing():
        outcomes = publish(
            project, names, force=force, renderer=RENDERERS[renderer], progress=_show
        )
    index = project.published / INDEX_FILE
    if as_json:
        print_json({"index": str(index), "reports": [_outcome_json(o) for o in outcomes]})
    else:
        _tell(outcomes)
        if not outcomes:
            say(_no_reports(project))
        say(f"Index: {index}")
    failed = [outcome.error for outcome in outcomes if outcome.state == "failed"]
    if outcomes and all(outcome.state == "waiting" for outcome in outcomes):
        return DataError.exit_code
    alone = failed[0] if len(failed) == len(outcomes) == 1 else None
    return alone.exit_code if alone else int(bool(failed))


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
        say(_no_reports(project))


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


def _show(step: Progress) -> None:
    name = _named(step.report, step.set_name)
    if step.stage == "running":
        show(f"{name}  cell {step.cell} of {step.cells}")
    elif step.stage == "rendering":
        show(f"{name}  rendering")


def _tell(outcomes: Sequence[Outcome]) -> None:
    waits: dict[str, list[str]] = {}
    for outcome in outcomes:
        name = _named(outcome.report, outcome.set_name)
        if outcome.state == "waiting":
            waits.setdefault(str(outcome.error), []).append(name)
        elif outcome.error is not None:
            warn(f"failed     {name}: {outcome.error}")
        elif outcome.state == "published":
            say(f"published  {name}  {outcome.version}  ({outcome.seconds:.1f} s)")
    for why, names in waits.items():
        say(f"waiting    {', '.join(names)}: {why}")
    current = sum(outcome.state == "current" for outcome in outcomes)
    waiting = sum(map(len, waits.values()))
    if current and current + waiting == len(outcomes):
        say(f"Nothing to do: {_counted(current)} current.")
    elif current:
        say(f"{_counted(current)} current already.")


def _no_reports(project: Project) -> str:
    folder = project.relative(project.notebooks)
    return f"No reports yet: a notebook {folder}/10-my-report.ipynb becomes the report my-report."


def _counted(number: int) -> str:
    return "1 report is" if number == 1 else f"{number} reports are"


def _named(report: str, set_name: str) -> str:
    return report if set_name == "default" else f"{report} · {set_name}"


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "report": outcome.report,
        "set": outcome.set_name,
        "state": outcome.state,
        "version": outcome.version,
        "seconds": round(outcome.seconds, 3),
        "error": str(outcome.error) if outcome.error else None,
    }
