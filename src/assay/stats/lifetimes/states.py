"""Where users stand in each period, how they move from one state to another, and where that leads.

A user who is not new is told by the periods since they were last active, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaincinv, chdtrc

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes.retention import Activity

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

STATES: Final = ("new", "current", "returning", "at risk", "dormant", "lost")
NEW, CURRENT, RETURNING, AT_RISK, DORMANT, LOST = range(6)
_EXPECTED: Final = 3.0
"""Users on either side below whom a step says too little for its statistic."""


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
