"""A share after successes and failures: Beta-distributed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincc, betaincinv

from assay.core.errors import DataError
from assay.stats.bayes.choice import (
    ERROR_BOUND,
    TAILS,
    Choice,
    choose,
    difference_quantiles,
    lift_quantiles,
    panels,
)
from assay.stats.bayes.even_steps import ENOUGH, LOG_ODDS, Bell, even_steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ERROR_BOUND", "Beta", "Choice", "choose", "difference_quantiles", "lift_quantiles"]


@dataclass(frozen=True)
class Beta:
    """What is known of a share after `successes` and `failures`, before which all were alike.

    The uniform prior Beta(1, 1) is part of `a` and `b`.
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (1 <= self.a < np.inf and 1 <= self.b < np.inf):
            raise DataError(f"Beta({self.a}, {self.b}), expected both at least 1 and finite")

    @classmethod
    def after(cls, successes: int, trials: int) -> Beta:
        """The posterior under the uniform prior.

        Raises:
            DataError: unless 0 ≤ successes ≤ trials.
        """
        if not 0 <= successes <= trials:
            raise DataError(f"successes={successes}, expected 0..{trials} (trials)")
        return cls(1.0 + successes, 1.0 + trials - successes)

    @property
    def mean(self) -> float:
        """Expected share."""
        return self.a / (self.a + self.b)

    @property
    def sd(self) -> float:
        """Standard deviation of the share."""
        total = self.a + self.b
        return float(np.sqrt(self.a / total * (self.b / total) / (total + 1)))

    @cached_property
    def bell(self) -> Bell | None:
        """Where its log odds lie, if successes and failures are enough for these to be normal."""
        if min(self.a, self.b) < ENOUGH:
            return None
        return Bell(
            LOG_ODDS, float(np.log(self.a / self.b)), float(np.sqrt(1 / self.a + 1 / self.b))
        )

    @property
    def ends(self) -> tuple[float, float]:
        """A share lies between none and all."""
        return 0.0, 1.0

    def below(self, x: Array) -> Array:
        """Probability of a share of at most x."""
        return betainc(self.a, self.b, np.clip(x, 0.0, 1.0))

    def above(self, x: Array) -> Array:
        """Probability of a share above x, without subtracting from one."""
        return betaincc(self.a, self.b, np.clip(x, 0.0, 1.0))

    def density(self, x: Array) -> Array:
        """Proportional to the density and 1 at the mode, so that large counts cost no digits."""
        more, less = self.a - 1, self.b - 1
        total = more + less
        mode = more / total if total > 0 else 0.5
        inside = (x > 0) & (x < 1)
        at = np.where(inside, x, 0.5)
        exponent = np.zeros_like(at)
        with np.errstate(divide="ignore"):  # at the ends the density is zero: log of 0, then exp
            if more > 0:
                exponent += more * np.log1p((at - mode) / mode)
            if less > 0:
                exponent += less * np.log1p((mode - at) / (1 - mode))
        return np.where(inside, np.exp(exponent), 0.0)

    @cached_property
    def mass(self) -> float:
        """What `density` integrates to."""
        x, w = even_steps(self.bell) or panels(self.marks[None, :], self.ends)
        return float((w * self.density(x)).sum())

    @cached_property
    def marks(self) -> Array:
        """Points between which the density and the distribution function are smooth."""
        lower = betaincinv(self.a, self.b, TAILS)
        upper = 1 - betaincinv(self.b, self.a, TAILS)
        return np.concatenate((lower, upper))
