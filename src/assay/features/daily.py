"""Rows → one line per day and group: counts, tokens, money, and moments that merge exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.clock import Clock, seconds, with_microseconds
from assay.features.faults import check_columns, collect
from assay.schema.tables import schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from assay.features.faults import Frame

TOKENS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
"""Kinds of tokens; the first four are disjoint, reasoning is part of the output."""

DAILY_COLUMNS: Final[dict[str, pl.DataType]] = {
    "rows": pl.Int64(),
    "successes": pl.Int64(),
    "failures": pl.Int64(),
    "tokens_n": pl.Int64(),
    **{name: pl.Int64() for name in TOKENS},
    "cost_n": pl.Int64(),
    "cost_usd": pl.Float64(),
    "cost_m2": pl.Float64(),
    "latency_n": pl.Int64(),
    "latency_mean": pl.Float64(),
    "latency_m2": pl.Float64(),
    "rating_n": pl.Int64(),
    "rating_mean": pl.Float64(),
    "rating_m2": pl.Float64(),
}
"""What a line holds after `day` (Date; null where rows have no time) and the columns it is by.

- `rows`; `successes` and `failures` among those whose outcome is known;
- `tokens_n`: rows that have an input or output count, then the sums of each kind, in tokens;
- `cost_n`: rows with a cost, their sum `cost_usd` in USD, and `cost_m2`;
- `latency_n`, `latency_mean` in seconds, `latency_m2`; the same of ratings (a share, 0–1).

