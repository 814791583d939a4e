"""Frames from files: as they are (`scan`), or held against a table (`read`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.addresses import without_credentials
from assay.core.errors import DataError
from assay.core.provenance import LeftOut, Source
from assay.data.alike import as_mapping, nearest_column, nearly_ours
from assay.data.convert import parsed_moment
from assay.data.examine import examine
from assay.data.prepare import prepare
from assay.data.shown import MASKED, shown
from assay.data.sources import readable, scan
from assay.features.clock import moment_of, with_microseconds
from assay.features.faults import collect
from assay.schema import schema_of

if TYPE_CHECKING:
    from datetime import date

    from assay.data.examine import Examined
    from assay.data.prepare import Prepared

__all__ = ["Checked", "read", "scan", "source_of"]

MAX_REJECTED: Final = 0.05
"""Share of rows that may be rejected before a file is refused."""

KEPT: Final = "mend `keep` of the mapping, or leave it away"

LOOKED_AT: Final = 100
"""Rejected values among which one is sought that may be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file's rows, divided by the rules of a table.

    Attributes:
        valid: lazy, with the types of the table; optional columns that the file lacks are null,
            the user's own come last, under their prefix.
        rejected: `row` (number in the file, from 1), `reasons`, and the values as they are given.
        reasons: how many rows each rule rejects; a row may break several.
        source: for the report: valid rows, their days, what was left out.
    """

    valid: pl.LazyFrame
    rejected: pl.DataFrame
    reasons: tuple[LeftOut, ...]
    source: Source


def read(
    source: str | Path,
    *,
    table: str,
    mapping: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
) -> Checked:
    """The rows of a file that keep the rules of a table, and the others with the reasons.

    Args:
        source: path or glob of Parquet, CSV or JSON lines.
        table: name of the table, for example `interactions`.
        mapping: YAML file that names the file's columns, where they are not ours.
        max_rejected: share of rows, 0–1, above which the whole file is refused.

    Raises:
        DataError: where the file cannot be read, lacks a required column, or too many of its rows
            are rejected.
        ParameterError: where the table is unknown or the mapping does not fit.
    """
    prepared = prepare(source, table, mapping)
    if prepared.columns.missing_required:
        raise DataError(_lacks(prepared), remedy=_where_is(prepared))
    examined = examine(prepared)
    if none := examined.none_is_kept():
        raise DataError(none, remedy=KEPT)
    rows = examined.valid_rows + len(examined.rejected)
    if is_refused(len(examined.rejected), rows, max_rejected):
        raise DataError(
            f"{len(examined.rejected):,} of {rows:,} rows of {prepared.path} "
            f"({len(examined.rejected) / rows:.1%}) are rejected, expected at most "
            f"{max_rejected:.1%}: {'; '.join(_told(examined)[:3])}",
            remedy=f"see `assay check {prepared.path} --as {table}`, and map or mend what it names",
        )
    reasons = tuple(
        LeftOut(what=f"rows of {table}", count=reason.count, reason=reason.told)
        for reason in examined.reasons
    )
    return Checked(
        valid=examined.valid,
        rejected=examined.rejected,
        reasons=reasons,
        source=Source(
            name=table,
            path=prepared.path,
            rows=examined.valid_rows,
            first=examined.first,
            last=examined.last,
            left_out=(*examined.skipped, *reasons),
        ),
    )


def is_refused(rejected: int, rows: int, max_rejected: float) -> bool:
    """Whether more rows are rejected than the share that may be."""
    return not rejected <= max_rejected * rows


def example_of(examined: Examined, columns: tuple[str, ...], told: str) -> str | None:
    """A value rejected for this reason; None where a whole row is, or none may be told."""
    if len(columns) != 1:
        return None
    values = examined.rejected.filter(pl.col("reasons").list.contains(told))[columns[0]]
    wanted = schema_of(examined.prepared.table).columns()[columns[0]].dtype
    for value in values.drop_nulls().head(LOOKED_AT):
        told_value = shown(value, wanted)
        if told_value is not None and MASKED not in told_value:
            return repr(told_value) if isinstance(value, str) else told_value
    return None


def _told(examined: Examined) -> list[str]:
    told = []
    for reason in examined.reasons:
        example = example_of(examined, reason.columns, reason.told)
        like = f", for example {example}" if example else ""
        told.append(f"{reason.told}{like} ({reason.count:,} rows)")
    return told


def _lacks(prepared: Prepared) -> str:
    missing = prepared.columns.missing_required
    names = ", ".join(repr(name) for name in missing)
    return (
        f"{prepared.path} has no column {names}, which {prepared.table} "
        f"{'needs' if len(missing) == 1 else 'need'}"
    )


def _where_is(prepared: Prepared) -> str:
    """The nearest column of the file, or all that nothing reads yet."""
    first, columns = prepared.columns.missing_required[0], prepared.columns
    nearly = nearly_ours(columns.ignored, (*columns.missing_required, *columns.missing_optional))
    if nearly.keys() & set(columns.missing_required):
        return as_mapping(nearly, prepared.table)
    return f"{nearest_column(first, columns.ignored)}; name its column in a mapping ({first}: …)"


def source_of(
    data: str | Path | pl.LazyFrame | pl.DataFrame | Any,  # noqa: ANN401  or what Narwhals knows
    *,
    name: str,
    path: str | Path | None = None,
    time: str | None = None,
    left_out: tuple[LeftOut, ...] = (),
) -> Source:
    """Where a notebook's rows come from: how many, and from which day to which.

    Args:
        data: what is read; a path is scanned. Rows that another engine holds (a DuckDB relation, a
            DataFrame of PySpark) are counted there; their days are of UTC.
        name: the parameter that names it.
        path: as the parameters give it, where `data` is a frame.
        time: column that dates a row; without it there are no days.
        left_out: rows or units that do not count, and why.

    Raises:
        DataError: where the column is missing or holds no times.
    """
    held = scan(data) if isinstance(data, str | Path) else data
    place = without_credentials(str(path or (data if isinstance(data, str | Path) else "")))
    if isinstance(held, pl.LazyFrame | pl.DataFrame):
        frame = held.lazy()
        ends = [] if time is None else _ends(frame, time)
        with readable(place, "data"):
            row = frame.select(pl.len().alias("rows"), *ends).collect(engine="streaming").row(0)
        rows, first, last = (*row, None, None)[:3]
    else:
        rows, first, last = _counted_there(held, time)
    return Source(
        name=name, path=place, rows=rows, first=_day(first), last=_day(last), left_out=left_out
    )


def _counted_there(held: object, time: str | None) -> tuple[int, date | None, date | None]:
    """Rows, first and last time, by the engine that holds the rows."""
    frame: nw.LazyFrame[Any] = nw.from_native(held).lazy()  # type: ignore[call-overload]
    wanted, taken = [nw.len().alias("rows")], "assay_time"
    if time is not None:
        names = frame.collect_schema().names()
        if time not in names:
            raise DataError(f"there is no column {time!r}", remedy=nearest_column(time, names))
        frame = with_microseconds(frame, time, taken)
        wanted += [nw.col(taken).min().alias("first"), nw.col(taken).max().alias("last")]
    found = collect(frame.select(*wanted))[0]
    ends = (found.get(name) for name in ("first", "last"))
    first, last = (None if end is None else moment_of(end / 1e6) for end in ends)
    return int(found["rows"]), first, last


def _ends(frame: pl.LazyFrame, time: str) -> list[pl.Expr]:
    schema = frame.collect_schema()
    if time not in schema:
        raise DataError(f"there is no column {time!r}", remedy=nearest_column(time, schema.names()))
    if schema[time] == pl.String:
        moments = parsed_moment(pl.col(time))
    elif schema[time].is_temporal():
        moments = pl.col(time)
    else:
        raise DataError(
            f"column {time!r} is {schema[time]}, expected times or dates",
            remedy="name another column, or convert it",
        )
    return [moments.min().alias("first"), moments.max().alias("last")]


def _day(moment: date | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d}"
