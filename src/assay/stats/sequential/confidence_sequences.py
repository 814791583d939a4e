"""Intervals that hold at every look, however often and for whatever reason somebody looks."""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import Final

from scipy.special import log_ndtr

from assay.core.errors import DataError

TUNED_TO: Final = 0.05
"""Error for which a sequence is tightest at the planned size, unless told otherwise."""


def multiplier(n: float, planned: float, alpha: float, *, tuned_to: float = TUNED_TO) -> float:
    """Standard errors by which a two-sided interval reaches out at n units, at every n at once.

    The normal-mixture bound on a sum, over √n: `√((n + ρ)/n · log((n + ρ)/(ρ alpha²)))`. With it,
    estimate ∓ multiplier · standard error holds the truth at all looks together with probability
    1 − alpha, as the first look's size grows: an asymptotic confidence sequence. It is narrowest
    about the planned size, and grows slowly without end on either side of it.

    Args:
        n: units behind the estimate, both arms together.
        planned: units at which it is to be tightest; has to be declared beforehand.
        alpha: one minus the confidence.
        tuned_to: alpha for which the tuning is done. Kept fixed while alpha varies, so that
            intervals are nested and the p-value belongs to them.

    References:
        Robbins (1970), Statistical methods related to the law of the iterated logarithm, Ann. Math.
        Stat. 41(5); Howard, Ramdas, McAuliffe & Sekhon (2021), Time-uniform, nonparametric,
        nonasymptotic confidence sequences, Ann. Stat. 49(2), eq. 14; Waudby-Smith, Arbour, Sinha,
        Kennedy & Ramdas (2024), Time-uniform central limit theory and asymptotic confidence
        sequences, Ann. Stat. 52(6), thm 2.2.
    """
    _check(n, planned, alpha)
    rho = precision(planned, tuned_to)
    return sqrt((n + rho) / n * (log((n + rho) / rho) - 2 * log(alpha)))


def always_valid_p(z: float, n: float, planned: float, *, tuned_to: float = TUNED_TO) -> float:
    """Two-sided p-value that may be read at every look: `min(1, 1 / mixture likelihood ratio)`.

    Below alpha exactly where |z| exceeds `multiplier(n, planned, alpha)`.

    References:
        Johari, Koomen, Pekelis & Walsh (2022), Always valid inference, Operations Research 70(3);
        Howard et al. (2021), sec. 6.
    """
    _check(n, planned, 0.5)
    rho = precision(planned, tuned_to)
    evidence = 0.5 * log(rho / (n + rho)) + z * z * n / (2 * (n + rho))
    return min(1.0, exp(-evidence))


def one_sided_multiplier(
    n: float, planned: float, alpha: float, *, tuned_to: float = TUNED_TO
) -> float:
    """The same for a bound on one side alone: estimate − multiplier · standard error, say.

    The mixing density is the positive half of the normal one; its bound has no closed form and is
    found by bisection on the logarithm of the mixture, to rounding.

    References:
        Howard et al. (2021), prop. 6 (one-sided normal mixture); Waudby-Smith et al.
        (2024), app. B.
    """
    _check(n, planned, alpha)
    low, high = -10.0, multiplier(n, planned, alpha, tuned_to=tuned_to) + 1
    while high - low > 1e-14 * max(1.0, abs(high)):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        p = one_sided_p(middle, n, planned, tuned_to=tuned_to)
        low, high = (middle, high) if p > alpha else (low, middle)
    return high


def one_sided_p(z: float, n: float, planned: float, *, tuned_to: float = TUNED_TO) -> float:
    """p-value for an effect above zero that may be read at every look; z carries its sign."""
    _check(n, planned, 0.5)
    rho = precision(planned, min(2 * tuned_to, 0.999))
    whole = n + rho
    score = z * sqrt(n / whole)
    evidence = log(2) + 0.5 * log(rho / whole) + score * score / 2 + float(log_ndtr(score))
    return min(1.0, exp(-evidence))


def precision(planned: float, alpha: float) -> float:
    """ρ of the mixture that is about tightest at the planned size.

    References:
        Howard et al. (2021), sec. 3.5; Waudby-Smith et al. (2024), app. B.2: the closed form that
        approximates the exact optimum (a branch of Lambert's W) from above.
    """
    size = -2 * log(alpha)
    return planned / (size + log(1 + size))


def _check(n: float, planned: float, alpha: float) -> None:
    if not 0 < n < inf:
        raise DataError(f"n={n}, expected some units")
    if not 0 < planned < inf:
        raise DataError(f"planned={planned}, expected a positive number of units")
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha}, expected between 0 and 1")
