"""Time until something happens, where it has not happened to everybody yet."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from assay.core.errors import DataError
from assay.stats.means import SampleMean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of units to which it has not happened yet (Kaplan and Meier's estimate).

    Attributes:
        times: at which it happened to somebody, ascending.
        at_risk: units to which it could have happened then.
        events: to how many it did.
        survival: share that is left just after.
    """

    times: Vector
    at_risk: Vector
    events: Vector
    survival: Vector


@dataclass(frozen=True, slots=True)
class LogRank:
    """Whether two curves are the same all along, and how rates compare if in proportion.

    Attributes:
        statistic: chi-square with one degree of freedom; p_value: of it.
        hazard_ratio: treated over control, by Peto's one step; None where nothing happened.
    """

    statistic: float
    p_value: float
    hazard_ratio: float | None


def survival(times: Vector, events: Vector) -> Curve:
    """Kaplan–Meier's curve.

    Args:
        times: until the event, or until the unit was last seen; not negative.
        events: 1 where it happened, 0 where it had not yet.

    References:
        Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, JASA 53(282).
    """
    at = np.unique(times[events > 0])
    ordered = np.sort(times)
    at_risk = len(times) - np.searchsorted(ordered, at, side="left")
    happened = np.sort(times[events > 0])
    count = np.searchsorted(happened, at, "right") - np.searchsorted(happened, at, "left")
    left = np.cumprod(1 - count / at_risk, dtype=np.float64)
    return Curve(at, at_risk.astype(np.float64), count.astype(np.float64), left)


def restricted_mean(times: Vector, events: Vector, horizon: float) -> SampleMean:
    """Mean time without the event, of the time up to a horizon.

    The area under the curve; its variance is Greenwood's of that area, with the correction
    m / (m − 1) for m events.

    Raises:
        DataError: where the horizon is not positive, nothing happened before it, or the last unit
            was last seen before it, so that nothing is known of the time between.

    References:
        Irwin (1949), J. Hygiene 47(2); Royston & Parmar (2013), Restricted mean survival time,
        BMC Medical Research Methodology 13:152.
    """
    if not 0 < horizon < inf:
        raise DataError(f"horizon={horizon}, expected a positive time")
    curve = survival(times, events)
    within = curve.times < horizon
    happened = float(curve.events[within].sum())
    if happened < 2:
        raise DataError(f"{happened:.0f} events before {horizon:g}, expected at least two")
    left = float(curve.survival[curve.times <= horizon][-1])
    if left > 0 and times.max() < horizon:
        raise DataError(
            f"the last unit was seen at {times.max():g}, expected one at the horizon {horizon:g}"
        )
    at = np.append(curve.times[within], horizon)
    steps = np.diff(np.concatenate(([0.0], at)))
    heights = np.concatenate(([1.0], curve.survival[within]))
    area = steps * heights
    rest = np.cumsum(area[::-1])[::-1][1:]
    risk, count = curve.at_risk[within], curve.events[within]
    alive = risk > count
    terms = np.zeros_like(risk)
    terms[alive] = rest[alive] ** 2 * count[alive] / (risk[alive] * (risk[alive] - count[alive]))
    variance = float(terms.sum()) * happened / (happened - 1)
    return SampleMean(float(area.sum()), variance, happened - 1)


def log_rank(treated: tuple[Vector, Vector], control: tuple[Vector, Vector]) -> LogRank:
    """Compares two arms' events with those expected, were the rates the same at every time.

    Args:
        treated: times and events of one arm.
        control: the same of the other.

    References:
        Peto & Peto (1972), Asymptotically efficient rank invariant test procedures, JRSS A 135(2).
    """
    times = np.concatenate((treated[0], control[0]))
    events = np.concatenate((treated[1], control[1]))
    whole, mine = survival(times, events), np.sort(treated[0])
    ones = np.sort(treated[0][treated[1] > 0])
    here = len(mine) - np.searchsorted(mine, whole.times, "left")
    seen = np.searchsorted(ones, whole.times, "right") - np.searchsorted(ones, whole.times, "left")
    share = here / whole.at_risk
    spread = np.divide(
        whole.at_risk - whole.events,
        whole.at_risk - 1,
        out=np.zeros_like(whole.at_risk),
        where=whole.at_risk > 1,
    )
    excess = float(np.sum(seen - share * whole.events))
    variance = float(np.sum(whole.events * share * (1 - share) * spread))
    if not variance > 0:
        return LogRank(0.0, 1.0, None)
    statistic = excess * excess / variance
    return LogRank(statistic, float(chdtrc(1, statistic)), float(np.exp(excess / variance)))
