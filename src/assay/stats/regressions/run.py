"""What one run says: its typical request, its tail, its mean, and how sure its requests make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]

STATISTICS: Final = ("typical", "p50", "p95", "p99", "mean")
TAIL: Final = 2.0
"""Requests to be expected beyond a tail quantile; with fewer it is the run's worst request."""
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_TWENTIETHS: Final = np.arange(1, 20) / 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a workload: statistics of its requests and how far chance moves them.

    Attributes:
        n: requests.
        values: by name of `STATISTICS`; one that so few requests do not show is left out. `typical`
            is the geometric mean of the 19 twentieths: what a change of all requests by one
            factor moves, with two thirds of the median's variance and no share in the tail.
        errors: standard error that the requests alone leave, relative to the value.
    """

    n: int
    values: Mapping[str, float]
    errors: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.n >= 1:
            raise DataError(f"a run of n={self.n} requests, expected one or more")
        for name, value in self.values.items():
            if not 0 < value < inf:
                raise DataError(
                    f"{name}={value} of a run, expected positive and finite",
                    remedy="compare shares and differences by compare_runs(…, relative=False)",
                )


def run_of(requests: ArrayLike) -> Run:
    """The summary of a run's requests: amounts above zero, such as seconds or dollars.

    Missing requests (NaN) are left out.

    Raises:
        DataError: where no request is left, or one is negative, zero or infinite.
    """
    given = np.asarray(requests, dtype=float).ravel()
    values = np.sort(given[~np.isnan(given)])
    n = values.size
    if not n:
        raise DataError(f"a run of {given.size} requests, all of them missing, expected values")
    if not (values[0] > 0 and isfinite(values[-1])):
        wrong = values[0] if not values[0] > 0 else values[-1]
        raise DataError(f"a request of {wrong:g}, expected positive and finite amounts")
    logs = np.log(values)
    found = {"typical": float(np.exp(_quantiles(logs, _TWENTIETHS).mean()))}
    errors = {"typical": _trimmed_error(logs)}
    for name, at in _QUANTILES.items():
        if n * (1 - at) >= TAIL or name == "p50":
            found[name] = float(_quantiles(values, np.array([at]))[0])
            errors[name] = _quantile_error(logs, at)
    found["mean"] = float(values.mean())
    errors["mean"] = float(values.std(ddof=1)) / sqrt(n) / found["mean"] if n > 1 else 0.0
    return Run(n=n, values=found, errors=errors)


def _quantiles(ordered: Vector, at: Vector) -> Vector:
    """Between order statistics as NumPy's default takes them, of values already in order."""
    return np.interp(at * (ordered.size - 1), np.arange(ordered.size), ordered)


def _trimmed_error(logs: Vector) -> float:
    """Of the mean of twentieths, as that of a mean trimmed by a twentieth on both sides.

    References:
        Tukey & McLaughlin (1963), Less vulnerable confidence and significance procedures for
        location based on a single sample, Sankhyā A 25 (the winsorised variance).
    """
    n = logs.size
    if n < 3:
        return 0.0
    low, high = _quantiles(logs, _TWENTIETHS[[0, -1]])
    return float(np.clip(logs, low, high).std(ddof=1)) / (0.9 * sqrt(n))


def _quantile_error(logs: Vector, at: float) -> float:
    """Half of what lies between the order statistics one standard error below and above.

    References:
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
    """
    step = sqrt(at * (1 - at) / logs.size)
    below, above = max(at - step, 0.0), min(at + step, 1.0)
    low, high = _quantiles(logs, np.array([below, above]))
    return float(high - low) / (above - below) * step
