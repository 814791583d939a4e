"""Publishes reports: runs what is not current, renders it, and puts complete versions up."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from assay.workbench.batch.journal import Options
from assay.workbench.batch.outcome import Outcome, Press, Progress, Render, Renderer
from assay.workbench.batch.planning import Planner
from assay.workbench.batch.running import carry_out
from assay.workbench.batch.size import worker_count
from assay.workbench.catalogue import find_report, reports
from assay.workbench.dates import today
from assay.workbench.files import sweep
from assay.workbench.lock import publishing
from assay.workbench.removal import finish_removals
from assay.workbench.runs import digests_of
from assay.workbench.signals import interruptible
from assay.workbench.upkeep import after_batch
from assay.workbench.versions import shelves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from assay.workbench.batch.planning import Planned
    from assay.workbench.project import Project

__all__ = ["Outcome", "Press", "Progress", "Render", "Renderer", "publish"]


def publish(  # noqa: PLR0913  each option is one of the command's
    project: Project,
    names: Sequence[str] = (),
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    as_of: date | None = None,
    force: bool = False,
    renderer: Renderer = "auto",
    workers: int | None = None,
    fail_fast: bool = False,
    progress: Callable[[Progress], None] | None = None,
    press: Press | None = None,
) -> tuple[Outcome, ...]:
    """Brings reports up to date, several at once; one that fails does not stop the others.

    Args:
        project: where they are.
        names: of the reports; all of them where none is named.
        sets: which of a report's sets, by its name; all of them where it is not named.
        as_of: the day that relative dates are told from; by default today.
        force: run also what is current.
        renderer: which renderer to use.
        workers: how many run at once; None for what the settings say. One item, or one worker,
            is run by this process itself.
        fail_fast: begin nothing new after a failure.
        progress: told of every step.
        press: other kernels, renderer or index than Assay's own.

    Returns:
        One outcome for each report and parameter set, in order. Those whose rows are still to be
        made (nothing imported yet, no sample built) wait, and are no failures.

    Raises:
        ProjectError: where a report is unknown, or another process is publishing.
        KeyboardInterrupt: where it was interrupted; what ran is kept, nothing half-done is up.
    """
    named = [find_report(project, name) for name in dict.fromkeys(names)]
    press, tell, digests = press or Press(), progress or _silent, digests_of(project)
    with publishing(project), interruptible():
        for folder in (project.published, *shelves(project)):
            sweep(folder)
        finish_removals(project)
        day = as_of or today(project)
        planner = Planner(
            project=project, digests=digests, as_of=day, force=force, chosen=sets or {}
        )
        planned = planner.all_of(named or reports(project))
        digests.save()
        outcomes = _settled(planned, tell)
        to_run = len(planned) - len(outcomes)
        if to_run:
            options = Options(
                renderer=renderer,
                force=force,
                as_of=day.isoformat(),
                workers=_workers(project, workers, to_run, press),
            )
            outcomes |= carry_out(
                project, planned, options, press=press, tell=tell, fail_fast=fail_fast
            )
        after_batch(project, digests=digests, write_index=press.write_index)
    return tuple(outcomes[each.item.number] for each in planned)


def _workers(project: Project, wanted: int | None, items: int, press: Press) -> int:
    if press.kernels is not None or (wanted is None and not _can_be_sent(press)):
        return 1
    return worker_count(wanted if wanted is not None else project.settings.batch.count, items)


def _can_be_sent(press: Press) -> bool:
    """Whether workers can be given what the caller brings along: functions of modules, that is."""
    try:
        pickle.dumps((press.render, press.guard))
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return press.render is None


def _settled(planned: Sequence[Planned], tell: Callable[[Progress], None]) -> dict[int, Outcome]:
    """What needs no run, by number."""
    settled = {each.item.number: each.outcome for each in planned if each.outcome is not None}
    for outcome in settled.values():
        tell(
            Progress(
                report=outcome.report,
                set_name=outcome.set_name,
                stage=outcome.state,
                version=outcome.version,
                error=str(outcome.error) if outcome.error else None,
            )
        )
    return settled


def _silent(_step: Progress) -> None:
    """Nobody wants to know."""
