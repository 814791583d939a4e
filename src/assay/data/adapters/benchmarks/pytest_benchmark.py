"""Reports of pytest-benchmark as measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.tags import tag
from assay.data.adapters.benchmarks.reports import (
    HASH,
    NO_TOKENS,
    NO_VALUE,
    Run,
    document_of,
    machine_word,
    objects,
    time_of_file,
)
from assay.data.adapters.values import moment, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Chunk, Look, Options, Piece

MEDIANS: Final = (
    "some benchmarks tell no rounds, only their median: measure with --benchmark-save-data or "
    "--benchmark-json"
)


class PytestBenchmark:
    """Reports of pytest-benchmark (--benchmark-json, or .benchmarks/…/*.json)."""

    name: Final = "pytest-benchmark"
    habit: Final = NO_TOKENS

    def recognises(self, look: Look) -> bool:
        """Whether there are benchmarks beside what is told of the machine."""
        return look.kind != "CSV" and {"benchmarks", "machine_info"} <= look.names

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:  # noqa: ARG002
        """One run; a round of a benchmark is a reading, in seconds for one iteration.

        Raises:
            DataError: where the file is no such report.
        """
        report, warnings = document_of(
            piece, "a report of pytest-benchmark (--benchmark-json)", "benchmarks"
        )
        run = _run(report, piece)
        benchmarks = report["benchmarks"]
        for row, benchmark in enumerate(benchmarks if isinstance(benchmarks, list) else [], 1):
            run.records += 1
            _add(objects(benchmark), row, run)
        yield run.chunk(warnings)


def _run(report: dict[str, Any], piece: Piece) -> Run:
    machine, commit = objects(report.get("machine_info")), objects(report.get("commit_info"))
    cpu, at = objects(machine.get("cpu")), moment(report.get("datetime"))
    told = (report.get("datetime"), machine.get("node"), commit.get("id"))
    run = Run(
        run_id=f"pytest-benchmark-{tag(told)}",
        suite=PytestBenchmark.name,
        at=at,
        revision=_revision(commit),
        environment=machine_word(
            machine.get("system"),
            machine.get("machine"),
            cpu.get("count"),
            machine.get("python_version"),
            about=(cpu.get("brand_raw"), cpu.get("brand"), machine.get("processor")),
        ),
    )
    if at is None:
        run.at = time_of_file(piece, run.account)
    return run


def _revision(commit: dict[str, Any]) -> str | None:
    name = name_of(commit.get("id"))
    if name is None or name == "unversioned":
        return None
    return f"{name[:HASH]}{'-dirty' if commit.get('dirty') is True else ''}"


def _add(benchmark: dict[str, Any], row: int, run: Run) -> None:
    name = name_of(benchmark.get("fullname")) or name_of(benchmark.get("name"))
    stats = objects(benchmark.get("stats"))
    if name is None or not stats:
        run.set_apart(row, "is no benchmark with a name and stats", benchmark)
        return
    workload, _, parameters = name.partition("[")
    subject = {
        "workload": workload,
        "name": f"{workload}/{parameters.removesuffix(']')}" if parameters else workload,
    }
    rounds = stats.get("data")
    if isinstance(rounds, list) and rounds:
        added = run.add(row, subject, "time", "s", rounds)
    else:
        run.account.warn(MEDIANS)
        added = run.add(row, subject, "time_median", "s", [stats.get("median")])
    if not added:
        run.account.skip(NO_VALUE)
