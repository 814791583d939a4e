"""What `assay check` tells of a file: what was found in it, what is rejected, and why."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.provenance import LeftOut
from assay.core.units import Count, Share
from assay.data.alike import nearly_ours
from assay.data.examine import ROW, examine, row_count
from assay.data.prepare import prepare
from assay.data.read import MAX_REJECTED, example_of, is_refused
from assay.data.shown import shown
from assay.schema import schema_of

if TYPE_CHECKING:
    from pathlib import Path

    from assay.data.examine import Examined, Reason
    from assay.data.prepare import Columns

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """One rejected row, by the columns that matter to the reason; what may be personal is `*`."""

    row: Count
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One reason, how many rows it rejects, and the first of them.

    Attributes:
        example: the first value that is rejected, where it is a matter of one value and may be
            told.
    """

    reason: str
    count: Count
    example: str | None
    rows: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumn:
    """A column of the table, and the column of the file (or the constant) that it comes from."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredColumn:
    """A column of the file that nothing reads, and the column of ours that it may be meant as."""

    name: str
    meant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a file holds of a table.

    Attributes:
        rows: that count; those that the mapping does not keep are in `skipped`.
        refused: whether `read` would refuse the file, and `why`.
        rejections: most frequent first; a row may be rejected for several reasons.
        kept: the user's own columns, which come along.
        first, last: days of the valid rows, ISO dates, None where rows carry no time.
    """

    path: str
    table: str
    mapping: str | None
    rows: Count
    valid: Count
    rejected: Count
    rejected_share: Share
    max_rejected: Share
    refused: bool
    why: str | None
    rejections: tuple[Rejection, ...]
    skipped: tuple[LeftOut, ...]
    found: tuple[FoundColumn, ...]
    kept: tuple[str, ...]
    missing_required: tuple[str, ...]
    missing_optional: tuple[str, ...]
    ignored: tuple[IgnoredColumn, ...]
    first: str | None
    last: str | None


def check_file(
    path: str | Path,
    table: str,
    mapping: str | Path | None = None,
    *,
    max_rejected: float = MAX_REJECTED,
) -> CheckReport:
    """Hold a file against a table and tell what fits; many rejected rows are no error here.

    Raises:
        DataError: where the file cannot be read.
        ParameterError: where the table is unknown or the mapping does not fit.
    """
    prepared = prepare(path, table, mapping)
    columns = prepared.columns
    if columns.missing_required:
        rows, valid, first, last = row_count(prepared), 0, None, None
        skipped = prepared.skipped()
        rejections = tuple(
            Rejection(reason=f"there is no column {name}", count=rows, example=None, rows=())
            for name in columns.missing_required
        )
    else:
        examined = examine(prepared)
        skipped = examined.skipped
        valid, first, last = examined.valid_rows, examined.first, examined.last
        rows = valid + len(examined.rejected)
        rejections = tuple(_rejection(examined, reason) for reason in examined.reasons)
    why = _why_refused(columns, rows - valid, rows, max_rejected)
    return CheckReport(
        path=prepared.path,
        table=table,
        mapping=None if mapping is None else str(mapping),
        rows=rows,
        valid=valid,
        rejected=rows - valid,
        rejected_share=(rows - valid) / rows if rows else 0.0,
        max_rejected=max_rejected,
        refused=why is not None,
        why=why,
        rejections=rejections,
        skipped=skipped,
        found=tuple(FoundColumn(name=n, source=s) for n, s in columns.found.items()),
        kept=columns.kept,
        missing_required=columns.missing_required,
        missing_optional=columns.missing_optional,
        ignored=tuple(_ignored(columns, name) for name in columns.ignored),
        first=first,
        last=last,
    )


def _why_refused(columns: Columns, rejected: int, rows: int, most: float) -> str | None:
    if missing := columns.missing_required:
        return f"required columns are missing: {', '.join(missing)}"
    if rows == 0:
        return "the mapping keeps no row"
    if is_refused(rejected, rows, most):
        return f"{rejected / rows:.1%} of the rows are rejected, at most {most:.1%} may be"
    return None


def _rejection(examined: Examined, reason: Reason) -> Rejection:
    schema = schema_of(examined.prepared.table)
    columns = dict.fromkeys((*schema.primary_key(), *reason.columns))
    wanted = {name: schema.columns()[name].dtype for name in columns}
    first = examined.rejected.filter(pl.col("reasons").list.contains(reason.told)).head(EXAMPLES)
    return Rejection(
        reason=reason.told,
        count=reason.count,
        example=example_of(examined, reason.columns, reason.told),
        rows=tuple(
            RejectedRow(
                row=row[ROW], values={name: shown(row[name], wanted[name]) for name in columns}
            )
            for row in first.select(ROW, *columns).rows(named=True)
        ),
    )


def _ignored(columns: Columns, name: str) -> IgnoredColumn:
    missing = (*columns.missing_required, *columns.missing_optional)
    close = list(nearly_ours([name], missing)) or get_close_matches(name, missing, cutoff=0.8)
    return IgnoredColumn(name=name, meant=close[0] if close else None)
