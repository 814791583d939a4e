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
from assay.data.read import KEPT, read
from assay.data.sources.pieces import is_store, store_folder
from assay.features.profile_tables import Rejection, TableCount
from assay.schema import rules_of, schema_of

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
        source: path or glob of a file, or `store:TABLE`: then what its imports turned away counts.
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
    if none := examined.none_is_kept():
        raise DataError(none, remedy=KEPT)
    if examined.valid_rows == 0:
        raise DataError(
            f"none of the {len(examined.rejected):,} rows of {prepared.path} "
            f"keeps the rules of {table}",
            remedy=f"see `assay check {prepared.path} --as {table}`, and map or mend what it names",
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
    rejected = len(examined.rejected)
    if is_store(source):
        kept = _quarantined(table)
        rejections, rejected = (*kept.rejections, *rejections), kept.rows + rejected
    return Held(
        rows=examined.valid,
        rejections=rejections,
        rejected=rejected,
        source=Source(
            name=name,
            path=prepared.path,
            rows=examined.valid_rows,
            first=examined.first,
            last=examined.last,
            left_out=(
                *examined.skipped,
                *(
                    LeftOut(what=f"rows of {table}", count=one.count, reason=one.told)
                    for one in rejections
                ),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Quarantined:
    """Rows of a table that imports into the store turned away, and why."""

    rows: int
    rejections: tuple[Rejection, ...]


def _quarantined(table: str) -> _Quarantined:
    from assay.data.store import Store  # noqa: PLC0415  only where a store is asked for

    current = (pl.col("table") == table) & pl.col("superseded_at").is_null()
    mine = Store.at(store_folder()).quarantine().filter(current)
    reasons = (
        mine.select(pl.col("reasons").explode().alias("told"))
        .drop_nulls()
        .group_by("told")
        .agg(pl.len().alias("count"))
        .sort("count", "told", descending=[True, False])
    )
    rows, counts = pl.collect_all([mine.select(pl.len()), reasons])
    return _Quarantined(int(rows.item()), _of_rules(counts, table))


def _of_rules(counts: pl.DataFrame, table: str) -> tuple[Rejection, ...]:
    """Reasons with their rule's columns; one that is no rule's may begin with a column's name."""
    schema = schema_of(table)
    rules = {rule.broken: (name, rule.columns) for name, rule in rules_of(schema).items()}
    found = []
    for told, count in counts.iter_rows():
        first = told.split(" ", 1)[0]
        own = (first,) if first in schema.column_names() else ()
        rule, columns = rules.get(told, ("", own))
        found.append(Rejection(told=told, count=count, columns=columns, repeated=rule == REPEATED))
    return tuple(found)
