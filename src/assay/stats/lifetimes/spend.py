"""What a return is worth: the Gamma-Gamma model of spend, and whether it may be used."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln, ndtri, psi

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.lifetimes.climbing import covariance_of, top_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 10
"""Users who came back below which nothing is fitted."""
_STARTS: Final = ((0.0, 1.0, 0.0), (1.8, 1.3, -1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Spend per return differs between users and varies from return to return.

    A user's spends are gamma-distributed with shape p and a rate of their own, which is
    gamma-distributed with shape q and rate gamma.

    Attributes:
        p, q, gamma: gamma in the unit of the spend.
        mean: of spend per return over users; None where q ≤ 1, as then it has no end.
        low, high: of the mean, by the standard errors of the parameters; None likewise.
        covariance: of the logarithms of p, q, gamma; 0 for those in `edges`.
        users: who came back.
    """

    p: float
    q: float
    gamma: float
    mean: float | None
    low: float | None
    high: float | None
    level: float
    covariance: tuple[tuple[float, ...], ...]
    edges: tuple[str, ...]
    log_likelihood: float
    users: int

    def expected(self, repeats: ArrayLike, mean: ArrayLike) -> Floats:
        """Mean spend per return ahead of each user, from the mean of their returns so far.

        Who never came back is expected to spend what users do on average; NaN for them where that
        has no end. Their entry of `mean` is not read.
        """
        x, z = np.asarray(repeats, dtype=np.float64), np.asarray(mean, dtype=np.float64)
        known = np.where(x > 0, z, 0.0)
        below = self.p * x + self.q - 1
        told = self.p * (self.gamma + x * known) / np.where(below > 0, below, np.nan)
        found: Floats = np.where(below > 0, told, np.nan)
        return found


