"""Publishes reports: runs what is not current, renders it, and puts complete versions up."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from assay.core.errors import ProjectError
from assay.workbench.alerts.looking import looking
from assay.workbench.batch.durations import Durations
from assay.workbench.batch.journal import UNDONE, Options, find_journal
from assay.workbench.batch.outcome import Account, Outcome, Press, Progress, Render, Renderer
from assay.workbench.batch.planning import Planner
from assay.workbench.batch.running import carry_out
from assay.workbench.batch.size import worker_count
from assay.workbench.catalogue import find_report, reports
from assay.workbench.dates import today
from assay.workbench.files import sweep
from assay.workbench.lock import publishing
from assay.workbench.project import Project
from assay.workbench.removal import finish_removals
from assay.workbench.runs import digests_of
from assay.workbench.sets import display_name
from assay.workbench.signals import interruptible
from assay.workbench.upkeep import after_batch
from assay.workbench.versions import shelves
from assay.workbench.why import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.workbench.batch.planning import Planned

__all__ = [
    "Account",
    "Outcome",
    "Press",
    "Preview",
    "Progress",
    "Render",
    "Renderer",
    "preview",
    "publish",
    "retry",
]


def publish(  # noqa: PLR0913  each option is one of the command's
    project: Project,
    names: Sequence[str] = (),
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    as_of: date | None = None,
    force: bool = False,
    renderer: Renderer = "auto",
    workers: int | None = None,
    cluster: str | None = None,
    fail_fast: bool = False,
    begun: Callable[[Account], None] | None = None,
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
        cluster: address of a Dask scheduler whose workers are to carry it out.
        fail_fast: begin nothing new after a failure.
        begun: told of the batch before its first item, where there is anything to run.
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
    options = Options(
        renderer=renderer,
        force=force,
        as_of=(as_of or today(project)).isoformat(),
        cluster=cluster,
        fail_fast=fail_fast,
    )
    batch = _Batch(project, options, workers, press or Press(), begun, progress)
    with batch.prepared() as planner:
        chosen = replace(planner, chosen=sets or {})
        return batch.outcomes(chosen, chosen.all_of(named or reports(project)))


def retry(  # noqa: PLR0913  each option is one of the command's
    project: Project,
    name: str | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    begun: Callable[[Account], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
    press: Press | None = None,
) -> tuple[Outcome, ...]:
    """Does what is missing of a batch: what failed, was stopped, or never began; as it was asked.

    Args:
        project: where it is.
        name: its id, or how that begins; the newest batch by default.
        workers: how many run at once; None for what the settings say.
        cluster: another one than the batch was given to.
        begun: told of the batch before its first item, where there is anything to run.
        progress: told of every step.
        press: other kernels, renderer or index than Assay's own.

    Returns:
        One outcome for each item that was missing; what is current by now, is told as such.

    Raises:
        ProjectError: where there is no such batch, or it still runs.
    """
    journal = find_journal(project, name)
    if journal.condition() in {"running", "paused"}:
        raise ProjectError(
            f"batch {journal.id} is still running",
            remedy=f"see it with `assay batch {journal.id}`, or end it with `assay stop`",
        )
    missing = [item for item in journal.items() if journal.standing(item.number).status in UNDONE]
    options = journal.options()
    options = replace(options, cluster=cluster or options.cluster)
    batch = _Batch(project, options, workers, press or Press(), begun, progress)
    with batch.prepared() as planner:
        return batch.outcomes(planner, planner.again(missing), after=journal.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What publishing would do with one report in one set.

    Attributes:
        state: `due` where it would run; else as publishing would tell it.
        reasons: why it would run, or that nothing has changed.
        seconds: how long past runs of it took; None where none did.
    """

    report: str
    set_name: str
    state: str
    reasons: tuple[str, ...]
    seconds: float | None

    @property
    def name(self) -> str:
        """What people call it."""
        return display_name(self.report, self.set_name)


def preview(
    project: Project,
    names: Sequence[str] = (),
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    as_of: date | None = None,
    force: bool = False,
) -> tuple[Preview, ...]:
    """What publishing with these options would do now; nothing is run, and nothing changes.

    Raises:
        ProjectError: where a report is unknown.
    """
    named = [find_report(project, name) for name in dict.fromkeys(names)]
    planner = Planner(
        project=project,
        digests=digests_of(project),
        as_of=as_of or today(project),
        chosen=sets or {},
        force=force,
        dry=True,
    )
    durations = Durations(project)
    found = tuple(
        _previewed(project, planned, durations)
        for planned in planner.all_of(named or reports(project))
    )
    planner.digests.save()
    return found


