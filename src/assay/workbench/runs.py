"""One run of one report: staged where nobody sees it, and visible only when it is complete."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from traceback import format_exception
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import AssayError, DataError, ProjectError
from assay.workbench.catalogue import find_report
from assay.workbench.digests import Digests
from assay.workbench.executed import Executed, RunFailedError
from assay.workbench.files import (
    json_text,
    staging_beside,
    sweep,
    write_atomically,
    write_error,
    write_together,
    writing,
)
from assay.workbench.inputs import inputs_of
from assay.workbench.layout import (
    BESIDE_FILES,
    ERROR_FILE,
    MANIFEST_FILE,
    NOTEBOOK_FILE,
    RUN_FILES,
)
from assay.workbench.plan import Plan, plan
from assay.workbench.signals import interruptible
from assay.workbench.versions import free_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.workbench.kernel import KernelSource
    from assay.workbench.project import Project

BESIDE: Final = "beside"
"""Of the manifest: hashes of the files that were handed over beside the result."""
_FAILED_RUNS_KEPT: Final = 20
"""Of each report; older ones are removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A complete run, still in its staging folder."""

    plan: Plan
    folder: Path
    executed: Executed
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """Where a run's files lie, and what it found."""

    folder: Path
    result: dict[str, Any]
    manifest: dict[str, Any]


def digests_of(project: Project) -> Digests:
    """The project's memory of file hashes."""
    return Digests(project.state / "digests.json")


def run_report(  # noqa: PLR0913  what runs, with what, where to, and who is told
    project: Project,
    report: str,
    parameters: Mapping[str, Any],
    out: Path | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    kernels: KernelSource | None = None,
) -> RunOutcome:
    """Runs a report once; leaves notebook, result and manifest in `out` when it is complete.

    Without `out` they lie in a folder of their own under `runs/`. Other files in `out` stay.

    Raises:
        AssayError: whatever stopped it; `out` is then as it was before.
    """
    if out is not None and out.exists() and not out.is_dir():
        raise ProjectError(f"{out} is a file, expected a folder", remedy="name another folder")
    digests = digests_of(project)
    wanted = plan(project, find_report(project, report), parameters, digests=digests)
    digests.save()
    with staged_run(project, wanted, progress=progress, kernels=kernels) as run:
        write_atomically(run.folder / MANIFEST_FILE, json_text(run.manifest))
        folder = _deliver(run, out) if out else _keep(project, run.plan, run.folder)
        return RunOutcome(folder=folder, result=run.executed.result, manifest=run.manifest)


@contextmanager
def staged_run(
    project: Project,
    wanted: Plan,
    *,
    progress: Callable[[int, int], None] | None = None,
    kernels: KernelSource | None = None,
) -> Iterator[Run]:
    """Executes a plan; yields the complete run, whose folder is gone when the context ends.

    Where the run fails, or what is done with it, its folder is kept under `runs/`.

    Raises:
        AssayError: Assay's own error as it was raised in the notebook, or a NotebookError with the
            place and the first cause.
    """
    from assay.workbench.execute import execute  # noqa: PLC0415  takes a second
    from assay.workbench.manifest import manifest_of  # noqa: PLC0415  needed after a run only

    created = datetime.now(UTC)
    folder = _staging(project, wanted)
    with interruptible(), _kept_if_it_fails(project, wanted, folder):
        executed = execute(
            wanted.notebook,
            wanted.form,
            wanted.given,
            folder=folder,
            project=project,
            progress=progress,
            kernels=kernels,
        )
        _insist_inputs_are_unchanged(project, wanted)
        manifest = manifest_of(wanted, executed, project, created=created)
        if kept := beside_in(folder):
            manifest |= {BESIDE: {name: sha256(told).hexdigest() for name, told in kept.items()}}
        yield Run(plan=wanted, folder=folder, executed=executed, manifest=manifest)


@contextmanager
def _kept_if_it_fails(project: Project, wanted: Plan, folder: Path) -> Iterator[None]:
    try:
        yield
    except RunFailedError as failed:
        kept = project.relative(_keep(project, wanted, folder))
        raise failed.failure.error(wanted.report.path.name, f"{kept}/{NOTEBOOK_FILE}") from None
    except AssayError as error:
        write_atomically(folder / ERROR_FILE, json_text(_cause(error)))
        _keep(project, wanted, folder)
        raise
    except KeyboardInterrupt:
        _keep(project, wanted, folder)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cause(error: AssayError) -> dict[str, str]:
    below = error.__cause__
    traceback = "" if below is None else "".join(format_exception(below))
    return {"name": type(error).__name__, "value": str(error), "traceback": traceback}


def _staging(project: Project, wanted: Plan) -> Path:
    shelf = project.runs / wanted.report.name
    sweep(shelf)
    folder = staging_beside(shelf / wanted.key[:8])
    with writing(folder):
        folder.mkdir(parents=True)
    return folder


def _keep(project: Project, wanted: Plan, folder: Path) -> Path:
    shelf = project.runs / wanted.report.name
    kept = _renamed(folder, shelf, wanted.key)
    failed = sorted(path.parent for path in shelf.glob(f"[!.]*/{ERROR_FILE}"))
    for old in failed[:-_FAILED_RUNS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return kept


def _renamed(folder: Path, shelf: Path, key: str) -> Path:
    """Where the folder lies now: another run that ends at the same moment may take its name."""
    while True:
        kept = shelf / free_id(shelf, key, datetime.now(UTC))
        try:
            return folder.rename(kept)
        except OSError as error:
            if not kept.exists():
                raise write_error(kept, error) from error


def _deliver(run: Run, out: Path) -> Path:
    """Puts the files in place; whatever else the folder holds is left alone."""
    kept = beside_in(run.folder)
    write_together(out, {**{name: (run.folder / name).read_bytes() for name in RUN_FILES}, **kept})
    for name in BESIDE_FILES:
        if name not in kept:  # that of another run would not belong to this result
            with writing(out / name):
                (out / name).unlink(missing_ok=True)
    return out


def beside_in(folder: Path) -> dict[str, bytes]:
    """What a run left beside its result, by name."""
    return {
        name: (folder / name).read_bytes() for name in BESIDE_FILES if (folder / name).is_file()
    }


def _insist_inputs_are_unchanged(project: Project, wanted: Plan) -> None:
    now = inputs_of(wanted.form, wanted.values, project=project, digests=digests_of(project))
    for before, after in zip(wanted.ingredients.inputs, now, strict=True):
        if before != after:
            raise DataError(
                f"{before.name} = {before.path} changed while the report was running",
                remedy="run it again when the file is no longer being written",
            )
