"""The one scan behind lines of spending: rows → sums per key, where the rows are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.clock import day_number
from assay.features.daily import TOKENS, with_day
from assay.features.faults import check_columns, collect_table
from assay.features.implausible import cost_per_token, with_apart
from assay.features.near_days import near_days
from assay.features.pricing import HOUR_TOKENS
from assay.params import Window

if TYPE_CHECKING:
    from assay.features.faults import Frame

PRICED: Final = ("provider", "model", "service_tier")
"""What a price depends on, beside the day; a column that rows lack is null."""
DAY: Final = "assay_day"
LOGGED: Final = "assay_logged"
COUNTED: Final = "assay_counted"
APART: Final = "assay_apart"
_KEY: Final = "assay_key"
_LEAST: Final = "least tokens"
_LEAST_USD: Final = "least cost_usd"
_FACTOR: Final = 0x9E3779B97F4A7C15
_How = Literal["sum", "min", "max", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What is asked of one scan.

    Attributes:
        by: columns beside what a price depends on, as text.
    """

    by: Sequence[str] = ()
    time: str = "occurred_at"
    time_zone: str = "UTC"
    window: Window | None = None


@dataclass(slots=True)
class _Columns:
    """Columns of a row, and what is wanted of them for a line: name, column, how."""

    made: list[nw.Expr] = field(default_factory=list)
    wanted: list[tuple[str, str, _How]] = field(default_factory=list)

    def take(self, name: str, value: nw.Expr, **wanted: _How) -> None:
        """A column, and what of it is wanted under which names."""
        self.made.append(value.alias(f"assay_{name}"))
        self.wanted += [(told, f"assay_{name}", how) for told, how in wanted.items()]

    def take_sum(self, name: str, value: nw.Expr) -> None:
        """A column whose sum is wanted under the same name."""
        self.take(name, value)
        self.wanted.append((name, f"assay_{name}", "sum"))


def scanned(
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    scan: Scan,
    *,
    scored: bool = False,
    apart: bool = False,
) -> pl.DataFrame:
    """Sums per key: `assay_day` (a number), `assay_bucket`, PRICED, by, `assay_logged` and
    `assay_counted`, then `requests` and sums.

    Args:
        rows: any lazy frame that Narwhals knows.
        scan: what is asked.
        scored: adds `largest`, the most that a token cost in any row.
        apart: keeps rows with `apart` in lines of their own, `assay_apart`.

    Raises:
        DataError: where a column is missing, or a count or cost is negative.
        ParameterError: where the zone is unknown.
    """
    source: Frame = nw.from_native(rows).lazy()
    schema = dict(source.collect_schema())
    check_columns(source, [scan.time, *scan.by], table="the data")
    source, day = with_day(source, scan.time, scan.time_zone)
    source = _within(source.with_columns(day.alias(DAY)), scan.window)
    keys = [*PRICED, *scan.by]
    text = [
        (nw.col(name) if name in schema else nw.lit(None)).cast(nw.String).alias(f"assay_by{i}")
        for i, name in enumerate(keys)
    ]
    columns = _amounts(schema)
    grouped = [DAY, *(f"assay_by{i}" for i in range(len(keys)))]
    if scored and "cost_usd" in schema:
        columns.take("score", cost_per_token(schema), largest="max")
    if apart:
        grouped.append(APART)
        columns.take("apart", nw.col("apart"))
    picked = source.select(DAY, *text, *columns.made)
    found = _grouped(picked, [*grouped, LOGGED, COUNTED], columns.wanted)
    _check(found, source)
    return found.rename({f"assay_by{i}": name for i, name in enumerate(keys)})


def with_apart_lines(
    rows: Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    scan: Scan,
    usual: pl.DataFrame | None,
) -> pl.DataFrame:
    """What `scanned` finds, implausible records in lines of their own: `assay_apart`.

    Each line brings its largest cost per token along. Only days and models with one beyond its
    limit are read again, row by row.
    """
    found = scanned(rows, scan, scored=usual is not None)
    nobody = pl.lit(False).alias(APART)
    if usual is None or "largest" not in found.columns:
        return found.with_columns(nobody)
    beyond = beyond_usual(found, usual)
    if beyond.is_empty():
        return found.with_columns(nobody)
    whole: Any = nw.from_native(rows).lazy().to_native()
    if not isinstance(whole, pl.LazyFrame):
        raise ParameterError(
            "records can be set apart in files and frames of Polars only",
            remedy="give the rows as a file, or leave usual costs out",
        )
    days = beyond[DAY].unique().implode()
    models = beyond["model"].unique().implode()
    here = pl.col("model").is_in(models, nulls_equal=True)
    near = whole.filter(here & near_days(whole, scan.time, beyond[DAY]))
    inside = here & pl.col(DAY).is_in(days, nulls_equal=True)
    again = scanned(with_apart(near, usual), scan, apart=True).filter(inside)
    kept = found.filter(~inside).with_columns(nobody)
    return pl.concat([kept.select(again.columns), again])


