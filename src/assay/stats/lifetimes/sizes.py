"""How many users will be in each state in the periods to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, logit, ndtri

from assay.core.errors import DataError
from assay.stats.lifetimes.retention import Activity
from assay.stats.lifetimes.states import (
    AT_RISK,
    CURRENT,
    DORMANT,
    LOST,
    NEW,
    RETURNING,
    STATES,
    Rule,
    Steps,
    steps_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

DRAWS: Final = 4_000
RECENT: Final = 8
"""Past periods that sizes ahead go by."""
FEWEST_STEPS: Final = 3
"""Steps that an earlier forecast has to go by, to be told of."""
_EXPECTED: Final = 3.0
"""Users on either side, a step, below whom a standing says too little of how steps differ."""
_BORROWED: Final = 10.0
_LEAST: Final = 1e-4
_WIDEST: Final = 2.0
"""Log odds beyond which no spread of periods is believed."""
_PROBIT: Final = 0.346
"""(16 √3 / (15 π))²: a logistic curve is a normal one drawn out by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesAhead:
    """Users by period ahead and state, `STATES` being the columns: mean and interval."""

    expected: Floats
    low: Floats
    high: Floats
    level: float

    def widened(self, past: PastSizes) -> SizesAhead:
        """With room for errors as large again as those of the same forecast made earlier.

        Only the part of the error that is beyond chance is added. The means stay: one such forecast
        does not tell a bias from a bad month.
        """
        further = float(ndtri((1 + self.level) / 2)) ** 2 * past.beyond
        low = self.expected - np.sqrt(np.maximum(self.expected - self.low, 0.0) ** 2 + further)
        high = self.expected + np.sqrt(np.maximum(self.high - self.expected, 0.0) ** 2 + further)
        return SizesAhead(
            expected=self.expected, low=np.maximum(low, 0.0), high=high, level=self.level
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSizes:
    """The same forecast, made so many periods earlier, and what came: periods × `STATES`."""

    told: SizesAhead
    seen: Whole

    @property
    def held(self) -> NDArray[np.bool_]:
        """Whether each interval held what came."""
        return (self.told.low <= self.seen) & (self.seen <= self.told.high)

    @property
    def beyond(self) -> Floats:
        """Squared errors of the means, less the variance that the intervals allowed for."""
        wide = 2 * float(ndtri((1 + self.told.level) / 2))
        error = (self.told.high - self.told.low) / wide
        return np.maximum((self.seen - self.told.expected) ** 2 - error**2, 0.0)


def sizes_ahead(  # noqa: PLR0913  from where, by which rule, how far, how sure
    given: Activity,
    rule: Rule,
    periods: int,
    *,
    seed: int,
    since: int = 0,
    newcomers: bool = True,
    level: float = 0.95,
) -> SizesAhead:
    """How many users will be in each state, if it goes on as it went of late.

    Users are drawn onwards period by period. How likely somebody comes back goes by how long they
    have been away (the states with the absence counted out, so that nothing of the rule is lost);
    it is uncertain in the mean, and differs from period to period as much as it did, beyond chance,
    in the past: a good period is good for all. Newcomers vary as they did, and at least by chance.
    How much periods differ is itself uncertain, and drawn. The past are the last `RECENT` periods.
    Users who differ for good in how often they come back are not foreseen by this, only by
    `look_ahead`; nor is a trend.

    Args:
        given: of `activity`.
        rule: of the states.
        periods: how many ahead.
        seed: of the draws.
        since: period from which on the past is one to go by: before, who was new is not known.
        newcomers: whether as many come as in past periods, or none.
        level: of the intervals.

    Raises:
        DataError: where no step is complete, or `periods` is below 1.
    """
    if periods < 1:
        raise DataError(f"periods={periods}, expected 1 or more")
    steps = steps_of(given, rule).since(max(since, given.complete - 1 - RECENT))
    if not len(steps.moves):
        raise DataError("a single complete period, needs two or more to see anybody move")
    rng = np.random.default_rng(seed)
    middle, spread = _chances_drawn(steps, rng)
    mean, further = _arrivals_drawn(steps.arrived[1:], rng)
    standing = np.tile(_standing(given, rule), (DRAWS, 1))
    found = np.zeros((periods, DRAWS, len(STATES)))
    for ahead in range(periods):
        chance = expit(middle + spread * rng.standard_normal((DRAWS, 1)))
        returned = rng.binomial(standing, chance)
        gone = standing - returned
        gone[:, 0] += gone[:, -1]  # who was new is now away like others
        fresh = rng.poisson(_gamma(mean, further, rng)) * newcomers
        soon = returned[:, : rule.dormant].sum(axis=1) + returned[:, -1]
        late = returned[:, rule.dormant : -1].sum(axis=1)
        standing = np.column_stack([soon + late, gone[:, :-1], fresh])
        standing[:, rule.reach] += standing[:, rule.reach + 1]
        standing = np.delete(standing, rule.reach + 1, axis=1)
        found[ahead, :, NEW], found[ahead, :, CURRENT] = fresh, soon
        found[ahead, :, RETURNING] = late
        found[ahead, :, AT_RISK] = standing[:, 1 : rule.dormant].sum(axis=1)
        found[ahead, :, DORMANT] = standing[:, rule.dormant : rule.lost].sum(axis=1)
        found[ahead, :, LOST] = standing[:, rule.lost : -1].sum(axis=1)
    ends = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return SizesAhead(expected=found.mean(axis=1), low=ends[0], high=ends[1], level=level)


def past_sizes(  # noqa: PLR0913  the forecast that is made again
    given: Activity,
    rule: Rule,
    periods: int,
    *,
    seed: int,
    since: int = 0,
    level: float = 0.95,
) -> PastSizes | None:
    """The forecast of `sizes_ahead` as it would have been so many periods ago.

    None where fewer than `FEWEST_STEPS` steps would have been known to go by.
    """
    then = given.complete - periods
    if then - 1 - since < FEWEST_STEPS:
        return None
    kept = given.period < then
    users, place = np.unique(given.user[kept], return_inverse=True)
    early = Activity(
        user=place.astype(np.int64),
        period=given.period[kept],
        start=given.start[users],
        complete=then,
    )
    told = sizes_ahead(early, rule, periods, seed=seed, since=since, level=level)
    return PastSizes(told=told, seen=steps_of(given, rule).sizes[then:])


def _chances_drawn(steps: Steps, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Log odds of coming back, draws × standings; and how much periods differ, draws × 1.

    Shares are drawn from beta distributions, whose mean is the share itself however few users it
    rests on. What moves all is seen in as few steps as there are, so how much it moves them is
    drawn, too (from that many steps' chi-squared), and is the same for all standings of a draw.
    """
    share, size, found = _chances(steps)
    number = len(steps.back)
    spread = np.full((DRAWS, 1), found)
    if number > 1:
        spread *= np.sqrt((number - 1) / rng.chisquare(number - 1, (DRAWS, 1)))
    spread = np.minimum(spread, _WIDEST)
    drawn = np.clip(rng.beta(share * size, (1 - share) * size, (DRAWS, share.size)), _LEAST, 1)
    # the mean over periods that differ stays what it was
    middle = logit(np.minimum(drawn, 1 - _LEAST)) * np.sqrt(1 + _PROBIT * spread**2)
    return middle + spread / np.sqrt(number) * rng.standard_normal((DRAWS, 1)), spread


def _chances(steps: Steps) -> tuple[Floats, Floats, float]:
    """Share who come back by standing, users it rests on; how much steps differ, in log odds.

    Each standing borrows `_BORROWED` users from the one that is a period shorter, so that long
    absences of few users are like those before them. How much steps differ is one number for all
    standings, by moments.
    """
    back, whole = steps.back.astype(np.float64), (steps.back + steps.away).astype(np.float64)
    total, hits = whole.sum(axis=0), back.sum(axis=0)
    share = np.empty(total.size)
    before = (hits.sum() + 0.5) / (total.sum() + 1)
    for k in range(total.size - 1):
        before = share[k] = (hits[k] + _BORROWED * before) / (total[k] + _BORROWED)
    share[-1] = (hits[-1] + _BORROWED * share[0]) / (total[-1] + _BORROWED)
    share = np.clip(share, _LEAST, 1 - _LEAST)
    product = share * (1 - share)
    number = (whole > 0).sum(axis=0)
    told = (number > 1) & (total * product >= _EXPECTED * number)
    rates = np.divide(back, whole, out=np.tile(share, (len(back), 1)), where=whole > 0)
    squares = (whole * (rates - share) ** 2).sum(axis=0) / product
    effective = total - (whole**2).sum(axis=0) / np.maximum(total, 1)
    surplus = float((squares - (number - 1))[told].sum())
    weight = float((effective * product)[told].sum())
    return share, total + _BORROWED, float(np.sqrt(max(surplus, 0.0) / weight)) if weight else 0.0


def _arrivals_drawn(arrived: Whole, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Of each draw: the mean number of newcomers, and the variance of a period's beyond chance."""
    number, mean = arrived.size, float(arrived.mean())
    further = np.zeros(DRAWS)
    if number > 1:
        scale = (number - 1) / rng.chisquare(number - 1, DRAWS)
        further = max(float(arrived.var(ddof=1)) - mean, 0.0) * scale
    return _gamma(np.full(DRAWS, mean), (further + mean) / number, rng), further


def _gamma(mean: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    """Numbers above 0 with that mean and variance; the mean itself where there is no variance."""
    some = (variance > 0) & (mean > _LEAST)
    safe, wide = np.where(some, mean, 1.0), np.where(some, variance, 1.0)
    return np.where(some, rng.gamma(safe**2 / wide, wide / safe), mean)


def _standing(given: Activity, rule: Rule) -> Whole:
    """In the last complete period: users by how long they have been away; new ones last."""
    seen = given.period < given.complete
    user, period = given.user[seen], given.period[seen]
    ends = np.append(np.flatnonzero(np.diff(user)), user.size - 1)
    absent = np.minimum(given.complete - 1 - period[ends], rule.reach)
    new = given.start[user[ends]] == given.complete - 1
    standing = np.where(new, rule.reach + 1, absent)
    return np.bincount(standing, minlength=rule.reach + 2).astype(np.int64)
