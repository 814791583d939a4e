"""Rows → counts per bucket of a quantile sketch, by group: what an engine can add up anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError
from assay.features.daily import as_days, check_by, with_day
from assay.features.faults import check_columns, collect
from assay.stats.sketch import ACCURACY, KEY_OFFSET, TINY, QuantileSketch, log_growth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.faults import Frame

SKETCH_COLUMNS: Final[dict[str, pl.DataType]] = {"bucket": pl.Int64(), "count": pl.Int64()}
"""What a line holds after `day` and the columns that it is by; lines merge by adding counts."""
_ENDLESS: Final = 2**40
"""Key of an infinite value, which no finite one has."""


def bucket_of(column: nw.Expr, *, accuracy: float = ACCURACY) -> nw.Expr:
    """The key of the bucket that each number is in, as `stats.sketch` numbers them.

    Missing values, NaN among them, have none; infinite ones have a key that `sketch_of` refuses.
    """
    value = column.cast(nw.Float64).fill_nan(None)
    size = value.abs()
    finite = nw.when((size > TINY) & (size < float("inf"))).then(size).otherwise(nw.lit(1.0))
    bucket = (finite.log() / nw.lit(log_growth(accuracy))).ceil().cast(nw.Int64) + KEY_OFFSET
    key = nw.when(value < 0).then(-bucket).otherwise(bucket)
    key = nw.when(size <= TINY).then(nw.lit(0)).otherwise(key)
    key = nw.when(size == float("inf")).then(nw.lit(_ENDLESS)).otherwise(key)
    return nw.when(~value.is_null()).then(key).cast(nw.Int64)


def sketch_lines(  # noqa: PLR0913  what, by what, when and how finely are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    column: str,
    *,
    by: Sequence[str] = (),
    time: str | None = None,
    time_zone: str = "UTC",
    accuracy: float = ACCURACY,
) -> pl.DataFrame:
    """How many values of a column fall into each bucket, per group: by, `SKETCH_COLUMNS`, sorted.

    At 1 % a group has some hundred lines, however many rows it has.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        column: of numbers; what is missing is not counted.
        by: columns that the sketches are by, as text.
        time: column that dates a row; then sketches are by local `day`, too, which comes first.
        time_zone: whose days they are.
        accuracy: largest relative error of a quantile.

    Raises:
        DataError: where a column is missing, or holds infinite values.
        ParameterError: where a name is taken.
    """
    source: Frame = nw.from_native(rows).lazy()
    check_by(by, {"day", *SKETCH_COLUMNS})
    check_columns(source, [column, *by], table="the data")
    keys = [f"assay_by{i}" for i in range(len(by))]
    columns = [nw.col(name).cast(nw.String).alias(key) for name, key in zip(by, keys, strict=True)]
    if time is not None:
        source, day = with_day(source, time, time_zone)
        columns.append(day.alias("assay_day"))
        keys.append("assay_day")
    columns.append(bucket_of(nw.col(column), accuracy=accuracy).alias("bucket"))
    grouped = source.select(*columns).group_by([*keys, "bucket"]).agg(nw.len().alias("count"))
    found = [row for row in collect(grouped) if row["bucket"] is not None]
    if any(row["bucket"] == _ENDLESS for row in found):
        raise DataError(
            f"column {column!r} holds infinite values, expected finite numbers",
            remedy="correct or remove these rows",
        )
    lines = pl.DataFrame(
        {
            **{name: [row[key] for row in found] for name, key in zip(by, keys, strict=False)},
            **{name: [row[name] for row in found] for name in SKETCH_COLUMNS},
        },
        schema={**dict.fromkeys(by, pl.String()), **SKETCH_COLUMNS},
    )
    if time is not None:
        lines.insert_column(0, as_days(row["assay_day"] for row in found))
    return lines.sort(*lines.columns, nulls_last=True)


def merge_sketch_lines(*frames: pl.DataFrame) -> pl.DataFrame:
    """The lines of the union of the rows that these lines are of."""
    lines = pl.concat(frames)
    keys = [name for name in lines.columns if name != "count"]
    merged = lines.group_by(keys).agg(pl.col("count").sum()).sort(keys, nulls_last=True)
    return merged.select(lines.columns)


def has_infinite(buckets: pl.Series) -> bool:
    """Whether one of the keys is that of an infinite value."""
    return bool((buckets.abs() >= _ENDLESS).any())


def sketch_of(lines: pl.DataFrame, *, accuracy: float = ACCURACY) -> QuantileSketch:
    """The one sketch that lines add up to.

    Raises:
        DataError: where lines hold a key that no finite value has.
    """
    if has_infinite(lines["bucket"]):
        raise DataError("sketch lines hold infinite values, expected finite numbers")
    summed = lines.group_by("bucket").agg(pl.col("count").sum())
    return QuantileSketch(dict(summed.iter_rows()), accuracy)


def with_quantile(rows: Frame, value: str, q: float, *, by: Sequence[str], name: str) -> Frame:
    """One row per group with the sketch's quantile of a column, lazily: no bucket is collected.

    The value at rank ⌊1 + q (n − 1)⌋ within 1 % (`ACCURACY`); groups without values are
    not among the rows.
    """
    keys = list(by)
    counted = (
        rows.select(*keys, bucket_of(nw.col(value)).alias("assay_bucket"))
        .filter(~nw.col("assay_bucket").is_null())
        .group_by([*keys, "assay_bucket"])
        .agg(nw.len().cast(nw.Int64).alias("assay_count"))
    )
    counted = counted.with_columns(
        nw.col("assay_count").cum_sum().over(*keys, order_by="assay_bucket").alias("assay_reached"),
        nw.col("assay_count").sum().over(*keys).alias("assay_n"),
    )
    rank = ((nw.col("assay_n") - 1) * nw.lit(q)).floor() + 1
    reached = counted.filter(nw.col("assay_reached") >= rank)
    found = reached.group_by(keys).agg(nw.col("assay_bucket").min())
    key = nw.col("assay_bucket")
    exponent = (key.abs() - KEY_OFFSET).cast(nw.Float64) * nw.lit(log_growth(ACCURACY))
    size = exponent.exp() * nw.lit(1 - ACCURACY)
    signed = nw.when(key < 0).then(-size).otherwise(size)
    size = nw.when(key == 0).then(nw.lit(0.0)).otherwise(signed)
    return found.select(*keys, size.alias(name))
