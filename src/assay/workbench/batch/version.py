"""From a plan to a published version: run, rendered, and put up as a whole."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from assay.core import audit
from assay.core.errors import AssayError, RenderError
from assay.workbench.alerts.looking import await_look
from assay.workbench.alerts.standing import Standing, Watching, standing_of, without
from assay.workbench.alerts.store import ADDED
from assay.workbench.batch.outcome import Guard, Outcome, Render, Renderer
from assay.workbench.catalogue import reports
from assay.workbench.dates import today
from assay.workbench.executed import Executed
from assay.workbench.files import json_text, move_folder, staging_beside, write_atomically, writing
from assay.workbench.kernel import KernelSource
from assay.workbench.language import language_of
from assay.workbench.layout import LATEST_FILE, MANIFEST_FILE, NOTEBOOK_FILE, RESULT_FILE
from assay.workbench.presentation import FIELD, presentation_of
from assay.workbench.project import Project
from assay.workbench.runs import Run, beside_in, staged_run
from assay.workbench.sets import sets_of
from assay.workbench.versions import (
    RENDERED_FROM,
    Version,
    failed_attempt,
    forget_failure,
    free_id,
    history,
    newest,
    note_failure,
    point_latest,
    shelf,
    versions,
)

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.plan import Plan
    from assay.workbench.render import Rendered

Tell = Callable[[Literal["running", "rendering"], int, int], None]


class ForbiddenError(Exception):
    """The guard said no; its own reason is the cause."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What turns plans into versions.

    Attributes:
        kernels: where they come from; fresh ones where None.
        render: another renderer than Assay's own.
        still_wanted: asked before a version is put up; where it says no, nothing is.
        guard: called with report, set and id right before a version is put up; what it raises stops
            the batch.
        anew: run also where only the look of the page has changed.
    """

    project: Project
    renderer: Renderer
    kernels: KernelSource | None = None
    render: Render | None = None
    still_wanted: Callable[[], bool] = lambda: True
    guard: Guard | None = None
    anew: bool = False

    def outcome(self, wanted: Plan, tell: Tell, *, since: float) -> Outcome:
        """A new version, or why there is none."""
        try:
            version = self.version(wanted, tell)
        except AssayError as error:
            return failed(
                self.project, wanted.report.name, wanted.set_name, error, wanted.key, since
            )
        return done(wanted, "published", version, since)

    def version(self, wanted: Plan, tell: Tell) -> Version:
        """Runs and renders; the version is there as a whole, or not at all.

        Raises:
            AssayError: whatever stopped it; what ran is then kept under `runs/`.
        """
        if (before := self._same_run(wanted)) is not None:
            tell("rendering", 0, 0)
            version = self._put_up(_run_of(before, wanted))
            point_latest(version, title=_title(version.result, wanted))
            return version
        with staged_run(
            self.project,
            wanted,
            progress=lambda cell, cells: tell("running", cell, cells),
            kernels=self.kernels,
        ) as run:
            tell("rendering", 0, 0)
            version = self._put_up(run)
        settled(self.project, version, wanted)
        return version

    def _same_run(self, wanted: Plan) -> Version | None:
        """The newest version, where it comes from the very run that is wanted."""
        name, set_name = wanted.report.name, wanted.set_name
        found = newest(self.project, name, set_name)
        if self.anew or found is None or found.key != wanted.key:
            return None
        return None if failed_attempt(self.project, name, set_name) else found

    def _put_up(self, run: Run) -> Version:
        """With the alerts as they stand at this moment: a version never changes afterwards."""
        name, set_name = run.plan.report.name, run.plan.set_name
        await_look(self.project)
        standing = _standing(self.project, run.plan)
        told = _with_alerts(run, standing, language_of(run.plan.notebook, self.project))
        folder = shelf(self.project, name, set_name)
        earlier = versions(self.project, name, set_name)
        version = free_id(folder, run.plan.key, datetime.now(UTC))
        manifest = run.manifest | {
            "version": version,
            "parent": earlier[-1].id if earlier else None,
            FIELD: presentation_of(name, run.plan.notebook, self.project),
            ADDED: standing.mark if standing else None,
        }
        staged = staging_beside(folder / version)
        begun = time.monotonic()
        try:
            with writing(staged):
                staged.mkdir(parents=True)
            rendered = self._rendered(told, manifest, staged)
            timings = manifest["timings"] | {"render": round(time.monotonic() - begun, 3)}
            manifest |= {
                "renderer": rendered.renderer,
                "timings": timings,
                "warnings": list(rendered.warnings),
            }
            for file, content in _files_of(run, told).items():
                write_atomically(staged / file, content)
            write_atomically(staged / MANIFEST_FILE, json_text(manifest))
            self._insist_it_may(name, set_name, version)
            move_folder(staged, folder / version)
            self._log(name, set_name, version)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return Version(folder / version)

    def _insist_it_may(self, report: str, set_name: str, version: str) -> None:
        if self.guard is not None:
            try:
                self.guard(report, set_name, version)
            except Exception as error:
                raise ForbiddenError(error) from error
        if not self.still_wanted():
            raise RenderError(
                f"{report} was given to another worker, or stopped, before it was put up",
                remedy="nothing is lost: the other worker publishes it, or the next batch",
            )

    def _log(self, report: str, set_name: str, version: str) -> None:
        details = {"report": report, "set": set_name, "version": version}
        audit.append(self.project.audit, "publication", details, now=datetime.now(UTC))

    def _rendered(self, run: Run, manifest: dict[str, Any], out: Path) -> Rendered:
        from assay.workbench.render import Look, Page, render  # noqa: PLC0415  only where needed

        past = history(self.project, run.plan.report.name, run.plan.set_name, of=manifest)
        page = Page(
            report=run.plan.report.name,
            set_name=run.plan.set_name,
            version=manifest["version"],
            as_of=manifest["as_of"],
            notebook=run.executed.notebook,
            result=run.executed.result,
            manifest=manifest,
            history=past,
            look=Look.of(self.project),
            trusted=run.plan.report.name in self.project.settings.report.trusted,
            beside=_beside(self.project),
        )
        try:
            with writing(out):
                return (self.render or render)(page, out, renderer=self.renderer)
        except AssayError:
            raise
        except Exception as error:  # what a renderer trips over must not stop the other reports
            raise RenderError(
                f"the page could not be made: {type(error).__name__}: {error}",
                remedy="its traceback is in error.json of the run that was kept",
            ) from error


def _beside(project: Project) -> frozenset[str]:
    """Every report and set that the project publishes, one of which a page may lead to."""
    found: set[str] = set()
    for report in reports(project):
        try:
            found.update(f"{report.name}/{name}" for name in sets_of(project, report.name))
        except AssayError:  # told where that report is published; this page has no part in it
            continue
    return frozenset(found)


def _standing(project: Project, wanted: Plan) -> Standing | None:
    return standing_of(project, wanted.ingredients.inputs, today(project))


def _with_alerts(run: Run, standing: Standing | None, lang: str) -> Run:
    """The run as its page and result tell it; the same object where nothing is said of alerts."""
    from assay.workbench.alerts.section import with_alerts  # noqa: PLC0415  only where needed

    executed = run.executed
    notebook = with_alerts(executed.notebook, standing, lang)
    if notebook is executed.notebook:
        return run
    result = standing.over(executed.result) if standing else without(executed.result)
    return replace(run, executed=replace(executed, notebook=notebook, result=result))


def _files_of(ran: Run, told: Run) -> dict[str, bytes | str]:
    """Notebook and result, byte by byte as the run left them where nothing was added."""
    kept = beside_in(ran.folder)
    if told is ran:
        files = {file: (ran.folder / file).read_bytes() for file in (NOTEBOOK_FILE, RESULT_FILE)}
        return {**files, **kept}
    import nbformat  # noqa: PLC0415  only where needed

    notebook = nbformat.writes(told.executed.notebook)  # type: ignore[no-untyped-call]
    return {NOTEBOOK_FILE: f"{notebook}\n", RESULT_FILE: json_text(told.executed.result), **kept}


def _run_of(version: Version, wanted: Plan) -> Run:
    """The run behind a version, as if it had just ended."""
    import nbformat  # noqa: PLC0415  only where needed

    notebook: Any = nbformat.read(version.folder / NOTEBOOK_FILE, as_version=4)  # type: ignore[no-untyped-call]
    manifest = version.manifest
    executed = Executed(
        notebook=notebook,
        result=version.result,
        seconds=manifest["timings"],
        cells=manifest.get("cells", 0),
    )
    made = {RENDERED_FROM: version.id, "created": datetime.now(UTC).isoformat()}
    return Run(plan=wanted, folder=version.folder, executed=executed, manifest=manifest | made)


def current(
    project: Project,
    wanted: Plan,
    *,
    force: bool,
    dry: bool = False,
    known: Watching | None = None,
) -> Version | None:
    """The newest version, where there is nothing to do; a failed run of the same is to do.

    Where alerts about its data have opened, changed or closed since, there is: its page is made
    again from the same run. Unless the look is a dry one, what an interruption left out is made up
    for.
    """
    name, set_name = wanted.report.name, wanted.set_name
    found = newest(project, name, set_name)
    if force or found is None or found.key != wanted.key:
        return None
    attempt = failed_attempt(project, name, set_name)
    if attempt is not None and attempt.key == wanted.key:
        return None
    look = found.manifest.get(FIELD)
    if look is not None and look != presentation_of(name, wanted.notebook, project):
        return None
    standing = standing_of(project, wanted.ingredients.inputs, today(project), known=known)
    if ADDED in found.manifest and found.manifest[ADDED] != (standing and standing.mark):
        return None
    if dry:
        return found
    if attempt is not None:
        forget_failure(project, name, set_name)
    if not found.folder.with_name(LATEST_FILE).exists():
        point_latest(found, title=_title(found.result, wanted))
    return found


def settled(project: Project, version: Version, wanted: Plan) -> None:
    """Makes up for what comes after a version is up: `latest` leads to it, no failure stands."""
    point_latest(version, title=_title(version.result, wanted))
    forget_failure(project, wanted.report.name, wanted.set_name)


def done(
    wanted: Plan, state: Literal["published", "current"], version: Version, since: float
) -> Outcome:
    """What became of an item that ended well; `since` is the monotonic clock's."""
    return Outcome(
        report=wanted.report.name,
        set_name=wanted.set_name,
        state=state,
        seconds=round(time.monotonic() - since, 3),
        version=version.id,
    )


def failed(  # noqa: PLR0913, PLR0917  what, where, why and when
    project: Project, report: str, set_name: str, error: AssayError, key: str, since: float
) -> Outcome:
    """What became of an item that failed; the index will say so, too."""
    note_failure(project, report, set_name, error, key=key, now=datetime.now(UTC))
    return Outcome(
        report=report,
        set_name=set_name,
        state="failed",
        seconds=round(time.monotonic() - since, 3),
        error=error,
    )


def _title(result: dict[str, Any], wanted: Plan) -> str:
    brief = result.get("brief") or {}
    return str(brief.get("title") or wanted.notebook.title or wanted.report.name)