def fit_spend(repeats: ArrayLike, mean: ArrayLike, *, level: float = 0.95) -> Spend:
    """The model of spend that makes users' mean spends most likely.

    Users who never came back say nothing of it and are left out.

    Args:
        repeats: returns of each user.
        mean: spend per return, on average over them.
        level: of the interval of the mean.

    Raises:
        DataError: where lengths differ, a value is missing, a spend of somebody who came back is
            not above 0, fewer than `FEWEST` came back, or all spent the same.

    References:
        Fader & Hardie (2013), The Gamma-Gamma model of monetary value, equation 1a.
    """
    x, z = _returned(repeats, mean)
    unit = float(np.average(z, weights=x))
    if np.ptp(z) <= 1e-12 * unit:
        raise DataError(
            f"all {x.size} users who came back spent {unit:g} a time, so that nothing varies",
            remedy="multiply expected returns by it",
        )
    scaled = z / unit

    def climb(logs: Floats) -> tuple[float, Floats]:
        return _climb(logs, x, scaled)

    best, top = top_of(climb, _STARTS, x.size)
    covariance, inside = covariance_of(climb, best)
    p, q, gamma = (float(v) for v in np.exp(best))
    whole = low = high = None
    if q > 1:
        whole = unit * p * gamma / (q - 1)
        slope = np.array([1.0, -q / (q - 1), 1.0])
        half = float(ndtri((1 + level) / 2)) * sqrt(float(slope @ covariance @ slope))
        low, high = (float(whole * np.exp(way * half)) for way in (-1, 1))
    return Spend(
        p=p,
        q=q,
        gamma=gamma * unit,
        mean=whole,
        low=low,
        high=high,
        level=level,
        covariance=tuple(map(tuple, covariance.tolist())),
        edges=tuple(n for n, free in zip(("p", "q", "gamma"), inside, strict=True) if not free),
        log_likelihood=top - x.size * log(unit),
        users=x.size,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """Whether frequent users spend more or less a time, which the model takes not to be so.

    Attributes:
        doubling: change of mean spend per return where returns double, relative to the mean, by
            least squares on the logarithm of returns; `low`, `high` by errors that allow spends of
            rare users to vary more.
        correlation: Pearson's, of returns and mean spend.
        verdict: `broken` where the interval leaves out 0 and the change is beyond `margin`,
            `holds` where the interval lies within it, else `unclear`; `unclear` also where all came
            back equally often.
    """

    doubling: float | None
    low: float | None
    high: float | None
    correlation: float | None
    margin: float
    users: int
    verdict: str


def independence_of(
    repeats: ArrayLike, mean: ArrayLike, *, margin: float = 0.2, level: float = 0.95
) -> Independence:
    """Whether spend per return goes with the number of returns.

    Args:
        repeats: returns of each user; who never came back is left out.
        mean: spend per return, on average over them.
        margin: change of the mean per doubling that does no harm.
        level: of the interval.

    Raises:
        DataError: as of `fit_spend`, but for users who spend all the same.
    """
    x, z = _returned(repeats, mean)
    if not margin > 0:
        raise DataError(f"margin={margin}, expected above 0")
    if np.ptp(x) == 0 or np.ptp(z) == 0:
        none = np.ptp(x) > 0
        return Independence(
            doubling=0.0 if none else None,
            low=None,
            high=None,
            correlation=None,
            margin=margin,
            users=x.size,
            verdict="holds" if none else "unclear",
        )
    times = np.log2(x)
    apart = times - times.mean()
    spread = float(apart @ apart)
    slope = float(apart @ z) / spread
    rest = (z - z.mean() - slope * apart) / (1 - 1 / x.size - apart**2 / spread)
    error = sqrt(float((apart**2) @ rest**2)) / spread
    half = float(ndtri((1 + level) / 2)) * error
    value, low, high = (v / float(z.mean()) for v in (slope, slope - half, slope + half))
    verdict = "unclear"
    if max(abs(low), abs(high)) <= margin:
        verdict = "holds"
    elif low * high > 0 and abs(value) > margin:
        verdict = "broken"
    return Independence(
        doubling=value,
        low=low,
        high=high,
        correlation=float(np.corrcoef(x, z)[0, 1]),
        margin=margin,
        users=x.size,
        verdict=verdict,
    )


def _returned(repeats: ArrayLike, mean: ArrayLike) -> tuple[Floats, Floats]:
    x, z = numbers(repeats, name="repeats"), numbers(mean, name="mean spend")
    if not (x.ndim == 1 and x.shape == z.shape):
        raise DataError(
            f"repeats and mean spend of shapes {x.shape} and {z.shape}, expected one entry per "
            "user in each"
        )
    if not ((x >= 0) & np.isfinite(x) & (np.floor(x) == x)).all():
        raise DataError("repeats are expected to be whole numbers of 0 or more")
    x, z = x[x > 0], z[x > 0]
    if not ((z > 0) & np.isfinite(z)).all():
        wrong = int((~((z > 0) & np.isfinite(z))).sum())
        raise DataError(
            f"{wrong} of {z.size} users who came back have no mean spend above 0",
            remedy="leave out who pays nothing, and say how many they are",
        )
    if x.size < FEWEST:
        raise DataError(
            f"{x.size} users with a spend came back, needs {FEWEST}",
            remedy="watch for longer, or use a shorter period",
        )
    return x, z


def _climb(logs: Floats, x: Floats, z: Floats) -> tuple[float, Floats]:
    p, q, gamma = np.exp(logs)
    px, total = p * x, gamma + x * z
    log_total = np.log(total)
    value = (
        gammaln(px + q)
        - gammaln(px)
        - gammaln(q)
        + q * logs[2]
        + (px - 1) * np.log(z)
        + px * np.log(x)
        - (px + q) * log_total
    ).sum()
    slope_p = (x * (psi(px + q) - psi(px) + np.log(z) + np.log(x) - log_total)).sum()
    slope_q = (psi(px + q) - psi(q) + logs[2] - log_total).sum()
    slope_gamma = (q / gamma - (px + q) / total).sum()
    return float(value), np.array([slope_p * p, slope_q * q, slope_gamma * gamma])
