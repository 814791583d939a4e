"""What is kept of rows that are let go: a line per day and group, of at least k persons each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.store.people import person_columns
from assay.features.daily import BY, DAILY_COLUMNS, daily_lines, merge_lines
from assay.schema import schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.data.store.manifest import DataFile

OTHER: Final = "(other)"
FOLDER: Final = "rollups"
_BY: Final[dict[str, tuple[str, ...]]] = {
    "interactions": BY,
    "sessions": ("agent_id",),
    "calls": ("integration",),
    "attempts": ("task_id",),
}
_PERSON: Final = "_person"


@dataclass(frozen=True, slots=True)
class Lines:
    """Daily lines, and the rows of days that had too few persons for any."""

    lines: pl.DataFrame
    suppressed: int


def by_of(table: str) -> tuple[str, ...]:
    """The columns that a table's daily lines are by."""
    return _BY.get(table, ())


def rolled_up(table: str, rows: pl.LazyFrame, *, k: int, time_zone: str = "UTC") -> Lines:
    """The lines of rows; groups of a day with fewer than k persons are merged into `(other)`.

    Where those together are still fewer than k, the day's smallest other groups join them; a day
    with fewer than k persons in all has no line. Groups whose rows name nobody stay as they are.
    """
    by = by_of(table)
    day = _local_day(table, time_zone)
    persons = person_columns(table)
    person = pl.coalesce(persons) if persons else pl.lit(None, pl.String)
    rows = rows.with_columns(pl.col(by).cast(pl.String)) if by else rows
    keys = ["_day", *by]
    groups = (
        rows.select(day.alias("_day"), *by, person.alias(_PERSON))
        .group_by(keys)
        .agg(pl.col(_PERSON).drop_nulls().n_unique().alias("persons"), pl.len().alias("rows"))
        .collect()
        .sort("_day", "persons", *by)
    )
    marked = groups.with_columns(_small(groups, k).alias("_small"))
    joined = rows.with_columns(day.alias("_day")).join(
        marked.lazy().select(*keys, "_small"), on=keys, nulls_equal=True
    )
    merged = joined.with_columns(
        pl.when("_small").then(pl.lit(OTHER)).otherwise(pl.col(name)).alias(name) for name in by
    )
    few = (
        merged.filter("_small")
        .group_by("_day")
        .agg(person.drop_nulls().n_unique().alias("persons"), pl.len().alias("rows"))
        .filter(pl.col("persons") < k)
        .collect()
    )
    kept = merged.filter(~(pl.col("_small") & pl.col("_day").is_in(few["_day"].implode())))
    kept = kept.drop("_day", "_small")
    lines = daily_lines(kept, table=table, by=by, time_zone=time_zone)
    return Lines(lines, int(few["rows"].sum()))


def read_lines(folder: Path, table: str, files: Sequence[DataFile]) -> pl.DataFrame:
    """The daily lines that are kept of a table's rows."""
    schema = {"day": pl.Date(), **dict.fromkeys(by_of(table), pl.String()), **DAILY_COLUMNS}
    if not files:
        return pl.DataFrame(schema=schema)
    paths = [folder / file.path for file in files]
    found = pl.scan_parquet(paths, schema=schema, missing_columns="insert", glob=False).collect()
    return merge_lines(found)


def _small(groups: pl.DataFrame, k: int) -> pl.Series:
    """Which groups of each day join `(other)`; groups are ordered by persons within days."""
    small: list[bool] = []
    day: object = None
    gathered = 0
    for of_day, persons in groups.select("_day", "persons").iter_rows():
        if of_day != day:
            day, gathered = of_day, 0
        joins = persons > 0 and (persons < k or 0 < gathered < k)
        gathered += persons if joins else 0
        small.append(joins)
    return pl.Series(small, dtype=pl.Boolean)


def _local_day(table: str, time_zone: str) -> pl.Expr:
    time = time_of(schema_of(table))
    dtype = schema_of(table).columns()[str(time)].dtype
    column = pl.col(str(time))
    return column if dtype == pl.Date else column.dt.convert_time_zone(time_zone).dt.date()
