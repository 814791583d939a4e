"""How likely each user improves, declines or stays, and how many do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from assay.core.errors import ParameterError
from assay.stats.personal_trends.fitting import PERIOD, Problem, mixed, told
from assay.stats.personal_trends.whitening import steps_of, sums_of

if TYPE_CHECKING:
    from assay.stats.personal_trends.fitting import Spread, TrendFit
    from assay.stats.personal_trends.shocks import Shocks
    from assay.stats.personal_trends.user_weeks import UserWeeks
    from assay.stats.personal_trends.whitening import Sums

    Floats = NDArray[np.float64]

CLASSES: Final = ("improving", "stable", "declining")
DRAWS: Final = 200
FEWER: Final = 40
MANY: Final = 100_000
"""Users from which on fewer draws of the variances do: their doubt is small then."""
FEW: Final = 20_000
"""Users up to which the noise of ratings and weeks is drawn too: of more it is sure enough."""
_WIDER: Final = 1.5
_WIDEST: Final = 0.2
_SMALLEST: Final = 1e-3
_FEW_FITTED: Final = 2_000
_MORE: Final = 3
"""Draws that are offered for each that is taken, where a fit is cheap."""
_MOST_STEEP: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTrends:
    """Each user's slope and what is known of it.

    Attributes:
        slope: change per four weeks, drawn towards the mean; `error`: its standard deviation.
        chance: users × `CLASSES`, probabilities that add up to 1, over the doubt of all variances.
        drawn: draws × `CLASSES`, expected numbers of users under each draw of the variances, of
            those that were asked for.
        chanced: the same, how far such a number varies by chance (variance).
        counted: which users are in these numbers.
    """

    slope: Floats
    error: Floats
    chance: Floats
    drawn: Floats
    chanced: Floats
    counted: NDArray[np.bool_]

    def number(self, which: int, level: float, *, seed: int = 1) -> tuple[float, float, float]:
        """How many users are of a class: expected number and interval."""
        rng = np.random.default_rng((seed, which))
        times = max(1, 4000 // self.drawn.shape[0])
        noise = rng.standard_normal((times, self.drawn.shape[0]))
        found = self.drawn[:, which] + np.sqrt(self.chanced[:, which]) * noise
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
        value = float(self.drawn[:, which].mean())
        most = float(self.counted.sum())
        return value, max(0.0, min(float(low), value)), min(most, max(float(high), value))


def user_trends(  # noqa: PLR0913  users, the fit, what matters, who is counted
    given: UserWeeks,
    fit: TrendFit,
    shocks: Shocks,
    *,
    smallest: float,
    counted: NDArray[np.bool_] | None = None,
    problem: Problem | None = None,
    seed: int = 1,
) -> UserTrends:
    """Chances that a user's own slope is beyond the smallest that matters, up, down, or neither.

    Variances and the mean line are drawn anew from what the data leave open about them, so that
    chances do not rest on one guess of how much users differ.

    Args:
        given: all users, shocks of weeks taken out.
        fit: of all or some of them.
        shocks: of weeks, with the mean line.
        smallest: change per four weeks from which on it matters.
        counted: users of whom there is enough to be counted, all by default.
        problem: of the fitted users, to weigh draws by; without it variances are taken as known.
        seed: of draws.

    Raises:
        ParameterError: where the smallest change is not above 0.

    References:
        Gelman & al. (2013), Bayesian Data Analysis, 3rd ed., ch. 10.4 (importance resampling).
    """
    if not smallest > 0:
        raise ParameterError(f"smallest={smallest}, expected a change above 0")
    time = ((given.week - fit.centre) / PERIOD).astype(np.float64)
    users = given.users
    counted = np.ones(users, dtype=bool) if counted is None else counted
    draws = DRAWS if users <= MANY else FEWER
    rng = np.random.default_rng(seed)
    at_hand = [fit.parameters] * draws if problem is None else _drawn(problem, fit, draws, rng)
    steps = steps_of(given)
    root = np.linalg.cholesky(shocks.covariance + 1e-18 * np.eye(2))
    chance = np.zeros((users, 3))
    first, second = np.zeros(users), np.zeros(users)
    drawn, chanced = np.empty((draws, 3)), np.empty((draws, 3))
    sums = sums_of(steps, time, given.mean, fit.noise)
    for k, parameters in enumerate(at_hand):
        noise, spread = told(parameters, fit.scale)
        if users <= FEW and problem is not None:
            sums = sums_of(steps, time, given.mean, noise)
        wide = np.sqrt(rng.chisquare(shocks.freedom) / shocks.freedom)
        line = np.array(shocks.line) + root @ rng.standard_normal(2) / wide
        slope, variance = _slopes(sums, spread, line)
        error = np.sqrt(np.maximum(variance, _MOST_STEEP**2))
        up = ndtr((slope - smallest) / error)
        down = ndtr((-smallest - slope) / error)
        each = np.stack([up, 1 - up - down, down], axis=1)
        chance += each
        mine = each[counted]
        drawn[k], chanced[k] = mine.sum(axis=0), (mine * (1 - mine)).sum(axis=0)
        first += slope
        second += slope**2 + variance
    mean = first / draws
    return UserTrends(
        slope=mean,
        error=np.sqrt(np.maximum(second / draws - mean**2, 0.0)),
        chance=np.clip(chance / draws, 0.0, 1.0),
        drawn=drawn,
        chanced=chanced,
        counted=counted,
    )


def _slopes(sums: Sums, spread: Spread, line: Floats) -> tuple[Floats, Floats]:
    """Users' slopes given the mean line, and their variances."""
    (a, b, c, d), _ = mixed(sums, spread)
    level = sums.level - sums.one * line[0] - sums.cross * line[1]
    drift = sums.drift - sums.cross * line[0] - sums.time * line[1]
    own = spread.both * (a * level + b * drift) + spread.slope * (c * level + d * drift)
    return line[1] + own, spread.both * b + spread.slope * d


def _drawn(problem: Problem, fit: TrendFit, draws: int, rng: np.random.Generator) -> list[Floats]:
    """Draws of all variances, by their likelihood."""
    free = int(fit.free.sum())
    values, vectors = np.linalg.eigh((fit.curvature + fit.curvature.T) / 2)
    if not np.isfinite(values).all():
        return [fit.parameters] * draws
    tried = draws * (_MORE if fit.users <= _FEW_FITTED else 1)
    scale = 1 / np.sqrt(np.maximum(values, 2 / _WIDEST**2) / 2)
    noise = rng.standard_normal((tried, free))
    wide = np.sqrt(rng.chisquare(8, size=tried) / 8)[:, None]
    offered = np.tile(fit.parameters, (tried, 1))
    offered[:, fit.free] += (_WIDER * noise / wide * scale) @ vectors.T
    ends = np.array(problem.bounds())
    heavy = -(8 + free) / 2 * np.log1p((noise / wide) ** 2 @ np.ones(free) / 8)
    logs = np.full(tried, -np.inf)
    for k, one in enumerate(offered):
        if ((one[fit.free] >= ends[:, 0]) & (one[fit.free] <= ends[:, 1])).all():
            even = np.log(max(np.hypot(one[4], one[5]), _SMALLEST))  # any deviation of slopes alike
            logs[k] = -(problem.deviance(one) - fit.deviance) / 2 - heavy[k] - even
    if not np.isfinite(logs).any():
        return [fit.parameters] * draws
    weight = np.exp(logs - logs.max())
    place = (np.arange(draws) + rng.random()) / draws
    picked = np.searchsorted(np.cumsum(weight / weight.sum()), place)
    return [offered[min(k, tried - 1)] for k in picked]