def beyond_usual(lines: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    """Lines in which some record costs more per token than is usual."""
    limits = usual.select(*PRICED, limit="most_per_token")
    most = pl.lit(usual["most_per_token"].max(), pl.Float64)
    joined = lines.join(limits, on=PRICED, how="left", nulls_equal=True)
    return joined.filter(pl.col("largest") > pl.col("limit").fill_null(most))


def _within(rows: Frame, window: Window | None) -> Frame:
    if window is None or (window.start is None and window.end is None):
        return rows
    day = nw.col(DAY)
    held = [day >= day_number(window.start)] if window.start else []
    held += [day < day_number(window.end + timedelta(days=1))] if window.end else []
    return rows.filter(nw.all_horizontal(*held, ignore_nulls=False) | day.is_null())


def _check(found: pl.DataFrame, source: Frame) -> None:
    """That no count or cost is below zero: which one is looked for only where one is."""
    told = [name for name in (_LEAST, _LEAST_USD) if name in found.columns]
    if not any((found[name] < 0).any() for name in told):
        return
    schema = source.collect_schema()
    for name in (name for name in (*TOKENS, HOUR_TOKENS, "cost_usd") if name in schema):
        value = nw.col(name).cast(nw.Float64).fill_nan(None) if name == "cost_usd" else nw.col(name)
        least = collect_table(source.select(value.min().alias(name)))[name][0]
        if least is not None and least < 0:
            raise DataError(
                f"column {name!r} holds {least:,}, expected 0 or more",
                remedy="correct these rows, or record refunds as expenses with a negative amount",
            )


def _amounts(schema: dict[str, Any]) -> _Columns:
    columns = _Columns()
    tokens = [name for name in (*TOKENS, HOUR_TOKENS) if name in schema]
    for name in tokens:
        columns.take_sum(name, nw.col(name).cast(nw.Int64))
    if tokens:  # one least value of all: taken by column, they would be a fifth of the scan
        least = nw.min_horizontal(*(nw.col(name).cast(nw.Int64) for name in tokens))
        columns.take("least", least)
        columns.wanted.append((_LEAST, "assay_least", "min"))
    told = [nw.col(name) for name in ("input_tokens", "output_tokens") if name in schema]
    known = ~(nw.coalesce(*told) if len(told) > 1 else told[0]).is_null() if told else _no()
    columns.take("counted", known)
    logged = _no()
    if "cost_usd" in schema:
        cost = nw.col("cost_usd").cast(nw.Float64).fill_nan(None)
        columns.take_sum("cost_usd", cost)
        columns.wanted.append((_LEAST_USD, "assay_cost_usd", "min"))
        logged = ~cost.is_null()
    columns.take("logged", logged)
    if "succeeded" in schema:
        ok = nw.col("succeeded").cast(nw.Boolean).cast(nw.Int64)
        columns.take("succeeded", ok, known="count", successes="sum")
    if "retry_of" in schema:
        columns.take("retries", (~nw.col("retry_of").is_null()).cast(nw.Int64), retries="sum")
    if "rating" in schema:
        rating = nw.col("rating").cast(nw.Float64).fill_nan(None)
        columns.take("rating", rating, rating_n="count", rating_sum="sum")
    return columns


def _no() -> nw.Expr:
    return nw.lit(False)


def _grouped(
    rows: Frame, keys: Sequence[str], wanted: Sequence[tuple[str, str, _How]]
) -> pl.DataFrame:
    native: Any = rows.to_native()
    if isinstance(native, pl.LazyFrame):
        return _hashed(native, keys, wanted)
    aggregates = [getattr(nw.col(column), how)().alias(name) for name, column, how in wanted]
    return collect_table(rows.group_by(list(keys)).agg(nw.len().alias("requests"), *aggregates))


def _hashed(
    rows: pl.LazyFrame, keys: Sequence[str], wanted: Sequence[tuple[str, str, _How]]
) -> pl.DataFrame:
    """Sums by one number in place of many texts, which takes two thirds of the time.

    Keys of a million lines meet in 64 bits with a probability of 3e-8.
    """
    key = pl.lit(0, pl.UInt64)
    for seed, name in enumerate(keys):
        key = key * pl.lit(_FACTOR, pl.UInt64) + pl.col(name).hash(seed)
    aggregates = [getattr(pl.col(column), how)().alias(name) for name, column, how in wanted]
    lines = (
        rows.with_columns(key.alias(_KEY))
        .group_by(_KEY)
        .agg(pl.col(*keys).first(), pl.len().alias("requests"), *aggregates)
    )
    return collect_table(nw.from_native(lines)).drop(_KEY)
