"""Several arms against one control: how far the largest of their statistics goes by chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, lgamma, log, pi, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammainccinv, gammaincinv, ndtr, ndtri, stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.level import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PANEL: Final = 0.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_SPREAD_PANELS: Final = 6
_SPREAD_PANEL: Final = 0.7
_LEFT_OUT: Final = 1e-13
"""Of the probability that one arm alone goes as far: what the integrals' ends may leave out."""
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
    _check(critical, loadings, freedom)
    return 1 - _probability_beyond(critical, loadings, freedom)


def _check(critical: float, loadings: Sequence[float], freedom: float) -> None:
    if not critical >= 0:
        raise DataError(f"critical={critical}, expected zero or more")
    if not freedom > 0:
        raise DataError(f"freedom={freedom}, expected more than zero")
    if not loadings or not all(0 <= one <= 1 for one in loadings):
        raise DataError(f"loadings {tuple(loadings)}, expected one or more, each from 0 to 1")


def _probability_beyond(critical: float, loadings: Sequence[float], freedom: float) -> float:
    """Probability that any statistic leaves ±critical, with its digits however small it is.

    Nothing is subtracted from one, and both integrals reach as far out as an arm alone does.
    """
    alone = _two_tails(critical, freedom)
    if alone <= 0:
        return 0.0
    noise, chances = _noise(alone)
    spreads, weights = _spreads(freedom, alone)
    bounds = critical * spreads[:, None]
    inside = np.zeros((len(spreads), len(noise)))  # logarithm of the probability
    with np.errstate(divide="ignore"):  # surely outside
        for one in sorted(set(loadings)):
            shared = min(one, _LARGEST_LOADING)
            own = sqrt(1 - shared * shared)
            tails = ndtr((shared * noise - bounds) / own) + ndtr((-shared * noise - bounds) / own)
            inside += loadings.count(one) * np.log1p(-np.minimum(tails, 1.0))
    return min(1.0, float(weights @ (-np.expm1(inside) @ chances)))


def dunnett_p_value(statistic: float, loadings: Sequence[float], freedom: float) -> float:
    """Adjusted two-sided p-value: how often the largest statistic is as large by chance alone.

    Never below the p-value of one comparison, nor above as many times it as there are arms.
    """
    alone = _two_tails(abs(statistic), freedom)
    _check(abs(statistic), loadings, freedom)
    found = _probability_beyond(abs(statistic), loadings, freedom)
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

    def short(critical: float) -> float:
        return log(alpha) - log(_probability_beyond(critical, loadings, freedom))

    if short(most) <= 0:  # as good as independent
        return most
    from scipy.optimize import brentq  # noqa: PLC0415  costs 0.4 s, and most reports never ask

    return float(brentq(short, least, most, xtol=1e-10)) if short(least) < 0 else least


def _noise(alone: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes of |Z|, the control's noise, and the probability that each stands for."""
    panels = ceil(-float(ndtri(max(_LEFT_OUT * alone, 1e-300) / 2)) / _PANEL)
    starts = _PANEL * np.arange(panels)
    nodes = (starts[:, None] + _PANEL / 2 * (1 + _NODES)).ravel()
    density = np.exp(-nodes * nodes / 2) * sqrt(2 / pi)
    return nodes, np.tile(_PANEL / 2 * _WEIGHTS, panels) * density


def _spreads(freedom: float, alone: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes of S = √(χ² / freedom), even on its logarithm, and the probability of each."""
    if freedom >= _SURE:
        return np.ones(1), np.ones(1)
    half, tail = freedom / 2, max(_LEFT_OUT * alone, 1e-300)
    least, most = float(gammaincinv(half, tail)), float(gammainccinv(half, tail))
    low, high = (log(max(square, 1e-300) / half) / 2 for square in (least, most))
    panels = max(_SPREAD_PANELS, ceil((high - low) / _SPREAD_PANEL))
    wide = (high - low) / panels
    nodes = ((low + wide * np.arange(panels))[:, None] + wide / 2 * (1 + _NODES)).ravel()
    constant = log(2) + half * log(half) - lgamma(half)
    density = np.exp(constant + freedom * nodes - half * np.exp(2 * nodes))
    weights = np.tile(wide / 2 * _WEIGHTS, panels) * density
    return np.exp(nodes), weights / weights.sum()


def _quantile(alpha: float, freedom: float) -> float:
    if freedom >= _SURE:
        freedom = inf
    return -float(stdtrit(freedom, alpha / 2))


def _two_tails(statistic: float, freedom: float) -> float:
    """How often one arm alone goes as far by chance."""
    return 2 * float(stdtr(freedom, -statistic) if freedom < inf else ndtr(-statistic))


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
