"""Draws of all variances, by their likelihood and by what is thought of them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.fitting import Problem, TrendFit

    Floats = NDArray[np.float64]

SLOPES: Final = 0.18
"""Half of all worlds: users' slopes differ by less than about this, in deviations of ratings."""
WEEKS: Final = 0.3
_FADES: Final = 1.0
_FREEDOM: Final = 4.0
_HEAVY: Final = 5.0
_OFFERED: Final = 300
_ROUNDS: Final = 3
_FEW_FITTED: Final = 2_000
_WIDE: Final = np.array([0.1, 0.7, 0.3, 0.15, 0.2, 0.2])
_NARROW: Final = 0.15
_SMALLEST: Final = 1e-6
_Proposal = tuple["Floats", "Floats"]


def variances_drawn(
    problem: Problem, fit: TrendFit, draws: int, rng: np.random.Generator
) -> list[Floats]:
    """So many draws of the transformed variances.

    Where weeks are few, users' own slopes are hardly told from levels that wander, and the
    likeliest variances mean little: half-t distributions of the deviations of slopes and of weeks
    (4 degrees of freedom, scales of .18 and .3 deviations of ratings) say what is usual, and all
    that the likelihood leaves open is averaged over. Importance sampling in rounds: each is
    offered around what the rounds before found.

    References:
        Gelman (2006), Prior distributions for variance parameters in hierarchical models, Bayesian
        Analysis 1; Cornuet, Marin, Mira & Robert (2012), Adaptive multiple importance sampling,
        Scand. J. Statist. 39.
    """
    free = fit.free
    rounds = _ROUNDS if fit.users <= _FEW_FITTED else 2
    each = _OFFERED if fit.users <= _FEW_FITTED else max(draws // 2, 50)
    middle = fit.parameters[free]
    proposals = [(middle, np.diag(_WIDE[free])), (middle, _curved(fit, free))]
    offered, logs = np.empty((0, int(free.sum()))), np.empty(0)
    used: list[_Proposal] = []
    for _ in range(rounds):
        for where, root in proposals:
            count = each // len(proposals)
            wide = np.sqrt(rng.chisquare(_HEAVY, size=count) / _HEAVY)[:, None]
            new = where + (rng.standard_normal((count, middle.size)) / wide) @ root.T
            offered = np.concatenate([offered, new])
            logs = np.append(logs, [_target(problem, fit, one) for one in new])
            used.append((where, root))
        densities = np.stack([_density(offered, one) for one in used])
        weights = logs - logsumexp(densities, axis=0)
        if not np.isfinite(weights).any():
            return [fit.parameters] * draws
        chance = np.exp(weights - logsumexp(weights))
        where = chance @ offered
        off = offered - where
        spread = (off * chance[:, None]).T @ off + np.diag((_NARROW * _WIDE[free]) ** 2)
        proposals = [(where, np.linalg.cholesky(spread) * 1.1)]
    place = (np.arange(draws) + rng.random()) / draws
    picked = np.minimum(np.searchsorted(np.cumsum(chance), place), len(offered) - 1)
    found = np.tile(fit.parameters, (draws, 1))
    found[:, free] = offered[rng.permutation(picked)]
    return list(found)


def _curved(fit: TrendFit, free: NDArray[np.bool_]) -> Floats:
    """A root of the covariance that the curvature at the optimum says, at most `_WIDE`."""
    values, vectors = np.linalg.eigh((fit.curvature + fit.curvature.T) / 2)
    if not np.isfinite(values).all():
        return np.diag(_WIDE[free])
    return np.asarray(vectors / np.sqrt(np.maximum(values, 2 / _WIDE[free].max() ** 2) / 2))


def _target(problem: Problem, fit: TrendFit, values: Floats) -> float:
    """Logarithm of likelihood and prior, but for a constant; minus infinity out of bounds."""
    at = fit.parameters.copy()
    at[fit.free] = values
    at[3], at[5] = abs(at[3]), abs(at[5])
    ends = np.array(problem.bounds())
    inside = at[fit.free]
    if not ((inside >= ends[:, 0]) & (inside <= ends[:, 1])).all():
        return -np.inf
    slopes = max(float(np.hypot(at[4], at[5])), _SMALLEST)
    prior = _half_t(slopes / SLOPES) - np.log(slopes)
    if fit.free[0]:
        week = np.exp(at[1]) / np.sqrt(fit.scale)
        prior += _half_t(week / WEEKS) + np.log(week)
    if fit.free[2]:
        prior += _FADES * np.log1p(-at[2])
    return float(prior - (problem.deviance(at) - fit.deviance) / 2)


def _half_t(ratio: float) -> float:
    return -(_FREEDOM + 1) / 2 * float(np.log1p(ratio**2 / _FREEDOM))


def _density(offered: Floats, proposal: _Proposal) -> Floats:
    """Logarithm of a Student density at each offer, but for a constant that all have."""
    where, root = proposal
    z = np.linalg.solve(root, (offered - where).T)
    size = where.size
    logs = -(_HEAVY + size) / 2 * np.log1p((z**2).sum(axis=0) / _HEAVY)
    return np.asarray(logs - np.linalg.slogdet(root)[1])
