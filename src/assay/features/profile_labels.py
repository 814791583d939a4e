"""Which names a log knows, since when, and how their shares move from week to week.

A name of fewer than k persons is counted and not shown, and so is one that does not look like the
name of a thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,47}$"
"""What the name of a model, an agent or a version looks like: no blank, no at sign."""
OTHER: Final = "other"
"""All values together that are too small to be shown, or beyond the largest."""
MOST_LEVELS: Final = 12
WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValue:
    """A value that the recent days have and the days before had not."""

    column: str
    value: str
    first: date
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumn:
    """One column of names: how many are shown, hidden, and new in the recent days."""

    column: str
    values: int
    hidden: int
    new: int
    new_hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyMix:
    """Rows per week and value: `counts[week][level]`, weeks of seven days up to the last day."""

    column: str
    levels: tuple[str, ...]
    weeks: tuple[date, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelProfile:
    """Names of things, new names among them, and the weekly mix of some."""

    columns: tuple[LabelColumn, ...]
    new: tuple[NewValue, ...]
    mixes: tuple[WeeklyMix, ...]


def profile_labels(  # noqa: PLR0913  what is looked at, and what is too little
    rows: pl.LazyFrame,
    labels: Sequence[str],
    mix: Sequence[str],
    *,
    recent: int,
    last: date,
    k: int,
) -> LabelProfile:
    """What the label columns hold that may be shown.

    Args:
        rows: interactions.
        labels: columns whose values are names of things.
        mix: those whose shares are followed week by week.
        recent: days at the end in which a value is new that did not appear before.
        last: last day of the data.
        k: fewest persons (rows, where rows name none) of a value that is shown.
    """
    have = rows.collect_schema().names()
    columns = [name for name in dict.fromkeys((*labels, *mix)) if name in have]
    mixed = [name for name in mix if name in have]
    day = pl.col("occurred_at").dt.date()
    week = (pl.lit(last) - day).dt.total_days() // WEEK
    found = pl.collect_all(
        [_values(rows, name, day) for name in columns]
        + [
            rows.filter(pl.col(name).is_not_null())
            .group_by(week.alias("week"), pl.col(name).alias("value"))
            .agg(pl.len().alias("rows"))
            for name in mixed
        ],
        engine="streaming",
    )
    tables = dict(zip(columns, found[: len(columns)], strict=True))
    since = last - timedelta(days=recent - 1)
    shown = {name: _may_be_shown(table, k) for name, table in tables.items()}
    begun = any((table["first"] < since).any() for table in tables.values())
    fresh = {name: (table["first"] >= since) & begun for name, table in tables.items()}
    return LabelProfile(
        columns=tuple(
            LabelColumn(
                column=name,
                values=len(table),
                hidden=int((~shown[name]).sum()),
                new=int(fresh[name].sum()),
                new_hidden=int((fresh[name] & ~shown[name]).sum()),
            )
            for name, table in tables.items()
        ),
        new=tuple(
            NewValue(column=name, value=row["value"], first=row["first"], rows=row["rows"])
            for name, table in tables.items()
            for row in table.filter(fresh[name] & shown[name])
            .sort("first", "value")
            .iter_rows(named=True)
        ),
        mixes=tuple(
            _mix(name, table, _levels(tables[name], shown[name], k), last)
            for name, table in zip(mixed, found[len(columns) :], strict=True)
        ),
    )


def _values(rows: pl.LazyFrame, name: str, day: pl.Expr) -> pl.LazyFrame:
    return (
        rows.filter(pl.col(name).is_not_null())
        .group_by(pl.col(name).cast(pl.String).alias("value"))
        .agg(
            pl.len().alias("rows"),
            pl.col("user_id").drop_nulls().n_unique().alias("persons"),
            day.min().alias("first"),
        )
        .sort("rows", "value", descending=[True, False])
    )


def _may_be_shown(table: pl.DataFrame, k: int) -> pl.Series:
    persons = (pl.col("persons") >= k) | (pl.col("persons") == 0)
    return table.select(
        (pl.col("rows") >= k) & persons & pl.col("value").str.contains(PLAIN)
    ).to_series()


def _levels(values: pl.DataFrame, shown: pl.Series, k: int) -> list[str]:
    """The values that a mix names, by rows.

    All others are told together: where none of them has k persons, the smallest value that may be
    shown joins them, so that their share gives nobody away.
    """
    levels: list[str] = values.filter(shown)["value"].head(MOST_LEVELS).to_list()
    others = values.filter(~pl.col("value").is_in(levels))
    persons = others.select(
        pl.when(pl.col("persons") > 0).then("persons").otherwise(pl.col("rows")).max()
    ).item()
    return levels[:-1] if len(others) and persons < k else levels


def _mix(name: str, table: pl.DataFrame, levels: list[str], last: date) -> WeeklyMix:
    named = table.with_columns(
        pl.when(pl.col("value").is_in(levels)).then("value").otherwise(pl.lit(OTHER))
    )
    if named["value"].is_in([OTHER]).any():
        levels.append(OTHER)
    weeks = int(table["week"].max() or 0) + 1 if len(table) else 0  # type: ignore[arg-type]
    grid = [[0] * len(levels) for _ in range(weeks)]
    for week, value, rows in named.iter_rows():
        grid[weeks - 1 - week][levels.index(value)] += rows
    starts = tuple(last - timedelta(days=WEEK * (weeks - i) - 1) for i in range(weeks))
    return WeeklyMix(
        column=name, levels=tuple(levels), weeks=starts, counts=tuple(tuple(r) for r in grid)
    )
