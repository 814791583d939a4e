"""Streaming scores of rows: how far off the last few are, for the stream and for their hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import maximum_filter1d

from assay.core.errors import DataError, ParameterError
from assay.stats.anomalies.trailing import standardised, trailing
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

LENGTH: Final = 6000
"""Rows that a row is compared with."""
SHORT: Final = 3
"""Rows whose mean is compared, so that what lasts counts for more than what flickers."""
DAYS: Final = 7
"""Earlier days whose same hour is compared."""
QUIET: Final = 400
"""Rows after a score within which only a higher one counts as another anomaly: the middle of the
plateau from 300 to 500 on the files that are named below."""


def anomaly_scores(values: ArrayLike, *, period: int | None = None) -> Array:
    """How unusual each row is, by the rows before it alone; zero is usual, or unknown.

    Two distances are put together (root of the sum of squares), each in the standard deviations
    that it had over the last `LENGTH` rows: of the mean of the last `SHORT` rows from the mean of
    all, and of the same from the mean at this hour of up to `DAYS` earlier days. What comes every
    day is so forgiven half, and what fails to come is noticed.

    The numbers of this module were chosen on four groups of the Numenta anomaly benchmark, on every
    other file, and looked at on the rest.

    Args:
        values: evenly spaced rows; NaN where there are no data.
        period: rows per day; None where days do not matter or are not known.

    Raises:
        DataError: where a value is infinite.
        ParameterError: where the period is below two.

    References:
        Ahmad, Lavin, Purdy & Agha (2017), Unsupervised real-time anomaly detection for streaming
        data, Neurocomputing 262 (the benchmark, and trailing Gaussian tails as a score).
    """
    rows = numbers(values, name="values")
    if rows.ndim != 1:
        raise DataError(f"values of shape {rows.shape}, expected one row of numbers")
    if np.isinf(rows).any():
        raise DataError("a row is infinite, expected numbers, or NaN where there are no data")
    if period is not None and not period >= 2:
        raise ParameterError(f"period={period}, expected two rows per day or more, or None")
    if not rows.size:
        return rows
    short = _short_means(rows)
    before = trailing(short, LENGTH)
    of_all = standardised(short, LENGTH, before)
    if period is None:
        return np.abs(of_all)
    at_this_hour = _beside_earlier_days(short, before.clean, period)
    return np.hypot(of_all, standardised(at_this_hour, LENGTH))


def first_of_each(scores: Array, *, quiet: int = QUIET) -> Array:
    """Scores that exceed all of the `quiet` rows before them; the others are zero.

    At any threshold an anomaly that lasts is told when it begins and when it grows, not on every
    row.

    Raises:
        ParameterError: where `quiet` is below one.
    """
    if not quiet >= 1:
        raise ParameterError(f"quiet={quiet}, expected one row or more")
    if not scores.size:
        return scores
    # The filter looks back over `quiet` rows, this one excluded.
    padded = np.concatenate([np.zeros(quiet), scores])
    highest = maximum_filter1d(padded, quiet, origin=(quiet - 1) // 2, mode="constant")
    before = highest[quiet - 1 : quiet - 1 + scores.size]
    return np.where(scores > before, scores, 0.0)


def _short_means(rows: Array) -> Array:
    """Mean of the last few rows that have data; NaN where this row has none."""
    known = ~np.isnan(rows)
    start = float(rows[known][0]) if known.any() else 0.0
    filled = np.where(known, rows - start, 0.0)
    sums, counts = np.zeros_like(rows), np.zeros_like(rows)
    for lag in range(min(SHORT, rows.size)):
        sums[lag:] += filled[: rows.size - lag]
        counts[lag:] += known[: rows.size - lag]
    return np.where(known, sums / np.maximum(counts, 1) + start, np.nan)


def _beside_earlier_days(short: Array, clean: Array, period: int) -> Array:
    """Difference from the mean at the same hour of earlier days; NaN before there were two.

    Earlier days count as they are in `clean`: a row of a billion has no echo on the days after it.
    """
    sums, counts = np.zeros_like(short), np.zeros_like(short)
    known = ~np.isnan(short)
    filled = np.where(known, clean, 0.0)
    for day in range(1, DAYS + 1):
        lag = day * period
        if lag < short.size:
            sums[lag:] += filled[:-lag]
            counts[lag:] += known[:-lag]
    return np.where(counts >= 2, short - sums / np.maximum(counts, 1), np.nan)
