"""How often each user will come back, and whether they are still there at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betainc, expit, gammaln, hyp2f1

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes.bgnbd import Fitted
    from assay.stats.lifetimes.histories import Histories

    Floats = NDArray[np.float64]

MANY: Final = 20_000
"""Distinct histories above which a user's own interval leaves out how surely the parameters are
known: from so many users they are known far better than any one user is."""
_BY_SUM: Final = 20.0
_NEAR: Final = 1e-3
_CHUNK: Final = 64
_LARGEST: Final = 2.0**40


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is expected of each user within a horizon; one entry per user.

    Attributes:
        alive: probability that the user has not stopped; 1 for who never came back, where the model
            is that users stop after returns only.
        none: probability that they do not come back within the horizon, stopped or not.
        expected: mean number of returns.
        low, high: whole numbers between which the number of returns lies with `level` or more;
            where none at all cannot be ruled out, all of the error is spent above.
    """

    alive: Floats
    none: Floats
    expected: Floats
    low: Floats
    high: Floats
    level: float


def look_ahead(given: Histories, fitted: Fitted, horizon: float, *, level: float = 0.95) -> Ahead:
    """Each user's returns within a horizon, from their own history and everybody's.

    Args:
        given: of whom to tell; need not be those of the fit.
        fitted: of `fit_returns`.
        horizon: time from the end of watching, in the unit of the histories.
        level: of the interval of each user.

    Raises:
        DataError: where the horizon is not positive and finite, or the level not between 0 and 1.

    References:
        Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24,
        equation 10; Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model.
    """
    checked(horizon, level)
    parameters = fitted.parameters
    alive, idle = alive_and_idle(given, parameters, horizon)
    points = _points(fitted) if given.repeats.size <= MANY else parameters[None, :]
    low, high = _between(given, points, horizon, level)
    of = given.place
    return Ahead(
        alive=alive[of],
        none=(1 - alive * (1 - idle))[of],
        expected=(alive * expected_alive(given, parameters, horizon))[of],
        low=low[of],
        high=high[of],
        level=level,
    )


def checked(horizon: float, level: float) -> None:
    """Refuses a horizon or a level that says nothing.

    Raises:
        DataError: where the horizon is not positive and finite, or the level not between 0 and 1.
    """
    if not 0 < horizon < np.inf:
        raise DataError(f"horizon={horizon}, expected a time above 0")
    if not 0 < level < 1:
        raise DataError(f"level={level}, expected between 0 and 1")


def alive_and_idle(given: Histories, parameters: Floats, horizon: float) -> tuple[Floats, Floats]:
    """Per history: P(alive), and P(no return within the horizon) of who is alive."""
    r, alpha, a, b, first = parameters
    x = given.repeats
    back = x + first > 0
    shape = r + x
    log_odds = (
        np.log(a)
        - np.log(np.where(back, b + x + first - 1, 1.0))
        + shape * (np.log(alpha + given.age) - np.log(alpha + given.last))
    )
    alive = np.where(back, expit(-log_odds), 1.0)
    idle = np.exp(-shape * np.log1p(horizon / (alpha + given.age)))
    return alive, idle


def expected_alive(given: Histories, parameters: Floats, horizon: float) -> Floats:
    """Per history: mean number of returns within the horizon of who is alive.

    By the hypergeometric function in Euler's form, which neither overflows for frequent users nor
    cancels for long horizons; where its arguments are too large for that, by the sum of the chances
    of one return or more, two or more, and so on. Both are exact.
    """
    r, alpha, a, b, first = parameters
    b += first
    rate = (r + given.repeats) * horizon / (alpha + given.age)
    if max(a, abs(a + b - 1 - r)) > _BY_SUM:
        return _summed(given, parameters, horizon)
    if abs(a - 1) < _NEAR:  # the form is 0/0 at a = 1: interpolated, with an error of 1e-7
        return _through(given, parameters, horizon, 2, 1.0)
    if abs(a + b - 1) < _NEAR:
        return _through(given, parameters, horizon, 3, 1.0 - a - first)
    found = _closed(given, parameters, horizon)
    wrong = ~((found >= 0) & (found <= rate * (1 + 1e-9) + 1e-12))
    if wrong.any():
        found[wrong] = _summed(given, parameters, horizon, wrong)
    return found


def _closed(given: Histories, parameters: Floats, horizon: float) -> Floats:
    r, alpha, a, b, first = parameters
    b += first
    share = horizon / (alpha + given.age + horizon)
    last = a + b + given.repeats - 1
    with np.errstate(all="ignore"):
        part = hyp2f1(a - 1, a + b - 1 - r, last, share)
        found: Floats = last * (1 - (1 - share) ** (a - 1) * part) / (a - 1)
    return found


