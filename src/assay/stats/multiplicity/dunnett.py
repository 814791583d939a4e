"""Several arms against one control: how far the largest of their statistics goes by chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, lgamma, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr, stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.level import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PANELS: Final = np.linspace(-9.0, 9.0, 37)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_HALF: Final = np.diff(_PANELS) / 2
_Z: Final = ((_PANELS[:-1] + _PANELS[1:])[:, None] / 2 + _HALF[:, None] * _NODES).ravel()
_DENSITY: Final = (_HALF[:, None] * _WEIGHTS).ravel() * np.exp(-_Z * _Z / 2) / sqrt(2 * np.pi)
_SPREAD_NODES, _SPREAD_WEIGHTS = np.polynomial.legendre.leggauss(80)
_TAIL: Final = 1e-15
_LARGEST_LOADING: Final = sqrt(0.9995)
"""Loadings nearer to 1 are taken as this one, which asks for a little more evidence than needed."""
_SURE: Final = 1e7
"""Degrees of freedom from which the spread is as good as known."""


def loading(control_variance: float, difference_variance: float) -> float:
    """How much of a difference's noise is the control's: arms i and j correlate by their product.

    With equal variances it is `sqrt(n / (n + n_control))`, so that equal arms correlate by 1/2.

    Raises:
        DataError: unless 0 ≤ control variance ≤ variance of the difference, the latter positive.
    """
    if not (0 <= control_variance <= difference_variance and difference_variance > 0):
        raise DataError(
            f"control variance {control_variance}, of the difference {difference_variance}:"
            " expected the first inside the second"
        )
    return sqrt(control_variance / difference_variance)


def probability_within(critical: float, loadings: Sequence[float], freedom: float) -> float:
    """Probability that all of several statistics against one control stay within ±critical.

    They are multivariate t: statistic i is `(λᵢ Z + √(1 − λᵢ²) Zᵢ) / S`, with Z the control's noise
    that all share. Given Z and the spread S they are independent, so that the probability is an
    integral over these two, done by Gauss–Legendre quadrature to about 1e-10.

    Args:
        critical: bound, zero or more.
        loadings: λ of each arm, from `loading`.
        freedom: degrees of freedom of the spread, may be infinite and need not be whole.

    References:
        Dunnett (1955), A multiple comparison procedure for comparing several treatments with a
        control, JASA 50, sec. 3; Genz & Bretz (2009), Computation of multivariate normal and t
        probabilities, sec. 2.2 (product correlation).
    """
    if not critical >= 0:
        raise DataError(f"critical={critical}, expected zero or more")
    if not freedom > 0:
        raise DataError(f"freedom={freedom}, expected more than zero")
    if not loadings or not all(0 <= one <= 1 for one in loadings):
        raise DataError(f"loadings {tuple(loadings)}, expected one or more, each from 0 to 1")
    spreads, weights = _spreads(freedom)
    bounds = critical * spreads[:, None]
    inside = np.ones((len(spreads), len(_Z)))
    for one in sorted(set(loadings)):
        shared = min(one, _LARGEST_LOADING)
        own = sqrt(1 - shared * shared)
        between = ndtr((bounds - shared * _Z) / own) - ndtr((-bounds - shared * _Z) / own)
        inside *= between ** loadings.count(one)
    return min(1.0, float(weights @ (inside @ _DENSITY)))


def dunnett_p_value(statistic: float, loadings: Sequence[float], freedom: float) -> float:
    """Adjusted two-sided p-value: how often the largest statistic is as large by chance alone.

    Never below the p-value of one comparison, nor above as many times it as there are arms.
    """
    alone = 2 * float(stdtr(freedom, -abs(statistic))) if freedom < inf else _normal(statistic)
    found = 1 - probability_within(abs(statistic), loadings, freedom)
    return min(1.0, max(found, alone), len(loadings) * alone)


def dunnett_critical(alpha: float, loadings: Sequence[float], freedom: float) -> float:
    """Two-sided critical value: intervals of this many standard errors hold for all arms together.

    Raises:
        DataError: unless alpha is inside (0, 1), and as `probability_within`.

    References:
        Dunnett (1964), New tables for multiple comparisons with a control, Biometrics 20, table II:
        2.21 for two and 2.35 for three equal arms, alpha .05, infinite degrees of freedom.
    """
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha}, expected between 0 and 1")
    least, most = (_quantile(alpha / k, freedom) for k in (1, len(loadings)))
    if len(loadings) == 1:
        return least

    def excess(critical: float) -> float:
        return probability_within(critical, loadings, freedom) - (1 - alpha)

    if excess(most) <= 0:  # as good as independent, or an alpha that rounding swallows
        return most
    return float(brentq(excess, least, most, xtol=1e-10)) if excess(least) < 0 else least


def _spreads(freedom: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes of S = √(χ² / freedom) and the probability that each stands for."""
    if freedom >= _SURE:
        return np.ones(1), np.ones(1)
    half = freedom / 2
    low, high = (sqrt(float(gammaincinv(half, p)) / half) for p in (_TAIL, 1 - _TAIL))
    nodes = (low + high) / 2 + (high - low) / 2 * _SPREAD_NODES
    constant = log(2) + half * log(half) - lgamma(half)
    density = np.exp(constant + (freedom - 1) * np.log(nodes) - half * nodes * nodes)
    weights = (high - low) / 2 * _SPREAD_WEIGHTS * density
    return nodes, weights / weights.sum()


def _quantile(alpha: float, freedom: float) -> float:
    if freedom >= _SURE:
        freedom = inf
    return -float(stdtrit(freedom, alpha / 2))


def _normal(statistic: float) -> float:
    return 2 * float(ndtr(-abs(statistic)))


@dataclass(frozen=True, slots=True)
class ManyToOne:
    """The rule of one look at several arms that share a control: intervals hold for all together.

    Attributes:
        loadings: of all arms.
        freedom: of the comparison that is judged. Where variances differ, so do degrees of
            freedom: each comparison is then held against the multivariate t of its own.
        comparisons: how many such groups of arms (metrics, say) are read together; Bonferroni's
            inequality shares the error among them.

    References:
        Hasler & Hothorn (2008), Multiple contrast tests in the presence of heteroscedasticity,
        Biometrical Journal 50(5), sec. 3 (plug-in correlations, degrees of freedom by contrast).
    """

    loadings: tuple[float, ...]
    freedom: float
    comparisons: int = 1

    @property
    def name(self) -> str:
        """How a method appendix calls it."""
        return "one look at a fixed end, all arms together (Dunnett)"

    def level(self, alpha: float) -> Level:
        """The bound that all statistics together keep with probability 1 − alpha."""
        critical = dunnett_critical(alpha / self.comparisons, self.loadings, self.freedom)
        return Level(2 * float(stdtr(min(self.freedom, _SURE), -critical)), critical)

    def p_value(self, z: float, fixed: float) -> float:
        """The adjusted p-value; never below the comparison's own, `fixed`."""
        found = self.comparisons * dunnett_p_value(z, self.loadings, self.freedom)
        return min(1.0, max(found, fixed))
