"""Reports of hyperfine as measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.data.adapters.benchmarks.reports import (
    MB,
    NO_TOKENS,
    NO_VALUE,
    Run,
    content_tag,
    document_of,
    machine_word,
    objects,
    time_of_file,
)
from assay.data.adapters.values import Given, as_text, missing, moment, name_of, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Chunk, Look, Options, Piece

_OF_TWO: Final = {
    "time_wall_clock": ("time", "s", "second", 1.0),
    "time_cpu": ("cpu", "s", "second", 1.0),
    "memory_peak_resident": ("peak_memory", "MB", "byte", MB),
}
"""Quantities of version 2 → metric, unit, the unit that is given, and its size in ours."""


class Hyperfine:
    """Reports of hyperfine (--export-json), of versions 1 and 2."""

    name: Final = "hyperfine"
    habit: Final = NO_TOKENS

    def recognises(self, look: Look) -> bool:
        """Whether there are commands with their times."""
        return look.kind != "CSV" and (
            {"command", "mean", "user", "system"} <= look.names
            or {"command", "measurements"} <= look.names
        )

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:  # noqa: ARG002
        """One run; each time that a command was run is a reading, those that failed are not.

        Raises:
            DataError: where the file is no such report.
        """
        what = "a report of hyperfine (--export-json)"
        report, warnings = document_of(piece, what, "results")
        version = report.get("schema_version", 1)
        if version not in {1, 2}:
            raise DataError(f"{piece.label} is of schema version {as_text(version)}, expected 2")
        about = objects(report.get("metadata"))
        platform = objects(about.get("platform"))
        run = Run(
            run_id=f"hyperfine-{content_tag(piece)}",
            suite=Hyperfine.name,
            at=moment(about.get("start_time")),
            environment=machine_word(platform.get("os"), platform.get("architecture"))
            if platform
            else None,
        )
        if run.at is None:
            run.at = time_of_file(piece, run.account)
        results, names = report["results"], dict[str, int]()
        for row, result in enumerate(results if isinstance(results, list) else [], 1):
            run.records += 1
            _add(objects(result), row, run, names)
        yield run.chunk(warnings)


def _add(result: dict[str, Any], row: int, run: Run, names: dict[str, int]) -> None:
    command = name_of(result.get("name")) or name_of(result.get("command"))
    if command is None or not ({"times", "median", "measurements"} & result.keys()):
        run.set_apart(row, "is no command with its times", result)
        return
    parameters = objects(result.get("parameters"))
    told = [f"{name}:{as_text(value)}" for name, value in parameters.items()]
    name = "/".join([command, *told])
    names[name] = names.get(name, 0) + 1
    if names[name] > 1:  # another command that was given the same name
        name = f"{name}#{names[name]}"
    subject: dict[str, str | None] = {"workload": command, "name": name}
    read = _of_two if "measurements" in result else _of_one
    if not read(result, row, run, subject):
        run.account.skip(NO_VALUE)


def _of_one(result: dict[str, Any], row: int, run: Run, subject: dict[str, str | None]) -> int:
    """Times and exit codes are lists; processor time is told as an average of all runs."""
    times, codes = result.get("times"), result.get("exit_codes")
    if not isinstance(times, list):
        return run.add(row, subject, "time_median", "s", [result.get("median")])
    if not isinstance(codes, list) or len(codes) != len(times):
        codes = [0] * len(times)
    memory = result.get("memory_usage_byte")
    if not isinstance(memory, list) or len(memory) != len(times):
        memory = [None] * len(times)
    done = [place for place, code in enumerate(codes) if code == 0]
    added = run.add(row, subject, "time", "s", [times[place] for place in done])
    added += run.add(
        *(row, subject, "peak_memory", "MB"), [memory[place] or None for place in done], factor=MB
    )
    user, system = number(result.get("user")), number(result.get("system"))
    if len(done) == len(times) and isinstance(user, float) and isinstance(system, float):
        added += run.add(row, subject, "cpu", "s", [user + system])
    return added + _succeeded(len(done), len(times), row, run, subject)


def _of_two(result: dict[str, Any], row: int, run: Run, subject: dict[str, str | None]) -> int:
    """Each run has its quantities, each with its unit."""
    measured = result["measurements"]
    rounds = [objects(one) for one in measured] if isinstance(measured, list) else []
    done = [one for one in rounds if one.get("exit_code", 0) == 0]
    added = 0
    for quantity, (metric, unit, given, factor) in _OF_TWO.items():
        values: list[Given] = []
        for one in done:
            told = objects(one.get(quantity))
            if missing(told.get("value")):
                continue
            if told.get("unit", given) != given:
                run.account.warn(f"{quantity} in another unit than {given} was not read")
                continue
            values.append(told["value"])
        if metric == "peak_memory":
            values = [value for value in values if value]  # 0 where it could not be told
        added += run.add(row, subject, metric, unit, values, factor=factor)
    return added + _succeeded(len(done), len(rounds), row, run, subject)


def _succeeded(done: int, rounds: int, row: int, run: Run, subject: dict[str, str | None]) -> int:
    return run.add(row, subject, "succeeded", "share", [done / rounds]) if rounds else 0
