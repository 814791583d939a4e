"""Rows of the table `measurements` → the runs of a suite, each with its own summary."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.core.errors import DataError, NothingYetError
from assay.features.captures import Capture, CapturedRun, Case
from assay.stats.regressions import run_of
from assay.stats.sketch import QuantileSketch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from assay.features.captures import Compared, Worse

KEPT_ACCURACY: Final = 0.02
"""Relative error of a quantile of the sketch in a baseline file, which people read."""
SMALLEST: Final = 0.05
SMALLEST_SHARE: Final = 0.02
"""Changes that matter, unless the baseline's file says otherwise: 5 %, and 2 points of a share."""
_MORE_IS_BETTER: Final = (
    "throughput", "per_s", "per_second", "ops", "rps", "success", "succeeded", "accuracy", "score",
    "passed", "hit", "recall", "precision", "f1", "availability", "quality",
)  # fmt: skip
_SUBJECT: Final = ("workload", "name", "provider", "metric")
_TAIL: Final = 2.0
_QUANTILES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def select_rows(  # noqa: PLR0913  each narrows on its own
    rows: pl.LazyFrame,
    *,
    suite: str | None = None,
    revision: str | None = None,
    first: date | None = None,
    last: date | None = None,
    runs: int | None = None,
) -> pl.DataFrame:
    """The rows of the runs that are meant, in the order of their time.

    Args:
        rows: of the table `measurements`.
        suite: its name; may be left out where there is one only.
        revision: only that state of the code; "latest" for the one that was measured last.
        first: day, included.
        last: day, included.
        runs: only as many, the newest ones.

    Raises:
        NothingYetError: where there are no measurements.
        DataError: where none is left; it names what there is.
    """
    found = rows.sort("measured_at").collect()
    if not found.height:
        raise NothingYetError(
            "there are no measurements",
            remedy="import them (docs/baselines.md), or name a file: --data FILE",
        )
    found = _of_suite(found, suite)
    if first is not None:
        found = _left(found, pl.col("measured_at").dt.date() >= first, f"from {first} on")
    if last is not None:
        found = _left(found, pl.col("measured_at").dt.date() <= last, f"up to {last}")
    if revision is not None:
        named = found["revision"].drop_nulls()
        wanted = revision
        if revision == "latest":
            wanted = str(named[-1]) if len(named) else ""
        found = _left(
            found,
            pl.col("revision").fill_null("") == wanted,
            f"of revision {wanted!r} (there are {_listed(named)})",
        )
    if runs is not None:
        order = found.group_by("run_id").agg(pl.col("measured_at").max())
        newest = order.sort("measured_at", "run_id")["run_id"].to_list()[-runs:]
        found = found.filter(pl.col("run_id").is_in(newest))
    return found


def capture(
    rows: pl.DataFrame, *, name: str = "", worse: Mapping[str, Worse] | None = None
) -> Capture:
    """The runs of these rows, case by case; readings without a finite value are left out.

    Args:
        rows: of the table `measurements`, of one suite.
        name: what the baseline is called.
        worse: metric → direction that is a regression, where its name does not tell.

    Raises:
        DataError: where no reading is left.
    """
    known = rows.filter(pl.col("value").is_finite())
    if not known.height:
        raise DataError(f"none of {rows.height} readings has a finite value")
    filled = known.with_columns(
        pl.col(*_SUBJECT, "unit", "revision").fill_null(""),
        pl.col("suite").fill_null("unnamed"),
        pl.col("measured_at").min().over("run_id").dt.date().alias("assay_day"),
        pl.col("revision").fill_null("").first().over("run_id").alias("assay_revision"),
    )
    cases = [
        _case(key, part, worse or {})
        for key, part in sorted(
            ((tuple(map(str, key)), part) for key, part in filled.group_by(_SUBJECT)),
            key=lambda pair: pair[0],
        )
    ]
    days = filled["measured_at"].dt.date()
    return Capture(
        name=name,
        suite=str(filled["suite"][0]),
        revisions=_ordered(filled["revision"]),
        environments=_ordered(filled["environment"]),
        first=days.min(),  # type: ignore[arg-type]
        last=days.max(),  # type: ignore[arg-type]
        cases=tuple(cases),
    )


