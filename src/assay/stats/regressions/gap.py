"""By how much two sets of runs differ, and how surely that is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.given import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from assay.stats.regressions.rules import Rules

    Vector = NDArray[np.float64]

WELCH_FROM: Final = 5
"""Runs of each side from which both have a spread of their own."""
FEWEST_FREEDOM: Final = 2.0
"""Degrees of freedom of a spread that is believed rather than seen."""
OUTLYING: Final = 6.0
"""Robust standard deviations from the median of its side, beyond which a run is set aside."""
_JUDGED_FROM: Final = 5
"""Runs of a side from which one of them can be called outlying."""
_MAD: Final = 1.4826
MOST_RUNS: Final = 2_000
"""As many runs as are ever advised."""


@dataclass(frozen=True, slots=True)
class Side:
    """Runs of one side on the scale of the comparison.

    Attributes:
        values: of the runs that count.
        within: variance that the requests of a run leave.
        set_aside: places of outlying runs, in the order given.
    """

    values: Vector
    within: float
    set_aside: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        """Runs."""
        return self.values.size

    @property
    def squares(self) -> float:
        """Sum of squared distances from the mean."""
        return float(((self.values - self.values.mean()) ** 2).sum())


@dataclass(frozen=True, slots=True)
class Spread:
    """Variances of a run on both sides, and whether each side has its own."""

    baseline: float
    candidate: float
    own: bool

    def error(self, n: int, m: int) -> tuple[float, float]:
        """Standard error and degrees of freedom of the difference with n and m runs."""
        one, other = self.baseline / n, self.candidate / m
        total = one + other
        if not (self.own and min(n, m) >= WELCH_FROM):
            return sqrt(total), max(n + m - 2.0, FEWEST_FREEDOM)
        freedom = total * total / (one * one / (n - 1) + other * other / (m - 1))
        return sqrt(total), freedom


@dataclass(frozen=True, slots=True)
class Gap:
    """Candidate less baseline on the scale of the comparison.

    Attributes:
        between: variance between runs beyond what their requests explain; None where no side shows
            two runs.
    """

    value: float
    error: float
    freedom: float
    spread: Spread
    baseline: Side
    candidate: Side
    between: float | None

    def p_above(self, limit: float = 0.0) -> float:
        """One-sided p-value of a gap of `limit` or less."""
        return float(stdtr(self.freedom, -(self.value - limit) / self.error))

    def half(self, alpha: float) -> float:
        """Distance to a one-sided bound of confidence 1 − alpha."""
        return -float(stdtrit(self.freedom, alpha)) * self.error


def gap_between(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rules: Rules,
    errors: tuple[Sequence[float] | None, Sequence[float] | None] = (None, None),
) -> Gap:
    """The difference of the mean runs and its error.

    Raises:
        DataError: where a side has no run, or a value that cannot be compared.
    """
    before = _side(baseline, errors[0], rules, "baseline")
    after = _side(candidate, errors[1], rules, "candidate")
    spread = _spread(before, after, rules)
    error, freedom = spread.error(before.n, after.n)
    seen = before.n + after.n - 2
    between = None
    if seen:
        inner = (before.within * (before.n - 1) + after.within * (after.n - 1)) / seen
        between = max((before.squares + after.squares) / seen - inner, 0.0)
    value = float(after.values.mean() - before.values.mean())
    return Gap(value, error, freedom, spread, before, after, between)


def reach(freedom: float, rules: Rules, alpha: float) -> float:
    """Standard errors of a change that is found with the rules' power, by Student's quantiles."""
    return -float(stdtrit(freedom, alpha)) + float(stdtrit(freedom, rules.power))


def runs_needed(gap: Gap, rules: Rules, alpha: float, *, baseline: int | None = None) -> int | None:
    """Runs of the candidate at which the smallest change that matters would be found.

    Args:
        gap: what is known of the spread.
        rules: power and smallest change.
        alpha: one-sided level.
        baseline: its runs; None for as many as the candidate has.

    Returns:
        None where `MOST_RUNS` would not do.
    """

    def enough(runs: int) -> bool:
        error, freedom = gap.spread.error(baseline or runs, runs)
        return reach(freedom, rules, alpha) * error <= rules.threshold

    if not enough(MOST_RUNS):
        return None
    low, high = 0, MOST_RUNS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _side(values: ArrayLike, errors: Sequence[float] | None, rules: Rules, name: str) -> Side:
    """One side on the scale of the comparison, without failed and outlying runs."""
    given = numbers(values, name=f"values of the {name}").ravel()
    known = ~np.isnan(given)
    if not known.any():
        raise DataError(f"the {name} has {given.size} runs with a value missing in all of them")
    if not np.isfinite(given[known]).all():
        raise DataError(f"a run of the {name} has an infinite value, expected finite ones")
    if rules.relative and not (given[known] > 0).all():
        raise DataError(
            f"a run of the {name} has the value {given[known].min():g}, expected positive ones, "
            "since ratios are compared",
            remedy="compare differences: relative=False",
        )
    within = 0.0
    if errors is not None:
        squares = numbers(errors, name=f"errors of the {name}").ravel() ** 2
        if squares.size != given.size:
            raise DataError(f"{squares.size} errors of {given.size} runs of the {name}")
        shown = squares[known & np.isfinite(squares)]
        within = float(np.median(shown)) if shown.size else 0.0
    scaled = np.where(
        known, np.log(np.where(known, given, 1.0)) if rules.relative else given, np.nan
    )
    aside = _outlying(scaled, rules.run_sd**2 + within)
    keep = known.copy()
    keep[list(aside)] = False
    return Side(scaled[keep], within, aside)


def _outlying(values: Vector, believed: float) -> tuple[int, ...]:
    """Places of single runs far from all others of their side; none where they are many."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size < _JUDGED_FROM:
        return ()
    away = np.abs(values[known] - np.median(values[known]))
    scale = max(_MAD * float(np.median(away)), sqrt(believed))
    far = known[away > OUTLYING * scale]
    return tuple(far.tolist()) if far.size <= max(1, known.size // 10) else ()


def _spread(before: Side, after: Side, rules: Rules) -> Spread:
    """What a run varies by, with what is believed of it where little is seen.

    Few runs share one spread, in which the believed one counts as one run more. From `WELCH_FROM`
    runs on, Student's quantile pays for what a side does not know of its own; the belief is then
    only a floor, falling with the square of the runs, below which equal values prove nothing.
    """
    seen = before.n + after.n - 2
    believed = rules.run_sd**2 + (before.within * before.n + after.within * after.n) / (seen + 2)
    own = min(before.n, after.n) >= WELCH_FROM
    if own:
        of_before, of_after = (
            max(side.squares / (side.n - 1), believed / side.n**2) for side in (before, after)
        )
        spread = Spread(of_before, of_after, own=True)
    else:
        squares = before.squares + after.squares
        shared = max(squares / max(seen, 1), (squares + believed) / (seen + 1))
        spread = Spread(shared, shared, own=False)
    if not isfinite(spread.baseline + spread.candidate):
        raise DataError("runs differ by more than can be squared, expected values of one kind")
    return spread
