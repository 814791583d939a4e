"""Where users stand in each period, how they move from one state to another, and where that leads.

A user who is not new is told by the periods since they were last active, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaincinv, chdtrc, expit, logit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes.retention import Activity

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

STATES: Final = ("new", "current", "returning", "at risk", "dormant", "lost")
NEW, CURRENT, RETURNING, AT_RISK, DORMANT, LOST = range(6)
DRAWS: Final = 1_000
RECENT: Final = 8
"""Past periods that sizes ahead go by."""
_EXPECTED: Final = 3.0
"""Users on either side below whom a step says too little for its statistic."""
_BORROWED: Final = 10.0
_LEAST: Final = 1e-4
_WIDEST: Final = 2.0
"""Log odds beyond which no past spread or error is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When somebody who stays away is dormant, and when lost, in periods.

    New in the first period of use; at risk in the first periods of absence, dormant from the
    `dormant`th on, lost from the `lost`th on. Active again after an absence that made them dormant
    or lost they are returning, else current.

    Raises:
        DataError: unless 2 ≤ dormant < lost.
    """

    dormant: int
    lost: int

    @property
    def reach(self) -> int:
        """Periods of absence that are told apart: who is lost comes back the less, the longer."""
        return 3 * self.lost

    def __post_init__(self) -> None:
        if not 2 <= self.dormant < self.lost:
            raise DataError(
                f"dormant={self.dormant}, lost={self.lost}, expected 2 ≤ dormant < lost",
                remedy="the first period of absence is the one at risk",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Moves from one complete period to the next.

    Attributes:
        sizes: users by period and state; `STATES` are the columns.
        moves: by step, from, to.
        away: by step and standing, who was not active in the next period; `back`: who was. The
            standing is the number of periods away, from 0 to `Rule.reach` or more; who is new has a
            column of their own, the last.
        arrived: by period, who was new.
    """

    sizes: Whole
    moves: Whole
    away: Whole
    back: Whole
    arrived: Whole

    def since(self, period: int) -> Steps:
        """Those from one period on; all of them where hardly any would be left."""
        begin = period if period < len(self.moves) else 0
        return Steps(
            sizes=self.sizes[begin:],
            moves=self.moves[begin:],
            away=self.away[begin:],
            back=self.back[begin:],
            arrived=self.arrived[begin:],
        )


def steps_of(given: Activity, rule: Rule) -> Steps:
    """Counts of states and moves over all complete periods."""
    seen = given.period < given.complete
    user, period = given.user[seen], given.period[seen]
    width, reach = given.complete, rule.reach
    following = np.full(user.size, width, dtype=np.int64)
    same = np.zeros(user.size, dtype=bool)
    same[:-1] = user[1:] == user[:-1]
    following[:-1][same[:-1]] = period[1:][same[:-1]]
    absent = following - period - 1
    first = np.ones(user.size, dtype=bool)
    first[1:] = ~same[:-1]
    before = np.zeros(user.size, dtype=np.int64)
    before[1:] = np.where(same[:-1], absent[:-1], 0)
    state = np.where(first, NEW, np.where(before >= rule.dormant, RETURNING, CURRENT))
    sizes = np.zeros((width, len(STATES)), dtype=np.int64)
    moves = np.zeros((width, len(STATES), len(STATES)), dtype=np.int64)
    away = np.zeros((width, reach + 2), dtype=np.int64)
    back = np.zeros((width, reach + 2), dtype=np.int64)
    np.add.at(sizes, (period, state), 1)
    until = np.minimum(absent, reach)
    for gone in range(1, reach + 1):  # absences that reached so long, and what they are then
        here = absent >= gone
        now = _state(gone, rule)
        if gone < reach:
            np.add.at(sizes[:, now], period[here] + gone, 1)
        else:
            _add_runs(sizes[:, now], period[here] + gone, following[here])
    for gone in range(reach):  # the step after `gone` periods away: back, or one more
        at_risk = (until >= gone) & (period + gone + 1 < width)
        was = state if gone == 0 else np.full(user.size, _state(gone, rule))
        returns = at_risk & (absent == gone)
        longer = at_risk & (absent > gone)
        then = np.full(user.size, RETURNING if gone >= rule.dormant else CURRENT)
        np.add.at(moves, (period[returns] + gone, was[returns], then[returns]), 1)
        np.add.at(moves[:, :, _state(gone + 1, rule)], (period[longer] + gone, was[longer]), 1)
        column = np.where(first & (gone == 0), reach + 1, gone)
        np.add.at(back, (period[returns] + gone, column[returns]), 1)
        np.add.at(away, (period[longer] + gone, column[longer]), 1)
    gone_for_good = absent >= reach
    begins, ends = period[gone_for_good] + reach, following[gone_for_good]
    stays = np.zeros(width, dtype=np.int64)
    _add_runs(stays, begins, np.minimum(ends, width) - 1)
    comes = ends[ends < width] - 1
    moves[:, LOST, LOST] += stays
    away[:, reach] += stays
    np.add.at(moves[:, LOST, RETURNING], comes, 1)
    np.add.at(back[:, reach], comes, 1)
    return Steps(
        sizes=sizes, moves=moves[:-1], away=away[:-1], back=back[:-1], arrived=sizes[:, NEW].copy()
    )


