"""What a session says of its own noise: spread between runs, drift, and a loop of arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from assay.core.errors import DataError
from assay.core.units import Count, Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVEL: Final = 0.99
FEWEST: Final = 4
"""Runs from which on a drift is told: a line through three points has one left to judge it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """One workload.

    Attributes:
        within: middle half of the rounds' times of a run, relative to their median.
        between: how much the medians of runs differ, sd relative; None with a single run.
        drift: change from the first run to the last, along a line; None with fewer than four runs.
        drift_low, drift_high: its interval at 99 %.
    """

    label: str
    runs: Count
    rounds: Count
    median: float
    within: Share
    between: Share | None
    drift: Share | None
    drift_low: Share | None
    drift_high: Share | None

    @property
    def drifts(self) -> bool:
        """Whether it got faster or slower while it was measured."""
        if self.drift_low is None or self.drift_high is None:
            return False
        return not self.drift_low <= 0 <= self.drift_high


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """How even the machine was, by the loop of arithmetic that was timed before, between and after.

    Attributes:
        change: after the session, relative to before.
        range: slowest relative to fastest.
    """

    change: Share
    range: Share


def noise_of(label: str, runs: Sequence[Sequence[float]]) -> Noise:
    """The noise of one workload.

    Args:
        label: its name.
        runs: times of its rounds, run after run in the order in which they were measured.

    Raises:
        DataError: where there is no run, or a time is not above zero.
    """
    times = [np.asarray(run, float) for run in runs if len(run)]
    if not times or not all((run > 0).all() for run in times):
        raise DataError(f"{label} has no times above zero, expected some of each run")
    medians = np.array([float(np.median(run)) for run in times])
    spread = [float(np.subtract(*np.quantile(run, (0.75, 0.25)))) for run in times]
    drift, low, high = _drift(np.log(medians / medians[0]))
    return Noise(
        label=label,
        runs=len(times),
        rounds=sum(run.size for run in times),
        median=float(np.median(medians)),
        within=float(np.median(np.array(spread) / medians)),
        between=float(np.log(medians).std(ddof=1)) if len(times) > 1 else None,
        drift=drift,
        drift_low=low,
        drift_high=high,
    )


def quiet_of(loops: Sequence[float]) -> Quiet:
    """How even the machine was.

    Args:
        loops: seconds of the same arithmetic, in order; two or more.
    """
    times = np.asarray(loops, float)
    if not (times.size >= 2 and (times > 0).all()):
        raise DataError(f"{times.size} loops, expected two or more, all above zero")
    return Quiet(change=float(times[-1] / times[0] - 1), range=float(times.max() / times.min() - 1))


def _drift(logs: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Least-squares line through the runs' log medians; its end relative to its beginning."""
    n = logs.size
    if n < FEWEST:
        return None, None, None
    at = np.linspace(-0.5, 0.5, n)
    ssx = float((at**2).sum())
    slope = float((at * logs).sum()) / ssx
    rest = logs - logs.mean() - slope * at
    error = sqrt(max(float((rest**2).sum()), 0.0) / (n - 2) / ssx)
    half = float(special.stdtrit(n - 2, 0.5 + LEVEL / 2)) * error
    return expm1(slope), exp(slope - half) - 1, exp(slope + half) - 1


def by_label(told: Mapping[str, Sequence[Sequence[float]]]) -> tuple[Noise, ...]:
    """The noise of every workload that has times."""
    return tuple(noise_of(label, runs) for label, runs in told.items() if any(map(len, runs)))
