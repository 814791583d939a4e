"""Whether effects differ from place to place, and which one from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import fdtrc, gammaln, ndtri, stdtr, stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DRAWS: Final = 9_999
"""Tables drawn for the exact test: a p-value near .05 is known to within .005 in 95 of 100 runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """A test that all effects are the same.

    Attributes:
        statistic: an F ratio, or the Pearson statistic of the exact test.
        df, df_within: of the F ratio; None for the exact test.
    """

    p_value: float
    statistic: float
    df: float
    df_within: float | None


def same_effect(
    estimates: Sequence[float] | Array,
    variances: Sequence[float] | Array,
    degrees: Sequence[float] | Array,
) -> Heterogeneity:
    """Cochran's Q as Welch's F: the weights are themselves estimated, and in small segments badly.

    Referred to chi-square, Q with estimated weights rejects too often; Welch's correction of the
    ratio and of its degrees of freedom mends it.

    Args:
        estimates: one effect each.
        variances: estimated.
        degrees: of freedom of those variances; infinite where known.

    Raises:
        DataError: with fewer than two effects, or where a variance or its degrees are not positive.

    References:
        Welch (1951), On the comparison of several mean values, Biometrika 38, eq. 28-30, for
        effects instead of means; Cochran (1937), JRSS suppl. 4 (Q).
    """
    y, v, nu = (np.asarray(x, float) for x in (estimates, variances, degrees))
    _check(y, v, nu)
    k = len(y)
    w = 1 / v
    whole = w.sum()
    centre = float(w @ y) / whole
    q = float(w @ (y - centre) ** 2)
    doubt = float(((1 - w / whole) ** 2 / nu).sum())
    ratio = q / (k - 1) / (1 + 2 * (k - 2) / (k * k - 1) * doubt)
    within = (k * k - 1) / (3 * doubt) if doubt > 0 else 1e12
    return Heterogeneity(
        p_value=float(fdtrc(k - 1, within, ratio)), statistic=ratio, df=k - 1.0, df_within=within
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class AgainstRest:
    """Each effect minus the weighted mean of all others.

    Attributes:
        values, errors, degrees: estimate, standard error, degrees of freedom.
        p_values: two-sided, adjusted so that all hold together.
    """

    values: Array
    errors: Array
    degrees: Array
    p_values: Array
    family: int

    def intervals(self, alpha: float) -> Array:
        """Rows (low, high); all contain their truth together with probability 1 − alpha or more."""
        each = 1 - (1 - alpha) ** (1 / self.family)
        critical = _student(self.degrees, each)
        return np.column_stack((self.values - critical * self.errors,
                                self.values + critical * self.errors))  # fmt: skip


def against_rest(
    estimates: Sequence[float] | Array,
    variances: Sequence[float] | Array,
    degrees: Sequence[float] | Array,
    *,
    family: int | None = None,
) -> AgainstRest:
    """How far each effect lies from the mean of the others, weighted by their precision.

    Args:
        estimates: one effect each.
        variances: estimated.
        degrees: of freedom of those variances; infinite where known.
        family: comparisons that hold together; by default one for each effect.

    Raises:
        DataError: with fewer than two effects, or where a variance or its degrees are not positive.

    References:
        Satterthwaite (1946), Biometrics Bull. 2 (degrees of freedom); Meier (1953), Variance of a
        weighted mean, Biometrics 9, eq. 21 (weights that are estimated); Šidák (1967), JASA 62.
    """
    y, v, nu = (np.asarray(x, float) for x in (estimates, variances, degrees))
    _check(y, v, nu)
    w = 1 / v
    rest = w.sum() - w
    other = ((w @ y) - w * y) / rest
    unsure = np.array([
        float((np.delete(w, i) / rest[i] * (1 - np.delete(w, i) / rest[i]) / np.delete(nu, i)).sum())
        for i in range(len(y))
    ])  # fmt: skip
    variance = (1 + 4 * unsure) / rest
    spent = (w * w / nu).sum() - w * w / nu
    own = v * v / nu + variance**2 * np.where(rest > 0, spent / rest**2, 0)
    df = np.where(own > 0, (v + variance) ** 2 / np.where(own > 0, own, 1), 1e12)
    errors = np.sqrt(v + variance)
    size = family or len(y)
    alone = 2 * stdtr(np.minimum(df, 1e9), -np.abs(y - other) / errors)
    return AgainstRest(
        values=y - other,
        errors=errors,
        degrees=df,
        p_values=-np.expm1(size * np.log1p(-np.minimum(alone, 1 - 1e-16))),
        family=size,
    )


def same_odds(
    treated: Sequence[tuple[int, int]],
    control: Sequence[tuple[int, int]],
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Heterogeneity:
    """Whether the odds ratio is the same in all tables: exact also where successes are few.

    Args:
        treated: (successes, trials) of each table.
        control: the same of the other arm.
        rng: draws tables with the same margins.
        draws: how many.

    Raises:
        DataError: with fewer than two tables that can tell anything.

    References:
        Zelen (1971), The analysis of several 2×2 contingency tables, Biometrika 58; drawn as in
        Mehta, Patel & Gray (1985), JASA 80, with Pearson's statistic about the conditional fit.
    """
    weights, seen = [], []
    for (ones, n), (others, m) in zip(treated, control, strict=True):
        total = ones + others
        k = np.arange(max(0, total - m), min(n, total) + 1)
        weights.append((k, _log_choose(n, k) + _log_choose(m, total - k)))
        seen.append(ones)
    return _conditional(weights, seen, rng, draws)


def same_ratio(
    treated: Sequence[tuple[int, float]],
    control: Sequence[tuple[int, float]],
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Heterogeneity:
    """Whether the ratio of two Poisson rates is the same in all places, exactly.

    Given the events of both arms, those of one are binomial.

    Args:
        treated: (events, exposure) of each place.
        control: the same of the other arm.
        rng: draws counts with the same sums.
        draws: how many.

    Raises:
        DataError: with fewer than two places that can tell anything.

    References:
        Przyborowski & Wilenski (1940), Biometrika 31 (two rates, given their sum).
    """
    weights, seen = [], []
    for (events, exposure), (others, exposed) in zip(treated, control, strict=True):
        total = events + others
        k = np.arange(total + 1)
        weights.append((k, _log_choose(total, k) + k * np.log(exposure / exposed)))
        seen.append(events)
    return _conditional(weights, seen, rng, draws)


def _conditional(
    weights: list[tuple[Array, Array]], seen: list[int], rng: np.random.Generator, draws: int
) -> Heterogeneity:
    """Draws the counts given their sum, under one common effect, and ranks Pearson's statistic."""
    useful = [i for i, (k, _) in enumerate(weights) if len(k) > 1]
    if len(useful) < 2:
        raise DataError(f"{len(useful)} tables with a success and a failure, expected two or more")
    weights, seen = [weights[i] for i in useful], [seen[i] for i in useful]
    chances = _tilted(weights, sum(seen))
    means = np.array([p @ k for p, (k, _) in zip(chances, weights, strict=True)])
    spreads = np.array([p @ (k - m) ** 2
                        for p, (k, _), m in zip(chances, weights, means, strict=True)])  # fmt: skip
    spreads = np.maximum(spreads, 1e-300)
    drawn = _given_sum(chances, weights, sum(seen), rng, draws)
    statistic = float(((np.array(seen) - means) ** 2 / spreads).sum())
    others = ((drawn - means) ** 2 / spreads).sum(axis=1)
    as_far = int((others >= statistic * (1 - 1e-9)).sum())
    return Heterogeneity(
        p_value=(as_far + 1) / (draws + 1),
        statistic=statistic,
        df=len(useful) - 1.0,
        df_within=None,
    )


def _tilted(weights: list[tuple[Array, Array]], total: int) -> list[Array]:
    """Distributions of the counts at the common effect at which they are expected to sum up."""

    def at(effect: float) -> list[Array]:
        found = []
        for k, log_weight in weights:
            tilted = log_weight + effect * k
            p = np.exp(tilted - tilted.max())
            found.append(p / p.sum())
        return found

    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        expected = sum(float(p @ k) for p, (k, _) in zip(at(middle), weights, strict=True))
        low, high = (middle, high) if expected < total else (low, middle)
    return at((low + high) / 2)


def _given_sum(
    chances: list[Array],
    weights: list[tuple[Array, Array]],
    total: int,
    rng: np.random.Generator,
    draws: int,
) -> Array:
    """Counts drawn from their distributions, given what they sum up to: exact, table by table."""
    least = [int(k[0]) for k, _ in weights]
    sums = [np.ones(1)]
    for p in chances[:-1]:
        sums.append(np.convolve(sums[-1], p))
    rest = np.full(draws, total - sum(least))
    drawn = np.empty((draws, len(chances)))
    for i in range(len(chances) - 1, -1, -1):
        p, before = chances[i], sums[i]
        for left in np.unique(rest):
            k = np.arange(max(0, left - len(before) + 1), min(len(p) - 1, left) + 1)
            chance = np.cumsum(p[k] * before[left - k])
            here = np.flatnonzero(rest == left)
            pick = np.searchsorted(chance, rng.random(len(here)) * chance[-1], side="right")
            drawn[here, i] = k[np.minimum(pick, len(k) - 1)]
        rest = rest - drawn[:, i].astype(int)
    return drawn + np.array(least)


def _log_choose(n: int, k: Array) -> Array:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def _student(degrees: Array, alpha: float) -> Array:
    normal = -float(ndtri(alpha / 2))
    return np.where(degrees < 1e9, -stdtrit(np.minimum(degrees, 1e9), alpha / 2), normal)


def _check(y: Array, v: Array, nu: Array) -> None:
    if not len(y) == len(v) == len(nu) >= 2:
        raise DataError(f"{len(y)} effects, expected two or more, each with variance and degrees")
    if not (np.isfinite(y).all() and (v > 0).all() and np.isfinite(v).all() and (nu > 0).all()):
        raise DataError("effects are not finite, or a variance or its degrees not positive")
