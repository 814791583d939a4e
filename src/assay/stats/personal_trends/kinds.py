"""Mean trends of kinds of users, each from its own users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.stats.personal_trends.fitting import PERIOD, held_of
from assay.stats.personal_trends.whitening import steps_of, sums_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.fitting import TrendFit
    from assay.stats.personal_trends.shocks import Shocks
    from assay.stats.personal_trends.user_weeks import UserWeeks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSlopes:
    """Mean change per four weeks of each kind.

    Attributes:
        values, variances: by kind; the variances are of each kind's users alone, so that
            differences of kinds are known by them. NaN of a kind that shows no trend.
        common: variance by what moved all kinds alike, which each slope, and no difference, has.
    """

    values: Floats
    variances: Floats
    common: float


def kind_slopes(given: UserWeeks, fit: TrendFit, shocks: Shocks, kind: Whole) -> KindSlopes:
    """A mean line for each kind, levels and slopes of users about it being random as in the fit.

    Args:
        given: all users, shocks of weeks taken out.
        fit: of them.
        shocks: of weeks.
        kind: of each user, numbered from 0.
    """
    time = ((given.week - fit.centre) / PERIOD).astype(np.float64)
    held = held_of(sums_of(steps_of(given), time, given.mean, fit.noise), fit.spread)
    values = np.full(int(kind.max()) + 1, np.nan)
    variances = values.copy()
    for one in range(values.size):
        mine = kind == one
        information = held.matrix[mine].sum(axis=0)
        if mine.any() and np.linalg.det(information) > 0:
            covariance = np.linalg.inv(information)
            values[one] = (covariance @ held.vector[mine].sum(axis=0))[1]
            variances[one] = covariance[1, 1]
    common = max(float(shocks.covariance[1, 1]) - float(fit.covariance[1, 1]), 0.0)
    return KindSlopes(values=values, variances=variances, common=common)