def _through(
    given: Histories, parameters: Floats, horizon: float, at: int, middle: float
) -> Floats:
    """On the line between two values of a parameter on either side of one that has no form."""
    low, high = parameters.copy(), parameters.copy()
    low[at], high[at] = middle - _NEAR, middle + _NEAR
    toward = (parameters[at] - low[at]) / (2 * _NEAR)
    if low[at] <= 0:
        return _summed(given, parameters, horizon)
    one, other = _closed(given, low, horizon), _closed(given, high, horizon)
    found: Floats = one * (1 - toward) + other * toward
    return found


def _summed(
    given: Histories, parameters: Floats, horizon: float, only: NDArray[np.bool_] | None = None
) -> Floats:
    rows = np.arange(given.repeats.size) if only is None else np.flatnonzero(only)
    x, age = given.repeats[rows], given.age[rows]
    found = np.zeros(rows.size)
    open_ = np.arange(rows.size)
    first = 1.0
    while open_.size and first < _LARGEST:
        y = first + np.arange(_CHUNK, dtype=np.float64)[:, None]
        terms = beyond_alive(y, x[open_], age[open_], parameters, horizon)
        found[open_] += terms.sum(axis=0)
        open_ = open_[terms[-1] > 1e-12]
        first += _CHUNK
    return found


def beyond_alive(y: Floats, x: Floats, age: Floats, parameters: Floats, horizon: float) -> Floats:
    """P(at least y returns within the horizon) of who is alive; 1 where y is 0.

    So many would have to fall into the horizon (a negative binomial tail), and none of those before
    the last may have been the one after which the user stops.
    """
    r, alpha, a, b, first = parameters
    b += first
    share = horizon / (alpha + age + horizon)
    stay = gammaln(b + x + y - 1) - gammaln(a + b + x + y - 1) + gammaln(a + b + x) - gammaln(b + x)
    tail = betainc(np.maximum(y, 1.0), r + x, share) * np.exp(stay)
    return np.where(y > 0, tail, 1.0)


def _points(fitted: Fitted) -> Floats:
    """Eight sets of parameters whose mean and covariance (of logarithms) are those of the fit."""
    values, vectors = np.linalg.eigh(np.array(fitted.covariance))
    root = vectors * np.sqrt(np.maximum(values, 0.0)) * 2.0
    points = np.exp(fitted.logs + np.concatenate([root.T, -root.T]))
    return np.column_stack([points, np.full(len(points), float(fitted.first))])


def _between(
    given: Histories, points: Floats, horizon: float, level: float
) -> tuple[Floats, Floats]:
    """Ends of each history's interval, by halving between numbers that hold too little and enough.

    A return too many is one that is reached with a chance of no more than the error.
    """
    chances = [alive_and_idle(given, point, horizon) for point in points]
    some = np.mean([alive * (1 - idle) for alive, idle in chances], axis=0)
    sure = 1 - some <= (1 - level) / 2
    low = np.zeros(given.repeats.size)
    high = _reached(given, points, horizon, np.where(sure, (1 - level) / 2, 1 - level))
    if sure.any():
        part = np.flatnonzero(sure)
        low[part] = _reached(given, points, horizon, np.full(part.size, (1 + level) / 2), part)
    return low, high


def _reached(
    given: Histories,
    points: Floats,
    horizon: float,
    chance: Floats,
    only: NDArray[np.int64] | None = None,
) -> Floats:
    """The smallest y such that more than y returns have at most this chance."""
    rows = np.arange(given.repeats.size) if only is None else only

    def too_few(y: Floats, which: NDArray[np.int64]) -> NDArray[np.bool_]:
        told = _beyond(given, rows[which], points, horizon, y + 1)
        few: NDArray[np.bool_] = told > chance[which]
        return few

    every = np.arange(rows.size)
    below, above = np.full(rows.size, -1.0), np.zeros(rows.size)
    open_ = every[too_few(above, every)]
    while open_.size:
        below[open_] = above[open_]
        above[open_] = np.maximum(2 * above[open_], 1.0)
        open_ = open_[(above[open_] < _LARGEST) & too_few(above[open_], open_)]
    open_ = every[above - below > 1]
    while open_.size:
        middle = np.floor((below[open_] + above[open_]) / 2)
        few = too_few(middle, open_)
        below[open_] = np.where(few, middle, below[open_])
        above[open_] = np.where(few, above[open_], middle)
        open_ = open_[above[open_] - below[open_] > 1]
    return above


def _beyond(
    given: Histories, rows: NDArray[np.int64], points: Floats, horizon: float, y: Floats
) -> Floats:
    part = given.at(rows)
    found = np.zeros(rows.size)
    for point in points:
        alive, _ = alive_and_idle(part, point, horizon)
        found += alive * beyond_alive(y, part.repeats, part.age, point, horizon)
    return found / len(points)
