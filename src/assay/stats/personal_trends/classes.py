"""How likely each user improves, declines or stays, and how many do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from assay.core.errors import ParameterError
from assay.stats.personal_trends.doubt import variances_drawn
from assay.stats.personal_trends.fitting import PERIOD, Problem, held_of, mixed, told
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
_MOST_STEEP: Final = 1e-6
_STEEP: Final = 0.1
"""How steep the mean of all is before data, per four weeks, in deviations of ratings."""
_SHOCK: Final = 0.05
"""What moves everybody in a week, where weeks are too few to tell, in the same."""


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
        Gelman & al. (2013), Bayesian Data Analysis, 3rd ed., ch. 5 (averaging over variances).
    """
    if not smallest > 0:
        raise ParameterError(f"smallest={smallest}, expected a change above 0")
    time = ((given.week - fit.centre) / PERIOD).astype(np.float64)
    users = given.users
    counted = np.ones(users, dtype=bool) if counted is None else counted
    draws = DRAWS if users <= MANY else FEWER
    rng = np.random.default_rng(seed)
    at_hand = [fit.parameters] * draws
    if problem is not None:
        at_hand = variances_drawn(problem, fit, draws, rng)
    steps = steps_of(given)
    chance = np.zeros((users, 3))
    first, second = np.zeros(users), np.zeros(users)
    drawn, chanced = np.empty((draws, 3)), np.empty((draws, 3))
    sums = sums_of(steps, time, given.mean, fit.noise)
    for k, parameters in enumerate(at_hand):
        noise, spread = told(parameters, fit.scale)
        if users <= FEW and problem is not None:
            sums = sums_of(steps, time, given.mean, noise)
        line = _line(sums, spread, fit, shocks, rng)
        slope, variance = _slopes(sums, spread, line)
        error = np.sqrt(np.maximum(variance, _MOST_STEEP**2))
        up = ndtr((slope - smallest) / error)
        down = ndtr((-smallest - slope) / error)
        each = np.stack([up, np.maximum(1 - up - down, 0.0), down], axis=1)
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


def _line(
    sums: Sums,
    spread: Spread,
    fit: TrendFit,
    shocks: Shocks,
    rng: np.random.Generator,
) -> Floats:
    """The mean line, drawn from what is left open of it under these variances.

    Its slope is drawn to zero, as far as it is open whether all rise or fall; likewise it is made
    less sure by what may have moved all in single weeks where these are too few to tell.
    """
    own, seen = fit.covariance, np.array(shocks.line)
    if sums.one.size <= FEW:
        held = held_of(sums, spread)
        own = np.linalg.inv(held.matrix.sum(axis=0))
        seen = seen + own @ held.vector.sum(axis=0) - np.array([fit.level, fit.slope])
    root = _root(shocks.covariance - fit.covariance)
    whole = own + root @ root.T * (shocks.freedom / rng.chisquare(shocks.freedom))
    if shocks.variance is None:
        time = (shocks.weeks - fit.centre) / PERIOD
        design = np.column_stack([np.ones(time.size), time])
        shock = _SHOCK * fit.scale**0.5 * rng.standard_normal()
        whole = whole + shock**2 * np.linalg.inv(design.T @ design)
    precise = np.linalg.inv(whole)
    thought = np.diag([0.0, 1 / (_STEEP**2 * fit.scale)])
    left = np.linalg.inv(precise + thought)
    found: Floats = left @ precise @ seen + _root(left) @ rng.standard_normal(2)
    return found


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    found: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return found