def worse_of(metric: str, unit: str) -> Worse:
    """The direction that is a regression, by the metric's name and unit.

    >>> worse_of("peak_memory", "MB"), worse_of("throughput", "1/s"), worse_of("error_rate", "")
    ('higher', 'lower', 'higher')
    """
    name = metric.lower()
    better = unit.endswith("/s") or any(word in name for word in _MORE_IS_BETTER)
    return "lower" if better else "higher"


def _case(key: tuple[str, ...], rows: pl.DataFrame, worse: Mapping[str, Worse]) -> Case:
    workload, name, provider, metric = key
    units = _ordered(rows["unit"])
    if len(units) > 1:
        raise DataError(
            f"{' · '.join(filter(None, key))} is measured in {' and in '.join(units)}, "
            "expected one unit",
            remedy="bring the readings to one unit before they are imported",
        )
    unit = units[0] if units else ""
    values = rows["value"].to_numpy()
    compared: Compared = "ratios" if unit != "share" and (values > 0).all() else "differences"
    runs = tuple(
        _run(str(run[0]), part, compared)
        for run, part in rows.group_by("run_id", maintain_order=True)
    )
    return Case(
        workload=workload,
        name=name,
        provider=provider,
        metric=metric,
        unit=unit,
        worse=worse.get(metric) or worse_of(metric, unit),
        smallest=_smallest(values, unit, compared),
        compared=compared,
        quantiles={
            name: float(np.quantile(values, at))
            for name, at in _QUANTILES
            if values.size * (1 - at) >= _TAIL or name == "p50"
        },
        run_sd=_run_sd(runs, compared),
        runs=runs,
        sketch=QuantileSketch.of(values, accuracy=KEPT_ACCURACY).to_json(),
    )


def _run(name: str, rows: pl.DataFrame, compared: Compared) -> CapturedRun:
    values = rows["value"].to_numpy()
    if compared == "ratios" and values.size == 1:  # one number, whatever it is called
        told, errors = {"typical": float(values[0])}, {"typical": 0.0}
    elif compared == "ratios":
        found = run_of(values)
        told, errors = dict(found.values), dict(found.errors)
    else:
        spread = float(values.std(ddof=1)) / sqrt(values.size) if values.size > 1 else 0.0
        told, errors = {"mean": float(values.mean())}, {"mean": spread}
    return CapturedRun(
        run=name,
        day=rows["assay_day"][0],
        revision=str(rows["assay_revision"][0]),
        n=values.size,
        values=told,
        errors=errors,
    )


def _smallest(values: NDArray[np.float64], unit: str, compared: Compared) -> float:
    """The change that matters, until somebody says otherwise."""
    if compared == "ratios":
        return SMALLEST
    if unit == "share":
        return SMALLEST_SHARE
    return SMALLEST * float(np.median(np.abs(values))) or float(values.std()) or 1.0


def _run_sd(runs: Sequence[CapturedRun], compared: Compared) -> float | None:
    if len(runs) < 2:
        return None
    first = next(iter(runs[0].values))
    values = np.array([run.values[first] for run in runs])
    return float((np.log(values) if compared == "ratios" else values).std(ddof=1))


def _of_suite(rows: pl.DataFrame, suite: str | None) -> pl.DataFrame:
    names = _ordered(rows["suite"])
    if suite is not None:
        return _left(rows, pl.col("suite") == suite, f"of suite {suite!r} (there are {names})")
    if len(names) > 1:
        raise DataError(
            f"measurements are of {len(names)} suites: {_listed(rows['suite'])}",
            remedy=f"name one: --suite {names[0]}",
        )
    return rows


def _left(rows: pl.DataFrame, condition: pl.Expr, told: str) -> pl.DataFrame:
    found = rows.filter(condition)
    if not found.height:
        days = rows["measured_at"].dt.date().sort()
        raise DataError(
            f"no measurement {told}; there are {rows.height:,}, from {days[0]} to {days[-1]}"
        )
    return found


def _ordered(column: pl.Series) -> tuple[str, ...]:
    return tuple(str(one) for one in column.drop_nulls().unique(maintain_order=True) if one)


def _listed(column: pl.Series) -> str:
    names = _ordered(column)
    shown = ", ".join(names[-6:])
    return (f"…, {shown}" if len(names) > 6 else shown) or "none"