def _previewed(project: Project, planned: Planned, durations: Durations) -> Preview:
    item, outcome = planned.item, planned.outcome
    told: tuple[str, ...] = ()
    if planned.plan is not None:
        told = why(project, planned.plan)
    elif outcome is not None and outcome.error is not None:
        told = (str(outcome.error),)
    return Preview(
        report=item.report,
        set_name=item.set_name,
        state="due" if outcome is None else outcome.state,
        reasons=told,
        seconds=durations.expected(item.report, item.set_name) if outcome is None else None,
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    project: Project
    options: Options
    workers: int | None
    press: Press
    begun: Callable[[Account], None] | None
    progress: Callable[[Progress], None] | None

    @contextmanager
    def prepared(self) -> Iterator[Planner]:
        """Under the publisher's lock, with what earlier processes left half-done cleared away."""
        with publishing(self.project), interruptible():
            for folder in (self.project.published, *shelves(self.project)):
                sweep(folder)
            finish_removals(self.project)
            yield Planner(
                project=self.project,
                digests=digests_of(self.project),
                as_of=date.fromisoformat(self.options.as_of),
                chosen={},
                force=self.options.force,
            )

    def outcomes(
        self, planner: Planner, planned: list[Planned], *, after: str | None = None
    ) -> tuple[Outcome, ...]:
        """Looks at what is watched, carries out what is to be run; then the index is written.

        The look goes on beside the kernels. What is current is known only when it has ended.
        """
        inputs = [each.plan.ingredients.inputs for each in planned if each.plan is not None]
        look = looking(self.project, self.press.look, inputs, planner.digests)
        planner.digests.save()
        try:
            if look is not None and any(each.is_current for each in planned):
                look.end()
                planned = planner.after_look(planned)
            outcomes = self._outcomes(planner, planned, after)
            if look is not None:
                look.end()
        finally:
            if look is not None:
                look.stop()
        return outcomes

    def _outcomes(
        self, planner: Planner, planned: list[Planned], after: str | None
    ) -> tuple[Outcome, ...]:
        outcomes = {each.item.number: each.outcome for each in planned if each.outcome is not None}
        for outcome in outcomes.values():
            self._tell(
                Progress(
                    report=outcome.report,
                    set_name=outcome.set_name,
                    stage=outcome.state,
                    version=outcome.version,
                    error=str(outcome.error) if outcome.error else None,
                )
            )
        to_run = len(planned) - len(outcomes)
        if to_run:
            outcomes |= self._carried_out(planned, to_run, after, planner.anew)
        after_batch(self.project, digests=planner.digests, write_index=self.press.write_index)
        planner.digests.save()
        return tuple(outcomes[each.item.number] for each in planned)

    def _carried_out(
        self,
        planned: list[Planned],
        to_run: int,
        after: str | None,
        anew: Callable[[Planned], Planned],
    ) -> dict[int, Outcome]:
        durations = Durations(self.project)

        def tell(step: Progress) -> None:
            if step.stage == "published":
                durations.note(step.report, step.set_name, step.seconds)
            self._tell(step)

        def begun(account: Account) -> None:
            if self.begun is not None:
                self.begun(account)

        options = replace(self.options, workers=self._size(to_run))
        try:
            return carry_out(
                self.project,
                planned,
                options,
                press=self.press,
                begun=begun,
                tell=tell,
                expected=durations.expected,
                after=after,
                anew=anew,
            )
        finally:
            durations.save()

    def _tell(self, step: Progress) -> None:
        if self.progress is not None:
            self.progress(step)

    def _size(self, items: int) -> int:
        wanted, press = self.workers, self.press
        if press.kernels is not None or (wanted is None and not _can_be_sent(press)):
            return 1
        return worker_count(wanted or self.project.settings.batch.count, items)


def _can_be_sent(press: Press) -> bool:
    """Whether workers can be given what the caller brings along: functions of modules, that is."""
    try:
        pickle.dumps((press.render, press.guard))
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return press.render is None