def _state(gone: int, rule: Rule) -> int:
    if gone >= rule.lost:
        return LOST
    return DORMANT if gone >= rule.dormant else AT_RISK


def _add_runs(counts: Whole, first: Whole, end: Whole) -> None:
    """Adds 1 to each place from `first` up to, not including, `end`; in place."""
    keep = end > first
    change = np.zeros(counts.size + 1, dtype=np.int64)
    np.add.at(change, first[keep], 1)
    np.add.at(change, np.minimum(end[keep], counts.size), -1)
    counts += change.cumsum()[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How likely each move is, over all steps.

    Attributes:
        count: by from and to; `share`, `low`, `high`: of who was in the state, by Dirichlet's
            distribution with Jeffreys' weights over the moves that the rule allows; NaN where
            nobody was in it.
        steady: whether coming back was as likely in every step, given how long users were away
            (the states alone cannot tell: who is in them changes); None where too few were seen.
        statistic, freedom, p_value: of that test.
        excess: statistic / freedom: how much more steps differ than chance would have it.
    """

    count: Whole
    share: Floats
    low: Floats
    high: Floats
    steady: bool | None
    statistic: float
    freedom: int
    p_value: float
    excess: float
    level: float


ALLOWED: Final = (
    (NEW, CURRENT),
    (NEW, AT_RISK),
    (CURRENT, CURRENT),
    (CURRENT, AT_RISK),
    (RETURNING, CURRENT),
    (RETURNING, AT_RISK),
    (AT_RISK, CURRENT),
    (AT_RISK, AT_RISK),
    (AT_RISK, DORMANT),
    (DORMANT, RETURNING),
    (DORMANT, DORMANT),
    (DORMANT, LOST),
    (LOST, RETURNING),
    (LOST, LOST),
)
"""Moves that a rule allows; at risk to at risk, and dormant to dormant, only where they last."""


def moves_between(given: Steps, rule: Rule, *, level: float = 0.95) -> Moves:
    """Chances of moves, and whether they were the same in every step.

    References:
        Anderson & Goodman (1957), Annals of Mathematical Statistics 28, section 3 (stationarity).
    """
    allowed = np.zeros((6, 6), dtype=bool)
    for one, other in ALLOWED:
        allowed[one, other] = True
    allowed[AT_RISK, AT_RISK] = rule.dormant > 2
    allowed[DORMANT, DORMANT] = rule.lost > rule.dormant + 1
    count = given.moves.sum(axis=0)
    whole = count.sum(axis=1, keepdims=True)
    some = whole > 0
    share = np.where(some, count / np.maximum(whole, 1), np.nan)
    a = count + 0.5
    b = (whole + 0.5 * allowed.sum(axis=1, keepdims=True)) - a
    low = betaincinv(a, np.maximum(b, 0.5), (1 - level) / 2)
    high = betaincinv(a, np.maximum(b, 0.5), (1 + level) / 2)
    shown = some & allowed
    statistic, freedom = _unsteady(given)
    p_value = float(chdtrc(freedom, statistic)) if freedom else 1.0
    return Moves(
        count=count,
        share=np.where(shown, share, np.nan),
        low=np.where(shown, np.minimum(low, share), np.nan),
        high=np.where(shown, np.maximum(high, share), np.nan),
        steady=None if not freedom else p_value >= 1 - level,
        statistic=statistic,
        freedom=freedom,
        p_value=p_value,
        excess=statistic / freedom if freedom else 1.0,
        level=level,
    )


def _unsteady(given: Steps) -> tuple[float, int]:
    """Pearson's statistic of steps against all of them, standing by standing, and its freedom.

    Only of steps in which `_EXPECTED` are expected both to come back and not to.
    """
    back, whole = given.back, given.back + given.away
    kept = whole > 0
    for _ in range(3):  # leaving some out moves the share, by which others may have to be left out
        total = (whole * kept).sum(axis=0)
        share = (back * kept).sum(axis=0) / np.maximum(total, 1)
        kept &= whole * np.minimum(share, 1 - share) >= _EXPECTED
    product = np.where(kept.any(axis=0), share * (1 - share), 1.0)
    apart = np.where(kept, back - whole * share, 0.0) ** 2 / np.maximum(whole, 1) / product
    return float(apart.sum()), int((kept.sum(axis=0) - 1).clip(0).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesAhead:
    """Users by period ahead and state, `STATES` being the columns: mean and interval."""

    expected: Floats
    low: Floats
    high: Floats
    level: float


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
    in the past: a good period is good for all. Newcomers are those of a past period drawn at
    random. The past are the last `RECENT` periods. Users who differ for good in how often they
    come back are not foreseen by this, only by `look_ahead`.

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
    middle, unsure, spread = _chances(steps)
    middle = middle + unsure * rng.standard_normal((DRAWS, middle.size))
    arrivals = steps.arrived[1:].astype(np.float64)
    error = float(arrivals.std(ddof=1)) if arrivals.size > 1 else float(np.sqrt(arrivals[0]))
    shift = rng.standard_normal(DRAWS) * error / np.sqrt(arrivals.size)
    standing = np.tile(_standing(given, rule), (DRAWS, 1))
    found = np.zeros((periods, DRAWS, len(STATES)))
    for ahead in range(periods):
        chance = expit(middle + spread * rng.standard_normal((DRAWS, 1)))
        returned = rng.binomial(standing, chance)
        gone = standing - returned
        gone[:, 0] += gone[:, -1]  # who was new is now away like others
        fresh = np.rint(np.maximum(rng.choice(arrivals, DRAWS) + shift, 0)) * newcomers
        soon = returned[:, : rule.dormant].sum(axis=1) + returned[:, -1]
        late = returned[:, rule.dormant : -1].sum(axis=1)
        standing = np.column_stack([soon + late, gone[:, :-1], fresh.astype(np.int64)])
        standing[:, rule.reach] += standing[:, rule.reach + 1]
        standing = np.delete(standing, rule.reach + 1, axis=1)
        found[ahead, :, NEW], found[ahead, :, CURRENT] = fresh, soon
        found[ahead, :, RETURNING] = late
        found[ahead, :, AT_RISK] = standing[:, 1 : rule.dormant].sum(axis=1)
        found[ahead, :, DORMANT] = standing[:, rule.dormant : rule.lost].sum(axis=1)
        found[ahead, :, LOST] = standing[:, rule.lost : -1].sum(axis=1)
    ends = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return SizesAhead(expected=found.mean(axis=1), low=ends[0], high=ends[1], level=level)


def _chances(steps: Steps) -> tuple[Floats, Floats, Floats]:
    """Log odds of coming back by standing; their error; how much steps differ beyond chance.

    Each standing borrows `_BORROWED` users from the one that is a period shorter, so that long
    absences of few users are like those before them.
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
    rates = np.divide(back, whole, out=np.tile(share, (len(back), 1)), where=whole > 0)
    squares = (whole * (rates - share) ** 2).sum(axis=0)
    effective = total - (whole**2).sum(axis=0) / np.maximum(total, 1)
    surplus = (squares - (number - 1) * product) / np.where(effective > 0, effective, np.inf)
    spread = np.minimum(np.sqrt(np.maximum(surplus, 0.0)) / product, _WIDEST)
    spread = np.where(total * product < _EXPECTED * np.maximum(number, 1), 0.0, spread)
    unsure = np.sqrt(1 / ((total + _BORROWED) * product) + spread**2 / np.maximum(number, 1))
    return logit(share), np.minimum(unsure, _WIDEST), spread


def _standing(given: Activity, rule: Rule) -> Whole:
    """In the last complete period: users by how long they have been away; new ones last."""
    seen = given.period < given.complete
    user, period = given.user[seen], given.period[seen]
    ends = np.append(np.flatnonzero(np.diff(user)), user.size - 1)
    absent = np.minimum(given.complete - 1 - period[ends], rule.reach)
    new = given.start[user[ends]] == given.complete - 1
    standing = np.where(new, rule.reach + 1, absent)
    return np.bincount(standing, minlength=rule.reach + 2).astype(np.int64)
