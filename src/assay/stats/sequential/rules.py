"""Rules for looking more than once: at any time, or at a few moments that were planned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from scipy.special import log_ndtr

from assay.stats.level import Level
from assay.stats.sequential.confidence_sequences import TUNED_TO, always_valid_p, multiplier
from assay.stats.sequential.group_sequential import FARTHEST, critical_values
from assay.stats.sequential.spending import SPENDINGS, Schedule


@dataclass(frozen=True, slots=True)
class Anytime:
    """Looks at any time, as often as one likes: a confidence sequence.

    Attributes:
        n: units behind this look, both arms together.
        planned: size at which the sequence is tightest, declared beforehand.
        tuned_to: error for which it is tightest there.
    """

    n: float
    planned: float
    tuned_to: float = TUNED_TO

    @property
    def name(self) -> str:
        """How a method appendix calls it."""
        return f"confidence sequence, tightest at {self.planned:,.0f} units"

    def level(self, alpha: float) -> Level:
        """The multiplier with which intervals of all looks hold together."""
        return Level.of_bound(multiplier(self.n, self.planned, alpha, tuned_to=self.tuned_to))

    def p_value(self, z: float, fixed: float) -> float:
        """The p-value that may be read at every look."""
        del fixed
        return always_valid_p(z, self.n, self.planned, tuned_to=self.tuned_to)


@dataclass(frozen=True, slots=True)
class GroupSequential:
    """Looks at planned moments, each of which spends a part of alpha.

    Attributes:
        schedule: the looks made so far; this one is the last.
        spending: name in `spending.SPENDINGS`.
        planned_looks: how many there will be, where that is known.
        look: which of the planned ones this is; None where all before it were made, too.
    """

    schedule: Schedule
    spending: str = "obrien-fleming"
    planned_looks: int | None = None
    look: int | None = None

    @property
    def name(self) -> str:
        """How a method appendix calls it."""
        made = len(self.schedule.fractions)
        number = self.look or made
        of = f" of {self.planned_looks}" if self.planned_looks else ""
        skipped = f" ({made} made)" if made < number else ""
        return f"group-sequential, look {number}{of}{skipped}, {self.spending}"

    def bounds(self, alpha: float) -> tuple[float, ...]:
        """Bounds for |z| at every look so far."""
        spent = self.schedule.spent(alpha, SPENDINGS[self.spending])
        return tuple(min(c, FARTHEST) for c in critical_values(self.schedule.information, spent))

    def level(self, alpha: float) -> Level:
        """This look's bound: intervals that hold at all looks together are had with it."""
        return Level.of_bound(self.bounds(alpha)[-1])

    def p_value(self, z: float, fixed: float) -> float:
        """The repeated p-value: the smallest overall error with which this look's bound is crossed.

        References:
            Jennison & Turnbull (2000), Group sequential methods, sec. 9.5.
        """
        del fixed
        return _repeated_p(abs(z), self)


@lru_cache(maxsize=4096)
def _repeated_p(z: float, rule: GroupSequential) -> float:
    """The root of `bound(alpha) = z`, sought in log alpha, in which bound² is nearly a line.

    It is no smaller than the p-value of a single look, which starts the bracket.
    """

    def excess(exponent: float) -> float:
        bound = rule.bounds(exp(exponent))[-1]
        return bound * bound - z * z

    high = _MOST
    low = min(max(log(2) + float(log_ndtr(-z)), _LEAST), high)
    above = excess(low)
    if above <= 0:
        return exp(low)
    step = 1.0
    while low + step < high and (below := excess(low + step)) > 0:
        low, above, step = low + step, below, 2 * step
    high = min(low + step, high)
    below = excess(high)
    if below >= 0:
        return 1.0
    while high - low > 1e-10:
        guess = high - below * (high - low) / (below - above)
        edge = 0.01 * (high - low)
        now = excess(guess)
        if now == 0:
            return exp(guess)
        low, above, high, below = (guess, now, high, below) if now > 0 else (low, above, guess, now)
        probe = min(max(guess + (edge if now > 0 else -edge), low), high)
        if low < probe < high:
            at = excess(probe)
            low, above, high, below = (
                (probe, at, high, below) if at > 0 else (low, above, probe, at)
            )
    return exp((low + high) / 2)


_LEAST, _MOST = log(1e-280), log(1 - 1e-9)
