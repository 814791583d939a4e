"""Two Beta-distributed shares: which is larger, by how much, and what a wrong choice costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_MARKS: Final = np.array([1e-18, 1e-12, 1e-7, 1e-4, 0.01, 0.1, 0.5])
_STEPS: Final = 200
_CLOSE: Final = 1e-7
"""Step, in standard deviations, after which Newton's next would be below rounding."""
ERROR_BOUND: Final = 1e-10
"""Absolute error of every probability, loss and quantile here, relative for lifts above one.

Shown against 40-digit arithmetic in tests/references."""


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
        x, w = _panels(self.marks[None, :])
        return float((w * self.density(x)).sum())

    @cached_property
    def marks(self) -> Array:
        """Points between which the density and the distribution function are smooth."""
        lower = betaincinv(self.a, self.b, _MARKS)
        upper = 1 - betaincinv(self.b, self.a, _MARKS)
        return np.concatenate((lower, upper))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of two shares is larger, and what choosing wrongly gives up on average.

    Attributes:
        p_greater, p_less: probability that the variant's share is the greater, or the smaller.
        loss_variant: mean of max(control − variant, 0): given up by choosing the variant.
        loss_control: mean of max(variant − control, 0): given up by choosing the control.
    """

    p_greater: float
    p_less: float
    loss_variant: float
    loss_control: float


def choose(variant: Beta, control: Beta) -> Choice:
    """The exact comparison of two independent posteriors, by quadrature.

    Each number is an integral of something that is never negative (`f · F` for the probability,
    `F · (1 − F)` for the losses), so that tiny answers keep their digits. Panels of Gauss-Legendre
    nodes end at quantiles of both distributions; the absolute error is below `ERROR_BOUND`.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., ch. 2; Stucchio (2015), Bayesian A/B
        testing at VWO, sec. 4 (expected loss).
    """
    x, w = _panels(np.concatenate((variant.marks, control.marks))[None, :])
    return Choice(
        p_greater=_greater(variant, control),
        p_less=_greater(control, variant),
        loss_variant=float((w * variant.below(x) * control.above(x)).sum()),
        loss_control=float((w * control.below(x) * variant.above(x)).sum()),
    )


def difference_quantiles(variant: Beta, control: Beta, levels: Sequence[float]) -> list[float]:
    """Quantiles of `variant − control`, in the order of the levels."""

    def shifted(by: Array) -> tuple[Array, Array]:
        x, f = _weighted(control, variant.marks - by[:, None])
        beyond = x + by[:, None]
        return (f * variant.below(beyond)).sum(axis=1), (f * variant.density(beyond)).sum(axis=1)

    centre = variant.mean - control.mean
    spread = float(np.hypot(_spread(variant), _spread(control)))
    found = _solve(shifted, levels, (-1.0, 1.0), (centre, spread), variant.mass)
    return [float(x) for x in found]


def lift_quantiles(variant: Beta, control: Beta, levels: Sequence[float]) -> list[float]:
    """Quantiles of `variant / control − 1`, in the order of the levels."""

    def scaled(log_ratio: Array) -> tuple[Array, Array]:
        ratio = np.exp(log_ratio)[:, None]
        x, f = _weighted(control, variant.marks / ratio)
        beyond = x * ratio
        slope = f * variant.density(beyond) * beyond
        return (f * variant.below(beyond)).sum(axis=1), slope.sum(axis=1)

    centre = float(np.log(variant.mean / control.mean))
    spread = float(np.hypot(_spread(variant) / variant.mean, _spread(control) / control.mean))
    found = _solve(scaled, levels, (-745.0, 745.0), (centre, spread), variant.mass)
    return [float(x) for x in np.expm1(found)]


def _greater(one: Beta, other: Beta) -> float:
    x, f = _weighted(one, other.marks[None, :])
    return float((f * other.below(x)).sum())


def _spread(beta: Beta) -> float:
    total = beta.a + beta.b
    return float(np.sqrt(beta.a / total * (beta.b / total) / (total + 1)))


def _weighted(beta: Beta, marks: Array) -> tuple[Array, Array]:
    """Nodes, and the probability that each stands for; one row for each row of further marks."""
    own = np.broadcast_to(beta.marks, (len(marks), len(beta.marks)))
    x, w = _panels(np.concatenate((own, marks), axis=1))
    f = w * beta.density(x)
    return x, f / f.sum(axis=1, keepdims=True)


def _panels(marks: Array) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1], in panels that end at the marks, row by row."""
    rows = np.clip(np.sort(marks, axis=1), 0.0, 1.0)
    edges = np.pad(rows, ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, 1.0)))
    half = np.diff(edges, axis=1)[:, :, None] / 2
    x = edges[:, :-1, None] + half * (1 + _NODES)
    return x.reshape(len(marks), -1), (half * _WEIGHTS).reshape(len(marks), -1)


def _solve(
    function: Callable[[Array], tuple[Array, Array]],
    levels: Sequence[float],
    bracket: tuple[float, float],
    guess: tuple[float, float],
    mass: float,
) -> Array:
    """Where a distribution function reaches each level: Newton's steps, kept inside brackets."""
    wanted = np.asarray(levels, dtype=float)
    low, high = (np.full(wanted.shape, end) for end in bracket)
    at = np.clip(guess[0] + guess[1] * ndtri(wanted), low, high)
    for _ in range(_STEPS):
        value, slope = function(at)
        low, high = np.where(value < wanted, at, low), np.where(value < wanted, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = at + (wanted - value) / (slope / mass)
        inside = (low <= following) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        step, at = np.abs(following - at).max(), following
        if step <= _CLOSE * guess[1]:
            break
    return at
