"""Rows for a report on their quality: the valid ones, and why the others were rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError
from assay.core.provenance import LeftOut, Source
from assay.data.examine import examine
from assay.data.prepare import prepare
from assay.data.read import read
from assay.features.profile_tables import Rejection, TableCount

if TYPE_CHECKING:
    from pathlib import Path

REPEATED: Final = "primary_key"
"""Name of the rule that a key appears once."""
PERSONS: Final = ("user_id", "learner_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a table holds and what was turned away from it.

    Attributes:
        rows: the valid rows, lazily.
        rejections: why rows were rejected, most frequent first; a row may break several rules.
        rejected: rows that were rejected, each counted once.
        source: for the report's provenance.
    """

    rows: pl.LazyFrame
    rejections: tuple[Rejection, ...]
    rejected: int
    source: Source

    def count(self) -> TableCount:
        """The table in four numbers."""
        have = self.rows.collect_schema().names()
        person = next((name for name in PERSONS if name in have), None)
        persons = None
        if person is not None:
            distinct = self.rows.select(pl.col(person).drop_nulls().n_unique())
            persons = int(distinct.collect(engine="streaming").item())
        first, last = self.source.first, self.source.last
        days = None
        if first and last:
            days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        return TableCount(rows=self.source.rows, rejected=self.rejected, persons=persons, days=days)


def quality_of(
    source: str | Path,
    *,
    name: str = "data",
    table: str = "interactions",
    mapping: str | Path | None = None,
) -> Held:
    """The rows of a source, whatever share of them the rules reject.

    Args:
        source: path or glob of a file.
        name: the parameter that names it, for the provenance.
        table: whose rules it is held against.
        mapping: YAML file that names the file's columns, where they are not ours.

    Raises:
        DataError: where it cannot be read, lacks a required column, or holds no valid row.
        ParameterError: where the table is unknown or the mapping does not fit.
    """
    prepared = prepare(source, table, mapping)
    if prepared.columns.missing_required:
        read(source, table=table, mapping=mapping)
    examined = examine(prepared)
    if examined.valid_rows == 0:
        raise DataError(
            f"none of the {len(examined.rejected):,} rows of {source} keeps the rules of {table}",
            remedy=f"see `assay check {source} --as {table}`, and map or mend what it names",
        )
    rejections = tuple(
        Rejection(
            told=reason.told,
            count=reason.count,
            columns=reason.columns,
            repeated=reason.rule == REPEATED,
        )
        for reason in examined.reasons
    )
    return Held(
        rows=examined.valid,
        rejections=rejections,
        rejected=len(examined.rejected),
        source=Source(
            name=name,
            path=str(source),
            rows=examined.valid_rows,
            first=examined.first,
            last=examined.last,
            left_out=tuple(
                LeftOut(what=f"rows of {table}", count=one.count, reason=one.told)
                for one in rejections
            ),
        ),
    )
