"""The commands that look at data: hold a file against a table, and build the sample."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from assay.app.console import aligned, print_json, say
from assay.app.place import this_project
from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.data.check import CheckReport, Rejection


def print_check(
    file: str, table: str, mapping: Path | None, max_rejected: float, *, as_json: bool
) -> int:
    """Prints what a file holds of a table; 3 where it would be refused."""
    from assay.data.check import check_file  # noqa: PLC0415  Polars takes its time

    report = check_file(file, table, mapping, max_rejected=max_rejected)
    if as_json:
        print_json(asdict(report))
    else:
        for line in _lines(report):
            say(line)
    return DataError.exit_code if report.refused else 0


def build_sample(seed: int | None, out: Path | None) -> None:
    """Builds the sample data and says where they are."""
    from assay.data.simulate.write import SEED, write_sample  # noqa: PLC0415  Polars takes its time

    folder, since = out or this_project().sample, time.monotonic()
    say("Building the sample data …")
    write_sample(folder, seed=SEED if seed is None else seed)
    shown = out or this_project().relative(folder)
    say(
        f"{shown}: {len(list(folder.glob('*.parquet')))} tables and truth.json, "
        f"{time.monotonic() - since:.0f} s"
    )


def _lines(report: CheckReport) -> Iterator[str]:
    days = f", {report.first} to {report.last}" if report.first else ""
    yield f"{report.path} as {report.table}: {report.rows:,} rows{days}"
    yield f"  valid     {report.valid:,}"
    yield f"  rejected  {report.rejected:,} ({report.rejected_share:.2%})"
    for rejection in report.rejections:
        yield from _rejection(rejection)
    for skipped in report.skipped:
        yield f"  skipped   {skipped.count:,}, not kept by the mapping: {skipped.reason}"
    yield ""
    yield "Columns"
    yield from (f"  {line}" for line in aligned([(c.name, "←", c.source) for c in report.found]))
    if report.kept:
        yield f"  kept as your own: {', '.join(report.kept)}"
    for ignored in report.ignored:
        meant = f" (did you mean {ignored.meant}? name it in a mapping)" if ignored.meant else ""
        yield f"  ignored: {ignored.name}{meant}"
    if report.missing_optional:
        yield f"  not there, left empty: {', '.join(report.missing_optional)}"
    if report.missing_required:
        yield f"  not there, but needed: {', '.join(report.missing_required)}"
    yield ""
    yield f"Not usable: {report.why}." if report.refused else f"Usable as {report.table}."


def _rejection(rejection: Rejection) -> Iterator[str]:
    like = f", for example {rejection.example}" if rejection.example else ""
    yield f"    {rejection.count:,} × {rejection.reason}{like}"
    for row in rejection.rows:
        values = ", ".join(f"{name}={value}" for name, value in row.values.items())
        yield f"      row {row.row:,}: {values}"
