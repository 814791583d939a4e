"""Publishing as the command line does it: what is asked for, told while it runs, and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from assay.app.alerts import lookout
from assay.app.console import aligned, print_json, say, warn
from assay.app.place import take_in, this_project
from assay.app.progress import duration, teller
from assay.core.errors import AssayError, DataError, ParameterError, nearest
from assay.workbench.batch.journal import journals
from assay.workbench.catalogue import find_report, reports
from assay.workbench.dates import as_of_day
from assay.workbench.layout import INDEX_FILE
from assay.workbench.publish import Outcome, Press, Renderer, preview, publish, retry
from assay.workbench.sets import sets_of
from assay.workbench.versions import Version, shelf

if TYPE_CHECKING:
    from assay.workbench.project import Project
    from assay.workbench.publish import Account, Preview

RENDERERS: Final[dict[str, Renderer]] = {name: name for name in get_args(Renderer)}
INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command was asked for, each as its option says."""

    names: Sequence[str] = ()
    sets: Sequence[str] = ()
    as_of: str | None = None
    force: bool = False
    renderer: str = "auto"
    workers: int | None = None
    cluster: str | None = None
    fail_fast: bool = False
    why: bool = False
    dry_run: bool = False
    as_json: bool = False
    events: bool = False
    alerts: bool = True


def publish_all(wanted: Wanted) -> int:
    """Publishes and says what became of each report; 1 where one failed, 3 where all wait for rows.

    A single report that fails answers with its own exit code; a batch that was stopped with 130.

    Raises:
        ParameterError: where the renderer or a set is unknown.
    """
    if wanted.renderer not in RENDERERS:
        raise ParameterError(
            f"renderer {wanted.renderer!r} is unknown", remedy=nearest(wanted.renderer, RENDERERS)
        )
    if wanted.as_json and wanted.events:
        raise ParameterError("--json and --json-events both want the output", remedy="choose one")
    project = this_project()
    take_in(project)
    sets = chosen_sets(project, wanted.names, wanted.sets)
    names = list(sets) if sets is not None else wanted.names
    as_of = as_of_day(project, wanted.as_of)
    if wanted.why or wanted.dry_run:
        found = preview(project, names, sets=sets, as_of=as_of, force=wanted.force)
        if wanted.dry_run:
            return _tell_preview(found, reasons=wanted.why, as_json=wanted.as_json)
        if not (wanted.as_json or wanted.events):
            for each in found:
                say(_reasons(each))
    batch: list[str] = []
    with teller(events=wanted.events) as told:

        def begun(account: Account) -> None:
            batch.append(account.batch)
            told.begun(account)

        outcomes = publish(
            project,
            names,
            sets=sets,
            as_of=as_of,
            force=wanted.force,
            renderer=RENDERERS[wanted.renderer],
            workers=wanted.workers,
            cluster=wanted.cluster,
            fail_fast=wanted.fail_fast,
            begun=begun,
            progress=told.step,
            press=Press(look=lookout() if wanted.alerts else None),
        )
        told.ended(outcomes)
    return sum_up(project, outcomes, batch, as_json=wanted.as_json, events=wanted.events)


def retry_batch(
    name: str | None, *, workers: int | None, cluster: str | None, as_json: bool, events: bool
) -> int:
    """Does what is missing of a batch, and says what became of it; exit codes as of publishing."""
    project = this_project()
    take_in(project)
    batch: list[str] = []
    with teller(events=events) as told:

        def begun(account: Account) -> None:
            batch.append(account.batch)
            told.begun(account)

        outcomes = retry(
            project,
            name,
            workers=workers,
            cluster=cluster,
            begun=begun,
            progress=told.step,
            press=Press(look=lookout()),
        )
        told.ended(outcomes)
    if not outcomes and not as_json and not events:
        say("Nothing is missing of that batch.")
    return sum_up(project, outcomes, batch, as_json=as_json, events=events, expected=False)


def chosen_sets(
    project: Project, names: Sequence[str], sets: Sequence[str]
) -> dict[str, list[str]] | None:
    """The reports that have one of these sets, and which; None where no set is named.

    Raises:
        ParameterError: where none of the reports has a set of that name, or sets are named in both
            ways.
    """
    if any("/" in name for name in names):
        if sets:
            raise ParameterError(
                f"{', '.join(names)} and --set both say which sets", remedy="choose one way"
            )
        return _named_with_sets(project, names)
    if not sets:
        return None
    known: dict[str, list[str]] = {}
    for report in [find_report(project, name) for name in names] or reports(project):
        try:
            known[report.name] = list(sets_of(project, report.name))
        except AssayError:
            continue
    every = {name for found in known.values() for name in found}
    for name in sets:
        if name not in every:
            raise ParameterError(f"there is no set {name!r}", remedy=nearest(name, every))
    chosen = {
        report: [name for name in dict.fromkeys(sets) if name in found]
        for report, found in known.items()
    }
    return {report: found for report, found in chosen.items() if found}


def _named_with_sets(project: Project, names: Sequence[str]) -> dict[str, list[str]]:
    """`report/set` is one set, `report` all of its sets."""
    chosen: dict[str, list[str]] = {}
    for name in names:
        report, _, set_name = name.partition("/")
        known = list(sets_of(project, find_report(project, report).name))
        if set_name and set_name not in known:
            raise ParameterError(
                f"report {report!r} has no set {set_name!r}", remedy=nearest(set_name, known)
            )
        chosen.setdefault(report, []).extend([set_name] if set_name else known)
    return {report: list(dict.fromkeys(found)) for report, found in chosen.items()}


