"""What the end of a running test will probably say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.sequential.group_sequential import exits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NODES: Final = 48
"""Of the integral over what the effect may be: 1e-9 from the closed form with one look ahead."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where a test stands, and what it has to pass yet.

    Attributes:
        z: the statistic now, positive in the better direction.
        now: share of the planned information that is there, inside (0, 1).
        looks: shares at which it will be looked at, rising, all later.
        bounds: for |z| at these looks.
    """

    z: float
    now: float
    looks: tuple[float, ...]
    bounds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not (0 < self.now < 1 and self.looks and self.now < self.looks[0]):
            raise DataError(f"share {self.now} and looks {self.looks}, expected looks to come")

    @property
    def trend(self) -> float:
        """The drift as it looks now: expected z at the planned end, were the estimate true."""
        return self.z / sqrt(self.now)


def conditional_power(ahead: Ahead, drift: float) -> tuple[float, float]:
    """Chances of crossing above and below at any of the looks to come, given a drift.

    Args:
        ahead: where the test stands.
        drift: expected z at the planned end under the effect that is supposed.

    References:
        Lan, Simon & Halperin (1982), Stochastically curtailed tests in long-term clinical trials,
        Sequential Analysis 1(3); Jennison & Turnbull (2000), sec. 10.2.
    """
    found = exits(ahead.looks, ahead.bounds, drift=drift, start=(ahead.now, ahead.z))
    return found.above, sum(found.lower)


def predictive_power(ahead: Ahead) -> tuple[float, float]:
    """The same, averaged over what the effect may be after the data, by a flat prior.

    The drift is then normal about its trend with variance 1 / share. With one look ahead the
    average is `Φ((z/√t − c) √(t/(1 − t)))`; with several it is had by Gauss–Hermite quadrature.

    References:
        Spiegelhalter, Freedman & Blackburn (1986), Monitoring clinical trials: conditional or
        predictive power?, Controlled Clinical Trials 7(1).
    """
    nodes, weights = _hermite(_NODES)
    drifts = ahead.trend + nodes / sqrt(ahead.now)
    chances = np.array([conditional_power(ahead, float(drift)) for drift in drifts])
    above, below = weights @ chances
    return float(above), float(below)


def ever_beyond(information: Sequence[float], bound: float) -> float:
    """Chance that |z| is ever beyond a constant bound at one of the looks, without an effect.

    It is what a rule costs that reads "chance to win above …" at every look: under a flat prior
    that chance is Φ(z), whatever has been looked at before.
    """
    return exits(information, [bound] * len(information)).either


@lru_cache(maxsize=4)
def _hermite(number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return nodes, weights / weights.sum()