An `m2` is the sum of squared distances from the line's own mean. A mean of no rows is null.
Numbers of different users, sessions … do not add up over lines, and are not among them.
"""

BY: Final = ("agent_id", "provider", "model", "service_tier")
"""What lines of interactions are by, unless it is said."""

_LATENCY: Final = {"interactions": "latency_s", "calls": "duration_s", "attempts": "duration_s"}
_RATING: Final = {"interactions": "rating", "attempts": "score", "sessions": "satisfaction"}
_FAR: Final = 1e5
"""Mean in standard deviations, from which on moments are taken about the mean in a second scan."""
_RESERVED: Final = "assay_"


@dataclass(frozen=True, slots=True)
class _Value:
    """A column whose moments a line holds, and where they are."""

    name: str
    column: str
    centre: float = 0.0

    @property
    def mine(self) -> str:
        return f"{_RESERVED}{self.name}"

    def of_row(self) -> nw.Expr:
        value = nw.col(self.column).cast(nw.Float64).fill_nan(None)
        return (value - self.centre if self.centre else value).alias(self.mine)

    def wanted(self) -> list[nw.Expr]:
        column = nw.col(self.mine)
        return [
            column.count().alias(f"{self.name}_n"),
            column.mean().alias(f"{self.name}_mean"),
            column.var().alias(f"{self.name}_var"),
        ]

    def settled(self, found: dict[str, Any]) -> dict[str, Any]:
        n = int(found[f"{self.name}_n"])
        mean = None if n == 0 else float(found[f"{self.name}_mean"]) + self.centre
        m2 = (n - 1) * float(found[f"{self.name}_var"] or 0.0) if n > 1 else 0.0
        if not (isfinite(mean or 0.0) and isfinite(m2)):
            raise DataError(
                f"column {self.column!r} holds infinite values, or such as cannot be squared",
                remedy="correct or remove these rows",
            )
        return {f"{self.name}_n": n, f"{self.name}_mean": mean, f"{self.name}_m2": m2}


def daily_lines(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    table: str = "interactions",
    by: Sequence[str] = BY,
    time: str | None = None,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """One line per local day and group, computed where the rows are: `day`, by, `DAILY_COLUMNS`.

    The rows are read once (twice in another zone than UTC, to see over which years its clocks
    matter); only the lines come back, sorted. Columns that the rows lack count as missing.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        table: whose columns say what is an outcome, a latency, a rating.
        by: columns that lines are by, as text; null is a group of its own.
        time: column that dates a row, unless it is the table's own.
        time_zone: whose days they are.

    Raises:
        DataError: where a column is missing, holds no times, or infinite numbers.
        ParameterError: where the table or zone is unknown, or a name is taken.
    """
    source: Frame = nw.from_native(rows).lazy()
    schema = dict(source.collect_schema())
    dated = time or time_of(schema_of(table))
    if dated is None:
        raise ParameterError(
            f"rows of {table} carry no time", remedy="name the column that dates a row: time=…"
        )
    check_by(by, {"day", *DAILY_COLUMNS})
    check_columns(source, [dated, *by], table="the data")
    source, day = with_day(source, dated, time_zone)
    given = {"cost": "cost_usd", "latency": _LATENCY.get(table), "rating": _RATING.get(table)}
    values = [_Value(name, column) for name, column in given.items() if column in schema]
    found = _lines(source, day, by, values, schema)
    far = {value.name: centre for value in values if (centre := _far(found, value)) is not None}
    if far:
        values = [_Value(v.name, v.column, far.get(v.name, 0.0)) for v in values]
        found = _lines(source, day, by, values, schema)
    return _framed(found, by, values)


def merge_lines(*frames: pl.DataFrame) -> pl.DataFrame:
    """The lines of the union of the rows that these lines are of.

    Lines of the same day and group become one. What a column's name does not belong to
    `DAILY_COLUMNS` is part of the group.

    Raises:
        DataError: where frames are by different columns.

    References:
        Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance, The American
        Statistician 37(3), eq. 2.1, for any number of samples.
    """
    first, *others = frames
    for other in others:
        if other.columns != first.columns:
            odd = sorted(set(other.columns) ^ set(first.columns))
            raise DataError(
                f"lines differ in {', '.join(odd) or 'the order of their columns'}",
                remedy="merge lines that are by the same columns",
            )
    lines = pl.concat(frames)
    keys = [name for name in lines.columns if name not in DAILY_COLUMNS]
    if not keys:
        lines, keys = lines.with_columns(pl.lit(0).alias(_RESERVED)), [_RESERVED]
    moments = {"cost": pl.col("cost_usd") / pl.col("cost_n")}
    moments |= {name: pl.col(f"{name}_mean") for name in ("latency", "rating")}
    lines = lines.with_columns(
        pl.when(pl.col(f"{name}_n") > 0).then(mean).alias(f"{name} mean")
        for name, mean in moments.items()
    ).with_columns(
        (
            (pl.col(f"{name} mean") * pl.col(f"{name}_n")).sum().over(keys)
            / pl.col(f"{name}_n").sum().over(keys)
        ).alias(f"{name} whole")
        for name in moments
    )
    spread = {
        f"{name}_m2": pl.col(f"{name}_m2").sum()
        + (pl.col(f"{name}_n") * (pl.col(f"{name} mean") - pl.col(f"{name} whole")).pow(2)).sum()
        for name in moments
    }
    means = {
        f"{name}_mean": pl.when(pl.col(f"{name}_n").sum() > 0).then(pl.col(f"{name} whole").first())
        for name in ("latency", "rating")
    }
    wanted = [(spread | means).get(name, pl.col(name).sum()).alias(name) for name in DAILY_COLUMNS]
    merged = lines.group_by(keys).agg(wanted).sort(keys, nulls_last=True)
    return merged.select(first.columns)


def with_day(rows: Frame, time: str, time_zone: str) -> tuple[Frame, nw.Expr]:
    """The rows, and the number of the local day of each; a column of days is taken as it is."""
    is_day = isinstance(rows.collect_schema()[time], nw.Date)
    time_name, second = f"{_RESERVED}time", f"{_RESERVED}second"
    rows = with_microseconds(rows, time, time_name)
    clock = Clock.over(rows, time_name, "UTC" if is_day else time_zone)
    if clock.is_utc and isinstance(rows.to_native(), pl.LazyFrame):
        return rows, nw.col(time_name) // (86_400 * 1_000_000)
    rows = rows.with_columns(seconds(time_name).alias(second))
    return rows, clock.day(nw.col(second))


def as_days(numbers: Iterable[int | None]) -> pl.Series:
    """Numbers of days as days."""
    given = numbers if isinstance(numbers, pl.Series) else pl.Series(list(numbers), dtype=pl.Int64)
    return given.cast(pl.Int32).cast(pl.Date).alias("day")


def check_by(by: Sequence[str], taken: Collection[str]) -> None:
    """That columns which lines are by have names of their own.

    Raises:
        ParameterError: naming the first that has not.
    """
    for name in by:
        if name in taken or by.count(name) > 1 or name.startswith(_RESERVED):
            raise ParameterError(
                f"lines by {name!r}, which names "
                + ("what a line holds" if name in taken else "a column twice, or one of our own"),
                remedy="rename the column, or leave it out",
            )


def _lines(
    rows: Frame, day: nw.Expr, by: Sequence[str], values: Sequence[_Value], schema: dict[str, Any]
) -> list[dict[str, Any]]:
    keys = [f"{_RESERVED}day", *(f"{_RESERVED}by{i}" for i in range(len(by)))]
    columns = [day.alias(keys[0])]
    columns += [
        nw.col(name).cast(nw.String).alias(key) for name, key in zip(by, keys[1:], strict=True)
    ]
    columns += [value.of_row() for value in values]
    wanted = [nw.len().alias("rows")]
    if "succeeded" in schema:
        columns.append(nw.col("succeeded").cast(nw.Boolean).alias(f"{_RESERVED}ok"))
        wanted += [
            nw.col(f"{_RESERVED}ok").count().alias("known"),
            nw.col(f"{_RESERVED}ok").cast(nw.Int64).sum().alias("successes"),
        ]
    tokens = [name for name in TOKENS if name in schema]
    for name in tokens:
        columns.append(nw.col(name).cast(nw.Int64).alias(f"{_RESERVED}{name}"))
        wanted.append(nw.col(f"{_RESERVED}{name}").sum().alias(name))
    counted = [nw.col(name) for name in ("input_tokens", "output_tokens") if name in schema]
    if counted:
        known = counted[0] if len(counted) == 1 else nw.coalesce(*counted)
        columns.append((~known.is_null()).cast(nw.Int64).alias(f"{_RESERVED}counted"))
        wanted.append(nw.col(f"{_RESERVED}counted").sum().alias("tokens_n"))
    wanted += [expr for value in values for expr in value.wanted()]
    return collect(rows.select(*columns).group_by(keys).agg(*wanted))


def _far(found: Sequence[dict[str, Any]], value: _Value) -> float | None:
    """The mean to take moments about, where values lie far from zero beside their spread."""
    n = sum(int(row[f"{value.name}_n"]) for row in found)
    if not n:
        return None
    settled = [value.settled(row) for row in found]
    mean = sum(s[f"{value.name}_n"] * (s[f"{value.name}_mean"] or 0.0) for s in settled) / n
    m2 = sum(s[f"{value.name}_m2"] for s in settled)
    return mean if mean * mean * n > _FAR * _FAR * m2 > 0 else None


def _framed(
    found: Sequence[dict[str, Any]], by: Sequence[str], values: Sequence[_Value]
) -> pl.DataFrame:
    empty = {name: 0.0 if dtype == pl.Float64() else 0 for name, dtype in DAILY_COLUMNS.items()}
    lines: list[dict[str, Any]] = []
    for row in found:
        line: dict[str, Any] = empty | {"latency_mean": None, "rating_mean": None}
        line |= {name: int(row[name] or 0) for name in ("rows", "tokens_n", *TOKENS) if name in row}
        if "known" in row:
            line["successes"] = int(row["successes"] or 0)
            line["failures"] = int(row["known"]) - line["successes"]
        for value in values:
            line |= value.settled(row)
        line["cost_usd"] = line["cost_n"] * (line.pop("cost_mean", None) or 0.0)
        line |= {name: row[f"{_RESERVED}by{i}"] for i, name in enumerate(by)}
        lines.append(line | {"day": row[f"{_RESERVED}day"]})
    schema = {"day": pl.Int64(), **dict.fromkeys(by, pl.String()), **DAILY_COLUMNS}
    frame = pl.DataFrame(lines, schema=schema, orient="row")
    return frame.with_columns(as_days(frame["day"])).sort("day", *by, nulls_last=True)
