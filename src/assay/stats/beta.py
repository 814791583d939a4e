"""Two Beta-distributed shares: which is larger, by how much, and what a wrong choice costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_MARKS: Final = np.array([1e-18, 1e-13, 1e-9, 1e-6, 1e-4, 3e-3, 0.03, 0.15, 0.5])
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
    x, w = _panels(np.concatenate((variant.marks, control.marks)))
    return Choice(
        p_greater=_greater(variant, control),
        p_less=_greater(control, variant),
        loss_variant=float(w @ (variant.below(x) * control.above(x))),
        loss_control=float(w @ (control.below(x) * variant.above(x))),
    )


def difference_quantiles(variant: Beta, control: Beta, levels: tuple[float, ...]) -> list[float]:
    """Quantiles of `variant − control`, in the order of the levels."""

    def shifted(by: float) -> tuple[float, float]:
        x, w = _panels(np.concatenate((control.marks, variant.marks - by)))
        f = w * control.density(x)
        slope = w * control.density(x) * _normed(variant, x + by)
        return float(f @ variant.below(x + by)) / float(f.sum()), float(slope.sum() / f.sum())

    centre = variant.mean - control.mean
    spread = float(np.hypot(_spread(variant), _spread(control)))
    guesses = [centre + spread * float(ndtri(level)) for level in levels]
    return [
        _solve(shifted, level, -1.0, 1.0, guess)
        for level, guess in zip(levels, guesses, strict=True)
    ]


def lift_quantiles(variant: Beta, control: Beta, levels: tuple[float, ...]) -> list[float]:
    """Quantiles of `variant / control − 1`, in the order of the levels."""

    def scaled(log_ratio: float) -> tuple[float, float]:
        ratio = float(np.exp(log_ratio))
        x, w = _panels(np.concatenate((control.marks, variant.marks / ratio)))
        f = w * control.density(x)
        slope = f * _normed(variant, x * ratio) * x * ratio
        return float(f @ variant.below(x * ratio)) / float(f.sum()), float(slope.sum() / f.sum())

    centre = float(np.log(variant.mean / control.mean))
    spread = float(np.hypot(_spread(variant) / variant.mean, _spread(control) / control.mean))
    return [
        float(np.expm1(_solve(scaled, level, -745.0, 745.0, centre + spread * float(ndtri(level)))))
        for level in levels
    ]


def _greater(one: Beta, other: Beta) -> float:
    x, w = _panels(np.concatenate((one.marks, other.marks)))
    f = w * one.density(x)
    return float(f @ other.below(x)) / float(f.sum())


def _normed(beta: Beta, x: Array) -> Array:
    at, w = _panels(beta.marks)
    return beta.density(x) / float(w @ beta.density(at))


def _spread(beta: Beta) -> float:
    total = beta.a + beta.b
    return float(np.sqrt(beta.a / total * (beta.b / total) / (total + 1)))


def _panels(marks: Array) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1], in panels that end at the marks."""
    edges = np.unique(np.clip(np.concatenate(([0.0], marks, [1.0])), 0.0, 1.0))
    half = np.diff(edges) / 2
    x = edges[:-1, None] + half[:, None] * (1 + _NODES)
    return x.ravel(), (half[:, None] * _WEIGHTS).ravel()


def _solve(
    function: Callable[[float], tuple[float, float]],
    level: float,
    low: float,
    high: float,
    guess: float,
) -> float:
    """Where a distribution function reaches a level: Newton's steps, kept inside a bracket."""
    at = min(max(guess, low), high)
    for _ in range(200):
        value, slope = function(at)
        if value < level:
            low = at
        else:
            high = at
        step = (level - value) / slope if slope > 0 else np.inf
        following = at + step if low < at + step < high else (low + high) / 2
        if abs(following - at) <= 1e-15 * max(1.0, abs(at)) or not low < high:
            return float(following)
        at = following
    return float(at)
