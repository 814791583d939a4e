"""Results of asv (airspeed velocity) as measurements."""

from __future__ import annotations

import json
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.core.tags import tag
from assay.data.adapters.benchmarks.reports import (
    HASH,
    MB,
    NO_TOKENS,
    Run,
    document_of,
    machine_word,
    objects,
    time_of_file,
)
from assay.data.adapters.values import Given, as_text, missing, moment, name_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Chunk, Look, Options, Piece

FAILED: Final = "benchmark that failed, or was not run"
LEFT_OUT: Final = "parameters for which the benchmark was skipped"
MEDIANS: Final = (
    "some benchmarks tell no samples, only their median: measure with asv run --record-samples"
)
_KINDS: Final = (
    (("time_", "Time", "timeraw_", "Timeraw"), "time", "s", 1.0),
    (("peakmem_", "PeakMem"), "peak_memory", "MB", MB),
    (("mem_", "Mem"), "memory", "MB", MB),
)
"""Beginnings of names → metric, unit, and the size in it of what asv gives (seconds, bytes)."""
_MOST: Final = 1_000_000
_VERSION: Final = 2


class Asv:
    """Results of asv (.asv/results/MACHINE/*.json)."""

    name: Final = "asv"
    habit: Final = NO_TOKENS

    def recognises(self, look: Look) -> bool:
        """Whether there are results of a commit in an environment."""
        return look.kind != "CSV" and {"commit_hash", "results", "env_name"} <= look.names

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:  # noqa: ARG002
        """One run; a record is a benchmark with one combination of its parameters.

        Raises:
            DataError: where the file holds no such results.
        """
        what = "results of asv (.asv/results/MACHINE/COMMIT-ENVIRONMENT.json)"
        report, warnings = document_of(piece, what, "results", "commit_hash")
        version, columns = report.get("version"), report.get("result_columns")
        if version != _VERSION or not isinstance(columns, list):
            raise DataError(
                f"{piece.label} is of version {as_text(version) or 'none'}, expected {_VERSION}",
                remedy="bring the results up to date: asv update",
            )
        results = {
            name: dict(zip(map(str, columns), told, strict=False))
            if isinstance(told, list)
            else {"result": told}
            for name, told in objects(report["results"]).items()
        }
        run = _run(report, results, piece)
        units = _units(piece)
        for name, told in results.items():
            _add(name, told, units.get(name, ""), run)
        yield run.chunk(warnings)


def _run(report: dict[str, Any], results: dict[str, dict[str, Any]], piece: Piece) -> Run:
    machine, kind = objects(report.get("params")), name_of(report.get("env_name"))
    began = [at for one in results.values() if type(at := moment(one.get("started_at"))) is int]
    first = min(began, default=None)
    run = Run(
        run_id=f"asv-{tag((report['commit_hash'], kind, machine.get('machine'), first))}",
        suite=Asv.name,
        at=first,
        revision=(name_of(report["commit_hash"]) or "")[:HASH] or None,
        environment=machine_word(
            (name_of(machine.get("os")) or "").partition(" ")[0],
            machine.get("arch"),
            whole(machine.get("num_cpu")),
            report.get("python"),
            about=(machine.get("cpu"), machine.get("ram"), kind),
        ),
    )
    if first is None:
        run.at = time_of_file(piece, run.account)
    return run


def _add(name: str, told: dict[str, Any], unit: str, run: Run) -> None:
    values, parameters = told.get("result"), told.get("params")
    choices = [one for one in parameters or [] if isinstance(one, list)]  # of each parameter
    count = prod(len(one) for one in choices)
    if values is None:
        run.records += 1
        run.account.skip(FAILED)
        return
    values = values if isinstance(values, list) else [values]
    if count > _MOST or len(values) != count:
        run.records += 1
        run.set_apart(run.records, f"has {len(values)} results, its parameters allow {count}", name)
        return
    samples = told.get("samples")
    if not isinstance(samples, list) or len(samples) != count:
        samples = [None] * count
    metric, unit, factor = _kind(name, unit)
    at = moment(told.get("started_at"))
    for value, rounds, chosen in zip(values, samples, product(*choices), strict=True):
        run.records += 1
        subject = {"workload": name, "name": "/".join([name, *map(_plain, chosen)])}
        if missing(value):  # NaN: the benchmark does not want these; null: it failed
            run.account.skip(FAILED if value is None else LEFT_OUT)
            continue
        several = isinstance(rounds, list) and any(not missing(one) for one in rounds)
        if not several and metric == "time":
            run.account.warn(MEDIANS)
        run.add(
            run.records,
            subject,
            "time_median" if metric == "time" and not several else metric,
            unit,
            rounds if several else [value],
            factor=factor,
            at=at,
        )


def _kind(name: str, unit: str) -> tuple[str, str, float]:
    """By the name of the function, or of the class that it is in, as asv tells them."""
    own = name.rpartition(".")[2]
    for beginnings, metric, ours, factor in _KINDS:
        if own.startswith(beginnings):
            return metric, ours, factor
    return "value", unit, 1.0


def _plain(parameter: Given) -> str:
    """A parameter without the quotation marks of Python."""
    text = as_text(parameter) or "none"
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def _units(piece: Piece) -> dict[str, str]:
    """Units of what benchmarks track, from the file that asv keeps beside its results."""
    path = Path(getattr(piece, "path", piece.label))
    try:
        told = json.loads((path.parent.parent / "benchmarks.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        name: unit
        for name, about in objects(told).items()
        if isinstance(unit := objects(about).get("unit"), str)
    }
