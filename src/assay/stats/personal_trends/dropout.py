"""Whether those who left had been declining, and how far that may move the mean trend."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.personal_trends.fitting import PERIOD, held_of
from assay.stats.personal_trends.whitening import steps_of, sums_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.fitting import TrendFit
    from assay.stats.personal_trends.shocks import Shocks
    from assay.stats.personal_trends.user_weeks import UserWeeks

    Floats = NDArray[np.float64]

FEWEST: Final = 10
"""Users who left, and who stayed, from which on they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Mean trends of who stayed and who left, each its value and standard error, per four weeks.

    Attributes:
        share: who left, of all users.
        gap: of those who left, less that of those who stayed.
        mixed: both, by how many users each are: the mean over persons.
        tipping: by how much the trend of those who left, as long as it was not seen, would have to
            differ from the trend seen for the mean over persons to be 0; None where nobody left.
    """

    stayed: tuple[float, float]
    left: tuple[float, float]
    gap: tuple[float, float]
    mixed: tuple[float, float]
    share: float
    tipping: float | None


def patterns_of(
    given: UserWeeks, fit: TrendFit, shocks: Shocks, left: NDArray[np.bool_]
) -> Patterns | None:
    """A pattern-mixture model: each pattern of staying has its own mean line.

    The mixed model is right where leaving depends on ratings that were seen; where it depends on
    what would have come after, no data can tell, and only the tipping point is honest.

    Args:
        given: all users, shocks of weeks taken out.
        fit: of them.
        shocks: of weeks.
        left: which users left before the end of the data.

    Returns:
        None where fewer than ten users left or stayed, or a pattern has no trend.

    References:
        Little (1993), Pattern-mixture models for multivariate incomplete data, JASA 88; Hedeker &
        Gibbons (1997), Psychological Methods 2; Carpenter & Kenward (2013), Multiple Imputation
        and its Application, ch. 10 (tipping points).
    """
    if min(int(left.sum()), int((~left).sum())) < FEWEST:
        return None
    time = ((given.week - fit.centre) / PERIOD).astype(np.float64)
    held = held_of(sums_of(steps_of(given), time, given.mean, fit.noise), fit.spread)
    common = max(float(shocks.covariance[1, 1]) - float(fit.covariance[1, 1]), 0.0)
    found = []
    for mine in (~left, left):
        information = held.matrix[mine].sum(axis=0)
        if not np.linalg.det(information) > 0:
            return None
        covariance = np.linalg.inv(information)
        slope = float((covariance @ held.vector[mine].sum(axis=0))[1])
        found.append((slope, float(covariance[1, 1])))
    (stays, stays_own), (goes, goes_own) = found
    share = float(left.mean())
    mean = (1 - share) * stays + share * goes
    own = (1 - share) ** 2 * stays_own + share**2 * goes_own
    own += share * (1 - share) * (goes - stays) ** 2 / left.size
    return Patterns(
        stayed=(stays, sqrt(stays_own + common)),
        left=(goes, sqrt(goes_own + common)),
        gap=(goes - stays, sqrt(stays_own + goes_own)),
        mixed=(mean, sqrt(own + common)),
        share=share,
        tipping=-mean / share,
    )
