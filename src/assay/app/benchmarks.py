"""Workloads measured at the command line: run in turn, kept, and told with their noise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.app.console import passing, print_json, say, show, warn
from assay.app.measured import Measured
from assay.app.measured_told import counted, told_session, told_warnings
from assay.app.place import this_project
from assay.core.errors import ParameterError
from assay.core.tags import tag
from assay.data.baselines import FOLDER as BASELINES
from assay.data.intake.account import Request
from assay.data.intake.imports import import_source
from assay.data.intake.terms import terms_of
from assay.data.readings import write_readings
from assay.workbench.benchmarks.declared import BENCHMARKS_FILE, Size, read_suite
from assay.workbench.benchmarks.environment import environment, revision_of
from assay.workbench.benchmarks.hands import FLOOR, Processes
from assay.workbench.benchmarks.session import measure
from assay.workbench.files import json_text, write_atomically
from assay.workbench.signals import interruptible

if TYPE_CHECKING:
    from assay.data.intake.account import ImportReport
    from assay.workbench.project import Project

FOLDER: Final = Path("data") / "benchmarks"
INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be measured, and where it goes.

    Attributes:
        output: a Parquet file; None: into the store.
    """

    size: Size
    only: Sequence[str] = ()
    file: Path | None = None
    runs: int | None = None
    seed: int | None = None
    revision: str | None = None
    output: Path | None = None
    as_json: bool = False


def run_benchmarks(wanted: Wanted) -> int:
    """Measures, keeps and tells it; 1 where a workload failed, 130 where it was interrupted.

    Raises:
        ParameterError: where the file of the workloads is not understood.
        ProjectError: where the numbers cannot be written.
    """
    project = this_project()
    if wanted.output is not None and wanted.output.suffix != ".parquet":
        raise ParameterError(f"--output {wanted.output}, expected a file that ends in .parquet")
    suite = read_suite(wanted.file or project.params / BENCHMARKS_FILE, wanted.size, wanted.only)
    if wanted.runs is not None:
        suite = replace(suite, effort=suite.effort.model_copy(update={"runs": wanted.runs}))
    now = datetime.now(UTC)
    kept = project.root / FOLDER
    results = [kept, project.root / BASELINES]
    if wanted.output is not None:
        output = wanted.output.resolve()
        results += [output, output.with_suffix(".json")]
    revision = wanted.revision
    measured = Measured(
        suite=suite,
        seed=suite.seed if wanted.seed is None else wanted.seed,
        id=tag((now, time.perf_counter_ns())),
        where=environment(),
        revision=revision_of(project.root, besides=results) if revision is None else revision,
    )
    file = wanted.output or kept / f"{suite.name}-{now:%Y-%m-%d}-{measured.id}.parquet"
    with passing():
        _measure(measured, project.root, file)
    write_atomically(file.with_suffix(".json"), json_text(measured.record()))
    report = _import(project, file) if measured.rows and wanted.output is None else None
    _tell(measured, file if measured.rows else None, as_json=wanted.as_json, report=report)
    return INTERRUPTED if measured.interrupted else int(bool(measured.failures))


def _measure(measured: Measured, root: Path, file: Path) -> None:
    """Run after run; each is on the disk before the next one begins."""
    began = time.perf_counter()
    total = measured.suite.effort.runs
    with interruptible(), Processes(root) as hands:
        try:
            show("measuring what measuring adds …")
            measured.overhead = hands.overhead()
            measured.floor = FLOOR * hands.floor
            show(f"run 1 of {total}")
            for done in measure(
                measured.suite, hands, now=lambda: datetime.now(UTC), seed=measured.seed
            ):
                measured.add(done)
                if measured.rows:
                    write_readings(file, measured.rows)
                show(f"run {min(done.number + 1, total)} of {total}")
            measured.loops.append(hands.loop())
        except KeyboardInterrupt:
            measured.interrupted = True
    measured.took = time.perf_counter() - began


def _import(project: Project, file: Path) -> ImportReport:
    terms = terms_of(project.root, project.settings)
    return import_source(Request(source=str(file), as_table="measurements"), terms)


def _tell(
    measured: Measured, file: Path | None, *, as_json: bool, report: ImportReport | None = None
) -> None:
    if as_json:
        stored = sum(one.new for one in report.tables.values()) if report else 0
        told = {"file": str(file) if file else None, "stored": stored}
        print_json({**told, **measured.record()})
    else:
        for line in told_session(measured):
            say(line)
        if file is not None:
            place = "the store (store:measurements)" if report else str(file)
            runs = counted(measured.runs, "run")
            say(f"{counted(len(measured.rows), 'reading')} of {runs} are in {place}")
            suite, data = measured.suite.name, "" if report else f" --data {file}"
            say(f"Next: assay baseline capture --suite {suite}{data} --output params/baselines/…")
        if report is not None and report.key_created:
            say("A key for pseudonyms was made: keep a copy elsewhere (assay key --help).")
    for line in told_warnings(measured):
        warn(line)
