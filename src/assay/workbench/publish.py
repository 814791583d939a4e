"""Publishes reports: runs what is not current, renders it, and puts complete versions up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from assay.core import audit
from assay.core.errors import (
    AssayError,
    NothingYetError,
    ParameterError,
    RenderError,
    nearest,
)
from assay.workbench.cards import Card
from assay.workbench.catalogue import find_report, reports
from assay.workbench.digests import Digests
from assay.workbench.files import (
    json_text,
    move_folder,
    staging_beside,
    sweep,
    write_atomically,
    writing,
)
from assay.workbench.kernel import KernelSource
from assay.workbench.layout import (
    LATEST_FILE,
    MANIFEST_FILE,
    NOTEBOOK_FILE,
    RESULT_FILE,
)
from assay.workbench.lock import publishing
from assay.workbench.plan import plan
from assay.workbench.project import Project
from assay.workbench.removal import finish_removals, would_return
from assay.workbench.runs import digests_of, staged_run
from assay.workbench.sets import DEFAULT_SET, Sets, sets_of
from assay.workbench.upkeep import after_batch
from assay.workbench.versions import (
    Version,
    failed_attempt,
    forget_failure,
    free_id,
    history,
    note_failure,
    point_latest,
    sets_on_shelf,
    shelf,
    shelves,
    versions,
    withdrawn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.workbench.catalogue import Report
    from assay.workbench.plan import Plan
    from assay.workbench.render import Page, Rendered
    from assay.workbench.runs import Run

Renderer = Literal["auto", "quarto", "embedded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is happening to a report now; `cell` of `cells` while it runs."""

    report: str
    set_name: str
    stage: Literal["running", "rendering", "published", "current", "waiting", "failed"]
    cell: int = 0
    cells: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one report in one parameter set.

    Attributes:
        state: `waiting` where it was never published and its rows are still to be made, or where
            the same was withdrawn.
        error: why it failed, or what it waits for.
    """

    report: str
    set_name: str
    state: Literal["published", "current", "waiting", "failed"]
    seconds: float
    version: str | None = None
    error: AssayError | None = None


class Render(Protocol):
    """Turns an executed notebook into page, paper and thumbnail."""

    def __call__(self, page: Page, out: Path, *, renderer: Renderer) -> Rendered:
        """As `assay.workbench.render.render`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What publishing works with; None stands for what Assay brings along.

    Attributes:
        guard: called right before a version is put up; what it raises ends the publishing, and no
            report is told to have failed for it.
    """

    kernels: KernelSource | None = None
    render: Render | None = None
    write_index: Callable[[Project, Sequence[Card]], object] | None = None
    guard: Callable[[], None] | None = None


def publish(  # noqa: PLR0913  each option is one of the command's
    project: Project,
    names: Sequence[str] = (),
    *,
    sets: Mapping[str, Sequence[str]] | None = None,
    as_of: date | None = None,
    force: bool = False,
    renderer: Renderer = "auto",
    progress: Callable[[Progress], None] | None = None,
    press: Press | None = None,
) -> tuple[Outcome, ...]:
    """Brings reports up to date, one after the other; one that fails does not stop the others.

    Args:
        project: where they are.
        names: of the reports; all of them where none is named.
        sets: which of a report's sets, by its name; all of them where it is not named.
        as_of: the day that relative dates are told from; by default today.
        force: run also what is current.
        renderer: which renderer to use.
        progress: told of every step.
        press: other kernels, renderer or index than Assay's own.

    Returns:
        One outcome for each report and parameter set, in order. Those whose rows are still to be
        made (nothing imported yet, no sample built) wait, and are no failures.

    Raises:
        ProjectError: where a report is unknown, or another process is publishing.
    """
    named = [find_report(project, name) for name in dict.fromkeys(names)]
    batch = _Batch(
        project=project,
        sets=sets or {},
        as_of=as_of,
        digests=digests_of(project),
        force=force,
        renderer=renderer,
        progress=progress or _silent,
        press=press or Press(),
    )
    with publishing(project):
        for folder in (project.published, *shelves(project)):
            sweep(folder)
        finish_removals(project)
        outcomes = tuple(
            outcome for report in named or reports(project) for outcome in batch.outcomes(report)
        )
        batch.digests.save()
        after_batch(project, digests=batch.digests, write_index=batch.press.write_index)
    return outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    project: Project
    sets: Mapping[str, Sequence[str]]
    as_of: date | None
    digests: Digests
    force: bool
    renderer: Renderer
    progress: Callable[[Progress], None]
    press: Press

    def outcomes(self, report: Report) -> Iterator[Outcome]:
        chosen = self.sets.get(report.name)
        try:
            sets = sets_of(self.project, report.name, as_of=self.as_of)
        except AssayError as error:
            on_shelf = sets_on_shelf(self.project, report.name) or (DEFAULT_SET,)
            for set_name in chosen or on_shelf:
                yield self._failed(report, set_name, error, key="", since=time.monotonic())
            return
        for set_name in sets if chosen is None else chosen:
            if set_name in sets:
                yield self._outcome(report, set_name, sets[set_name])
            else:
                unknown = _no_such_set(report, set_name, sets)
                yield self._without(report, set_name, "failed", unknown, time.monotonic())

    def _outcome(self, report: Report, set_name: str, given: Mapping[str, Any]) -> Outcome:
        since, key = time.monotonic(), ""
        try:
            wanted = plan(self.project, report, given, digests=self.digests, set_name=set_name)
            key = wanted.key
            newest = self._current(wanted)
            if newest is not None:
                self._tell(wanted, "current")
                return _done(wanted, "current", newest, since)
            taken = None if self.force else withdrawn(self.project, report.name, set_name, key)
            if taken is not None:
                return self._without(report, set_name, "waiting", would_return(taken), since)
            version = self._publish(wanted)
        except NothingYetError as error:
            if versions(self.project, report.name, set_name):
                return self._failed(report, set_name, error, key=key, since=since)
            forget_failure(self.project, report.name, set_name)
            return self._without(report, set_name, "waiting", error, since)
        except AssayError as error:
            return self._failed(report, set_name, error, key=key, since=since)
        self._tell(wanted, "published")
        return _done(wanted, "published", version, since)

    def _current(self, wanted: Plan) -> Version | None:
        """The newest version, where there is nothing to do; a failed run of the same is to do."""
        name, set_name = wanted.report.name, wanted.set_name
        newest = next(reversed(versions(self.project, name, set_name)), None)
        if self.force or newest is None or newest.key != wanted.key:
            return None
        failed = failed_attempt(self.project, name, set_name)
        if failed is not None and failed.key == wanted.key:
            return None
        forget_failure(self.project, name, set_name)
        if not newest.folder.with_name(LATEST_FILE).exists():
            point_latest(newest, title=_title(newest.result, wanted))
        return newest

    def _publish(self, wanted: Plan) -> Version:
        with staged_run(
            self.project,
            wanted,
            progress=lambda cell, cells: self._tell(wanted, "running", cell, cells),
            kernels=self.press.kernels,
        ) as run:
            self._tell(wanted, "rendering")
            version = self._put_up(run)
        point_latest(version, title=_title(run.executed.result, wanted))
        forget_failure(self.project, wanted.report.name, wanted.set_name)
        return version

    def _put_up(self, run: Run) -> Version:
        name, set_name = run.plan.report.name, run.plan.set_name
        folder = shelf(self.project, name, set_name)
        earlier = versions(self.project, name, set_name)
        version = free_id(folder, run.plan.key, datetime.now(UTC))
        manifest = run.manifest | {
            "version": version,
            "parent": earlier[-1].id if earlier else None,
        }
        staged = staging_beside(folder / version)
        begun = time.monotonic()
        try:
            with writing(staged):
                staged.mkdir(parents=True)
            rendered = self._render(run, manifest, staged)
            timings = manifest["timings"] | {"render": round(time.monotonic() - begun, 3)}
            manifest |= {
                "renderer": rendered.renderer,
                "timings": timings,
                "warnings": list(rendered.warnings),
            }
            for file in (NOTEBOOK_FILE, RESULT_FILE):
                write_atomically(staged / file, (run.folder / file).read_bytes())
            write_atomically(staged / MANIFEST_FILE, json_text(manifest))
            if self.press.guard is not None:
                self.press.guard()
            move_folder(staged, folder / version)
            self._log(name, set_name, version)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return Version(folder / version)

    def _log(self, report: str, set_name: str, version: str) -> None:
        details = {"report": report, "set": set_name, "version": version}
        audit.append(self.project.audit, "publication", details, now=datetime.now(UTC))

    def _render(self, run: Run, manifest: dict[str, Any], out: Path) -> Rendered:
        from assay.workbench.render import Look, Page, render  # noqa: PLC0415  only where needed

        page = Page(
            report=run.plan.report.name,
            set_name=run.plan.set_name,
            version=manifest["version"],
            as_of=manifest["as_of"],
            notebook=run.executed.notebook,
            result=run.executed.result,
            manifest=manifest,
            history=history(self.project, run.plan.report.name, run.plan.set_name),
            look=Look.of(self.project),
        )
        try:
            with writing(out):
                return (self.press.render or render)(page, out, renderer=self.renderer)
        except AssayError:
            raise
        except Exception as error:  # what a renderer trips over must not stop the other reports
            raise RenderError(
                f"the page could not be made: {type(error).__name__}: {error}",
                remedy="its traceback is in error.json of the run that was kept",
            ) from error

    def _failed(
        self, report: Report, set_name: str, error: AssayError, *, key: str, since: float
    ) -> Outcome:
        now = datetime.now(UTC)
        note_failure(self.project, report.name, set_name, error, key=key, now=now)
        return self._without(report, set_name, "failed", error, since)

    def _without(
        self,
        report: Report,
        set_name: str,
        state: Literal["waiting", "failed"],
        error: AssayError,
        since: float,
    ) -> Outcome:
        self.progress(Progress(report=report.name, set_name=set_name, stage=state))
        return Outcome(
            report=report.name,
            set_name=set_name,
            state=state,
            seconds=round(time.monotonic() - since, 3),
            error=error,
        )

    def _tell(
        self,
        wanted: Plan,
        stage: Literal["running", "rendering", "published", "current"],
        cell: int = 0,
        cells: int = 0,
    ) -> None:
        self.progress(
            Progress(
                report=wanted.report.name,
                set_name=wanted.set_name,
                stage=stage,
                cell=cell,
                cells=cells,
            )
        )


def _no_such_set(report: Report, name: str, sets: Sets) -> AssayError:
    return ParameterError(f"report {report.name!r} has no set {name!r}", remedy=nearest(name, sets))


def _done(
    wanted: Plan, state: Literal["published", "current"], version: Version, since: float
) -> Outcome:
    return Outcome(
        report=wanted.report.name,
        set_name=wanted.set_name,
        state=state,
        seconds=round(time.monotonic() - since, 3),
        version=version.id,
    )


def _title(result: dict[str, Any], wanted: Plan) -> str:
    brief = result.get("brief") or {}
    return str(brief.get("title") or wanted.notebook.title or wanted.report.name)


def _silent(_step: Progress) -> None:
    """Nobody wants to know."""
