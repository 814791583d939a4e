"""What is wrong with the data, in words: looked for only once an aggregate has shown that it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, nearest, without_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.params import Metric

Frame = nw.LazyFrame[Any]

_SCANNED = re.compile(r"SCAN \[([^\]]+)\]")
_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"

_FOR_NONE = ("", "-", "--", "?", "n/a", "na", "nan", "nil", "none", "null", "unknown", "missing")
"""Texts, in small letters, by which files say that there is no number."""


def collect(frame: Frame) -> list[dict[str, Any]]:
    """The rows of a small result, computed by the engine that holds the data.

    Raises:
        DataError: where the file cannot be read to its end.
    """
    return collect_table(frame).to_dicts()


def collect_table(frame: Frame) -> pl.DataFrame:
    """A result as a table in memory, computed by the engine that holds the data.

    Raises:
        DataError: where the file cannot be read to its end.
    """
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        try:
            return native.collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(native, error) from error
    found: pl.DataFrame = frame.collect(backend="polars").to_native()
    return found


def in_batches(frame: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    """A result in parts of so many rows, in order, none of which is kept.

    Raises:
        DataError: where the file cannot be read to its end.
    """
    try:
        yield from frame.collect_batches(chunk_size=rows, engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(frame, error) from error


def _unreadable(frame: pl.LazyFrame, error: Exception) -> DataError:
    reason = without_values(str(error)).strip().split("\n\n")[0].replace("\n", " ")
    return DataError(
        f"{_files_of(frame)} cannot be read: {reason[:300]}",
        remedy="check the file: is it complete, and does each column hold one kind of value?",
    )


def _files_of(frame: pl.LazyFrame) -> str:
    """The files that a plan reads, as it names them itself."""
    named = dict.fromkeys(_SCANNED.findall(frame.explain(optimized=False)))
    return " and ".join(named) or "the data"


def check_columns(frame: Frame, names: Iterable[str], *, table: str) -> None:
    """That the table has these columns.

    Raises:
        DataError: naming the first that is missing, and the nearest that is there.
    """
    known = frame.collect_schema().names()
    for name in names:
        if name not in known:
            raise DataError(f"{table} has no column {name!r}", remedy=nearest(name, known))


def check_numbers(frame: Frame, metric: Metric, names: Iterable[str]) -> None:
    """That these columns of a metric hold numbers (or true and false).

    Raises:
        DataError: naming the column, and in how many rows it holds no number.
    """
    schema = frame.collect_schema()
    for name in names:
        kind = schema[name]
        if kind.is_numeric() or kind == nw.Boolean:
            continue
        if kind == nw.Unknown:
            raise DataError(
                f"metric {metric.name!r}: column {name!r} holds no number that can be read: it is "
                "empty, or of a type of its own",
                remedy="leave this metric out, or store the column as numbers",
            )
        told = f"metric {metric.name!r}: column {name!r} holds {kind}"
        if kind == nw.String:
            told += _odd_texts(frame, name)
        raise DataError(
            f"{told}, expected numbers",
            remedy="give a column of numbers, or true and false",
        )


def _odd_texts(frame: Frame, name: str) -> str:
    """How many texts are no numbers; quoted is only what stands for none, since any may be kept."""
    odd = ~nw.col(name).is_null() & ~nw.col(name).str.contains(_NUMBER)
    rows, here = nw.len().alias("rows"), odd.cast(nw.Int64).sum().alias("odd")
    found = collect(frame.select(rows, here))[0]
    if not found["odd"]:
        return ""
    count, total = int(found["odd"]), int(found["rows"])
    plain = nw.col(name).str.strip_chars().str.to_lowercase().is_in(_FOR_NONE)
    some = collect(frame.filter(odd & plain).select(name).head(1))
    like = f", for example {some[0][name]!r}" if some else ""
    return f", no number in {count:,} of {total:,} rows{like}"


def brings(assigned: Frame, metric: Metric, name: str) -> bool:
    """Whether a metric's column is taken from the assignments: a covariate, if it is there."""
    return name in metric.adjusters and name in assigned.collect_schema().names()


def explain(frame: Frame, metric: Metric, assigned: Frame | None = None) -> DataError:
    """Why a metric could not be taken from these rows, or its covariate from the assignments."""
    for name in metric.columns:
        theirs = assigned is not None and brings(assigned, metric, name)
        found = _census(assigned if assigned is not None and theirs else frame, name)
        rows, absent, infinite = found["rows"], found["nulls"] + found["nans"], found["infinite"]
        if infinite:
            return DataError(
                f"metric {metric.name!r}: column {name!r} is infinite in {_of(infinite, rows)}",
                remedy="correct or remove these rows",
            )
        imputed = name in metric.adjusters and metric.covariate_missing == "impute"
        if absent and metric.missing == "refuse" and not imputed:
            kinds = f"{found['nulls']:,} null, {found['nans']:,} NaN"
            return DataError(
                f"metric {metric.name!r}: column {name!r} has no value in {_of(absent, rows)}"
                f" ({kinds})",
                remedy="fill them, or set missing: exclude for this metric",
            )
    return _explain_values(frame, metric)


def _explain_values(frame: Frame, metric: Metric) -> DataError:
    if metric.kind == "rate" and metric.value is not None:
        value = nw.col(metric.value)
        odd = frame.filter(~(value.is_null() | (value == 0) | (value == 1)))
        some = collect(odd.select(metric.value).head(1))
        if some:
            count = collect(odd.select(nw.len().alias("rows")))[0]["rows"]
            return DataError(
                f"metric {metric.name!r} is a rate, but {count:,} rows of {metric.value!r} hold"
                f" neither 0 nor 1, for example {some[0][metric.value]:.4g}",
                remedy="use kind: mean for numbers, or numerator and denominator for counts",
            )
    if metric.kind == "rate" and metric.numerator is not None and metric.denominator is not None:
        ones, trials = nw.col(metric.numerator), nw.col(metric.denominator)
        odd = frame.filter((ones < 0) | (ones > trials))
        some = collect(odd.select(metric.numerator, metric.denominator).head(1))
        shown = tuple(some[0].values()) if some else "fractions"
        return DataError(
            f"metric {metric.name!r}: {metric.numerator!r} of {metric.denominator!r} are"
            f" {shown}, expected whole numbers with 0 ≤ successes ≤ trials",
            remedy="use kind: ratio for amounts that are no counts",
        )
    return DataError(
        f"metric {metric.name!r} is too large to be summed in double precision",
        remedy="use a larger unit, or look for wrong values",
    )


def _census(frame: Frame, name: str) -> dict[str, int]:
    column = nw.col(name)
    wanted = [nw.len().alias("rows"), column.null_count().alias("nulls")]
    if frame.collect_schema()[name].is_float():
        endless = (column == float("inf")) | (column == float("-inf"))
        wanted += [
            found.cast(nw.Int64).sum().alias(name)
            for name, found in (("nans", column.is_nan()), ("infinite", endless))
        ]
    found = collect(frame.select(*wanted))[0]
    return {key: int(found.get(key) or 0) for key in ("rows", "nulls", "nans", "infinite")}


def _of(count: int, rows: int) -> str:
    return f"{count:,} of {rows:,} rows ({count / rows:.2%})"