def sum_up(  # noqa: PLR0913  what is told, and how
    project: Project,
    outcomes: Sequence[Outcome],
    batch: Sequence[str],
    *,
    as_json: bool,
    events: bool,
    expected: bool = True,
) -> int:
    """Says what became of each, and gives the exit code.

    Args:
        project: whose reports they are.
        outcomes: of every item.
        batch: its id, where anything ran.
        as_json: print one document.
        events: everything has been told already.
        expected: a project without outcomes has no reports.
    """
    index = project.published / INDEX_FILE
    if as_json:
        document = {
            "index": str(index),
            "batch": batch[0] if batch else None,
            "reports": [_outcome_json(project, outcome) for outcome in outcomes],
        }
        print_json(document)
    elif not events:
        _tell(project, outcomes)
        if not outcomes and expected:
            say(no_reports(project))
        say(f"Index: {index}")
    if any(outcome.state == "stopped" for outcome in outcomes):
        if not as_json and not events and batch:
            _tell_stopped(outcomes, batch[0])
        if _was_stopped(project, batch):
            return INTERRUPTED
    failed = [outcome.error for outcome in outcomes if outcome.state == "failed"]
    if outcomes and all(outcome.state == "waiting" for outcome in outcomes):
        return DataError.exit_code
    alone = failed[0] if len(failed) == len(outcomes) == 1 else None
    return alone.exit_code if alone else int(bool(failed))


def no_reports(project: Project) -> str:
    """What to tell where there is nothing to run yet."""
    folder = project.relative(project.notebooks)
    return f"No reports yet: a notebook {folder}/10-my-report.ipynb becomes the report my-report."


def _was_stopped(project: Project, batch: Sequence[str]) -> bool:
    """By a person, that is; not by its own first failure."""
    return any(
        journal.id in batch and journal.condition() == "stopped" for journal in journals(project)
    )


def _tell(project: Project, outcomes: Sequence[Outcome]) -> None:
    waits: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.state == "waiting":
            waits.setdefault(str(outcome.error), []).append(outcome.name)
        elif outcome.error is not None:
            warn(f"failed     {outcome.name}: {outcome.error}")
        elif outcome.state == "published":
            say(f"published  {outcome.name}  {outcome.version}  ({outcome.seconds:.1f} s)")
            for warning in _warnings(project, outcome):
                warn(f"heavy      {outcome.name}: {warning}")
    for why, names in waits.items():
        say(f"waiting    {', '.join(names)}: {why}")
    current = sum(outcome.state == "current" for outcome in outcomes)
    waiting = sum(map(len, waits.values()))
    if current and current + waiting == len(outcomes):
        say(f"Nothing to do: {_counted(current)} current.")
    elif current:
        say(f"{_counted(current)} current already.")


def _tell_stopped(outcomes: Sequence[Outcome], batch: str) -> None:
    left = sum(outcome.state == "stopped" for outcome in outcomes)
    say(f"{_reports(left)} not run; `assay retry {batch}` does what is missing.")


def _tell_preview(found: Sequence[Preview], *, reasons: bool, as_json: bool) -> int:
    due = [each for each in found if each.state == "due"]
    if as_json:
        print_json(
            [
                {
                    "report": each.report,
                    "set": each.set_name,
                    "state": each.state,
                    "reasons": list(each.reasons),
                    "seconds": each.seconds,
                }
                for each in found
            ]
        )
        return 0
    if reasons:
        for each in found:
            say(_reasons(each))
    else:
        rows = [
            (
                each.state,
                each.name,
                f"about {duration(round(each.seconds))}" if each.seconds else "",
            )
            for each in found
        ]
        for line in aligned(rows) if rows else ():
            say(line)
    known = [each.seconds for each in due if each.seconds is not None]
    told = (
        f", about {duration(round(sum(known)))} of work" if known and len(known) == len(due) else ""
    )
    say(f"{_reports(len(due))} of {len(found)} would run{told}.")
    return 0


def _reasons(each: Preview) -> str:
    word = "runs" if each.state == "due" else each.state
    return f"{word:<10} {each.name}: {'; '.join(each.reasons) or 'as asked'}"


def _counted(number: int) -> str:
    return "1 report is" if number == 1 else f"{number} reports are"


def _reports(number: int) -> str:
    return "1 report" if number == 1 else f"{number} reports"


def _warnings(project: Project, outcome: Outcome) -> list[str]:
    """What was noticed while the page was made, and how to mend it."""
    if outcome.state != "published" or outcome.version is None:
        return []
    folder = shelf(project, outcome.report, outcome.set_name) / outcome.version
    return list(Version(folder).manifest.get("warnings") or ())


def _outcome_json(project: Project, outcome: Outcome) -> dict[str, Any]:
    return {
        "report": outcome.report,
        "set": outcome.set_name,
        "state": outcome.state,
        "version": outcome.version,
        "seconds": round(outcome.seconds, 3),
        "error": str(outcome.error) if outcome.error else None,
        "warnings": _warnings(project, outcome),
    }
