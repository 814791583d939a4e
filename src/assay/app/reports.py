"""The commands that run, publish and list reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.app.console import Ticker, aligned, print_json, say, warn
from assay.core.errors import AssayError, ParameterError, nearest
from assay.workbench.cards import collect_cards
from assay.workbench.catalogue import find_report, reports, title_of
from assay.workbench.layout import INDEX_FILE, RUN_FILES
from assay.workbench.plan import given_parameters
from assay.workbench.project import Project
from assay.workbench.publish import Outcome, Progress, publish
from assay.workbench.runs import digests_of, run_report
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.workbench.publish import Renderer

RENDERERS: dict[str, Renderer] = {"auto": "auto", "quarto": "quarto", "embedded": "embedded"}


def run_once(  # noqa: PLR0913  one for each option of the command
    report: str,
    file: Path | None,
    set_name: str | None,
    assignments: Sequence[str],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Runs one report and says what it found and where that lies."""
    project, ticker = Project.at(), Ticker()
    given = given_parameters(
        project, find_report(project, report), file=file, set_name=set_name, assignments=assignments
    )
    try:
        done = run_report(
            project,
            report,
            given,
            out,
            progress=lambda cell, cells: ticker.tick(f"{report}  cell {cell} of {cells}"),
        )
    finally:
        ticker.clear()
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
    """Publishes and says what became of each report; 1 where one failed.

    A single report that fails answers with its own exit code.

    Raises:
        ParameterError: where the renderer is unknown.
    """
    if renderer not in RENDERERS:
        raise ParameterError(
            f"renderer {renderer!r} is unknown", remedy=nearest(renderer, RENDERERS)
        )
    project, ticker = Project.at(), Ticker()
    try:
        outcomes = publish(
            project,
            names or None,
            force=force,
            renderer=RENDERERS[renderer],
            progress=lambda step: _show(step, ticker, quiet=as_json),
        )
    finally:
        ticker.clear()
    index = project.published / INDEX_FILE
    if as_json:
        print_json({"index": str(index), "reports": [_outcome_json(o) for o in outcomes]})
    else:
        _tell(outcomes)
        say(f"Index: {index}")
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    return failed[0].exit_code if len(failed) == len(outcomes) == 1 else int(bool(failed))


def print_catalogue(*, as_json: bool) -> None:
    """Shows what can be run, and how its newest version stands."""
    project = Project.at()
    digests = digests_of(project)
    cards = {(card.report, card.set_name): card for card in collect_cards(project, digests=digests)}
    digests.save()
    rows: list[dict[str, Any]] = []
    for report in reports(project):
        try:
            title, sets, fault = title_of(report), list(sets_of(project, report.name)), ""
        except AssayError as error:
            title, sets, fault = "", [], error.message
        rows.extend(
            {
                "report": report.name,
                "set": set_name,
                "title": title,
                "state": cards[report.name, set_name].state
                if (report.name, set_name) in cards
                else "unpublished",
                "version": cards[report.name, set_name].version
                if (report.name, set_name) in cards
                else None,
            }
            for set_name in sets
        )
        if fault:
            rows.append(
                {
                    "report": report.name,
                    "set": "",
                    "title": fault,
                    "state": "unreadable",
                    "version": None,
                }
            )
    if as_json:
        print_json(rows)
        return
    head = ("REPORT", "SET", "STATE", "VERSION", "TITLE")
    lines = [
        (row["report"], row["set"], row["state"], row["version"] or "–", row["title"])
        for row in rows
    ]
    for line in aligned([head, *lines]):
        say(line)


def _show(step: Progress, ticker: Ticker, *, quiet: bool) -> None:
    if quiet:
        return
    name = _named(step.report, step.set_name)
    if step.stage == "running":
        ticker.tick(f"{name}  cell {step.cell} of {step.cells}")
    elif step.stage == "rendering":
        ticker.tick(f"{name}  rendering")
    else:
        ticker.clear()


def _tell(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        name = _named(outcome.report, outcome.set_name)
        if outcome.error is not None:
            warn(f"failed     {name}: {outcome.error}")
        elif outcome.state == "published":
            say(f"published  {name}  {outcome.version}  ({outcome.seconds:.1f} s)")
    current = sum(outcome.state == "current" for outcome in outcomes)
    if outcomes and current == len(outcomes):
        say(f"Nothing to do: {_counted(current)} current.")
    elif current:
        say(f"{_counted(current)} current already.")


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
