"""Independent unknowns: which is largest, by how much, and what a wrong choice costs.

Exact by quadrature whatever the distributions are: shares (Beta), rates (Gamma), means (normal).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import ndtri

from assay.core.errors import DataError
from assay.stats.bayes.even_steps import Bell, even_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
TAILS: Final = np.array([1e-18, 1e-12, 1e-7, 1e-4, 0.01, 0.1, 0.5])
"""Probabilities whose quantiles, in both tails, are the marks of an unknown."""
_STEPS: Final = 200
_CLOSE: Final = 1e-7
"""Step, in standard deviations, after which Newton's next would be below rounding."""
ERROR_BOUND: Final = 1e-10
"""Absolute error of every probability, loss and quantile here, relative for lifts above one.

Shown for shares against 40-digit arithmetic in tests/references."""


class Unknown(Protocol):
    """A distribution that can be integrated.

    `density` is proportional to the density and about 1 at the mode; `mass` is what it integrates
    to; it is smooth between neighbouring `marks`, and negligible outside `ends`.
    """

    @property
    def mean(self) -> float:
        """Expected value."""
        ...

    @property
    def sd(self) -> float:
        """Standard deviation."""
        ...

    @property
    def bell(self) -> Bell | None:
        """Where it is nearly normal; None where it is not."""
        ...

    @property
    def ends(self) -> tuple[float, float]:
        """Where nothing is left outside."""
        ...

    @property
    def marks(self) -> Array:
        """Points between which density and distribution function are smooth."""
        ...

    @property
    def mass(self) -> float:
        """What `density` integrates to."""
        ...

    def below(self, x: Array) -> Array:
        """Probability of at most x."""
        ...

    def above(self, x: Array) -> Array:
        """Probability of more than x, without subtracting from one."""
        ...

    def density(self, x: Array) -> Array:
        """Proportional to the density."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of two unknowns is larger, and what choosing wrongly gives up on average.

    Attributes:
        p_greater, p_less: probability that the variant is the greater, or the smaller.
        loss_variant: mean of max(control − variant, 0): given up by choosing the variant.
        loss_control: mean of max(variant − control, 0): given up by choosing the control.
    """

    p_greater: float
    p_less: float
    loss_variant: float
    loss_control: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which of several unknowns is the best, in their order.

    Attributes:
        p_best: probability of being the largest (or smallest); they add up to one.
        loss: mean distance from the best: what choosing this one gives up.
    """

    p_best: tuple[float, ...]
    loss: tuple[float, ...]


def choose(variant: Unknown, control: Unknown) -> Choice:
    """The exact comparison of two independent unknowns, by quadrature.

    Each number is an integral of something that is never negative (`f · F` for the probability,
    `F · (1 − F)` for the losses), so that tiny answers keep their digits. Where both distributions
    are nearly normal, equal steps are taken; elsewhere panels of Gauss-Legendre nodes, which end at
    quantiles of both. The absolute error is below `ERROR_BOUND`.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., ch. 2; Stucchio (2015), Bayesian A/B
        testing at VWO, sec. 4 (expected loss); Trefethen & Weideman (2014), The exponentially
        convergent trapezoidal rule, SIAM Review 56 (equal steps).
    """
    even = even_steps(variant.bell, control.bell)
    x, w = _over(variant, control) if even is None else even
    (below, above), (before, after) = ((one.below(x), one.above(x)) for one in (variant, control))
    if even is None:
        p_greater, p_less = _greater(variant, control), _greater(control, variant)
    else:
        f, g = w * variant.density(x), w * control.density(x)
        p_greater, p_less = float((f * before).sum() / f.sum()), float((g * below).sum() / g.sum())
    return Choice(
        p_greater=p_greater,
        p_less=p_less,
        loss_variant=float((w * below * after).sum()),
        loss_control=float((w * before * above).sum()),
    )


def rank(unknowns: Sequence[Unknown], *, largest: bool = True) -> Ranking:
    """The exact comparison of any number of independent unknowns.

    `P(i is largest) = ∫ f_i Π F_j` over the others, and the loss of choosing i is
    `∫ F_i (1 − Π F_j)`: nothing is drawn at random.

    Args:
        unknowns: to be compared.
        largest: whether the largest is best, or the smallest.

    Raises:
        DataError: with fewer than two unknowns.
    """
    if len(unknowns) < 2:
        raise DataError(f"{len(unknowns)} unknowns, expected at least two to rank")
    even = even_steps(*(one.bell for one in unknowns))
    x, w = _over(*unknowns) if even is None else even
    below = [one.below(x) if largest else one.above(x) for one in unknowns]
    above = [one.above(x) if largest else one.below(x) for one in unknowns]
    chances, losses = [], []
    for i, one in enumerate(unknowns):
        others = [j for j in range(len(unknowns)) if j != i]
        f = w * one.density(x)
        mass = one.mass if even is None else float(f.sum())
        chances.append(float((f * prod(below[j] for j in others)).sum()) / mass)
        some_above = np.zeros_like(x)  # 1 − Π F, gathered so that small ones keep their digits
        for j in others:
            some_above = above[j] + below[j] * some_above
        losses.append(float((w * below[i] * some_above).sum()))
    return Ranking(p_best=tuple(chances), loss=tuple(losses))


def difference_quantiles(
    variant: Unknown, control: Unknown, levels: Sequence[float]
) -> list[float]:
    """Quantiles of `variant − control`, in the order of the levels."""

    def shifted(by: Array) -> tuple[Array, Array]:
        x, f = _weighted(control, variant.marks - by[:, None])
        beyond = x + by[:, None]
        slope = f * variant.density(beyond) / variant.mass
        return (f * variant.below(beyond)).sum(axis=1), slope.sum(axis=1)

    centre = variant.mean - control.mean
    widths = variant.sd, control.sd
    bracket = (variant.ends[0] - control.ends[1], variant.ends[1] - control.ends[0])
    even = _evenly((variant, control), widths, lambda x, by: x + by, np.ones_like)
    found = _solve(even or shifted, levels, bracket, (centre, float(np.hypot(*widths))))
    return [float(x) for x in found]


def lift_quantiles(variant: Unknown, control: Unknown, levels: Sequence[float]) -> list[float]:
    """Quantiles of `variant / control − 1` of positive unknowns, in the order of the levels."""

    def scaled(log_ratio: Array) -> tuple[Array, Array]:
        ratio = np.exp(log_ratio)[:, None]
        x, f = _weighted(control, variant.marks / ratio)
        beyond = x * ratio
        slope = f * variant.density(beyond) * beyond / variant.mass
        return (f * variant.below(beyond)).sum(axis=1), slope.sum(axis=1)

    centre = float(np.log(variant.mean / control.mean))
    widths = variant.sd / variant.mean, control.sd / control.mean
    even = _evenly((variant, control), widths, lambda x, by: x * np.exp(by), lambda at: at)
    found = _solve(even or scaled, levels, (-745.0, 745.0), (centre, float(np.hypot(*widths))))
    return [float(x) for x in np.expm1(found)]


def _evenly(
    unknowns: tuple[Unknown, Unknown],
    widths: tuple[float, float],
    moved: Callable[[Array, Array], Array],
    speed: Callable[[Array], Array],
) -> Callable[[Array], tuple[Array, Array]] | None:
    """Probability that the variant is at most the control moved by so much, and its slope.

    By equal steps over the narrower of the two, at whose scale the other is smooth; None where one
    is not nearly normal.

    Args:
        unknowns: variant and control.
        widths: of both, in the unit of moves.
        moved: where a value comes to by a move.
        speed: with which it passes there.
    """
    variant, control = unknowns
    if variant.bell is None or control.bell is None:
        return None
    forward = widths[1] <= widths[0]
    over, other = (control, variant) if forward else (variant, control)
    even = even_steps(over.bell)
    if even is None:
        return None
    x, w = even
    f = w * over.density(x)
    f /= f.sum()

    def function(by: Array) -> tuple[Array, Array]:
        at = moved(x, by[:, None] if forward else -by[:, None])
        reached = other.below(at) if forward else other.above(at)
        slope = f * other.density(at) * speed(at) / other.mass
        return (f * reached).sum(axis=1), slope.sum(axis=1)

    return function


def _greater(one: Unknown, other: Unknown) -> float:
    x, f = _weighted(one, other.marks[None, :])
    return float((f * other.below(x)).sum())


def _over(*unknowns: Unknown) -> tuple[Array, Array]:
    ends = [one.ends for one in unknowns]
    marks = np.concatenate([one.marks for one in unknowns])[None, :]
    x, w = panels(marks, (min(low for low, _ in ends), max(high for _, high in ends)))
    return x[0], w[0]


def _weighted(one: Unknown, marks: Array) -> tuple[Array, Array]:
    """Nodes, and the probability that each stands for; one row for each row of further marks."""
    own = np.broadcast_to(one.marks, (len(marks), len(one.marks)))
    x, w = panels(np.concatenate((own, marks), axis=1), one.ends)
    f = w * one.density(x)
    return x, f / f.sum(axis=1, keepdims=True)


def panels(marks: Array, ends: tuple[float, float]) -> tuple[Array, Array]:
    """Nodes and weights between the ends, in panels that end at the marks, row by row."""
    rows = np.clip(np.sort(marks, axis=1), *ends)
    edges = np.empty((rows.shape[0], rows.shape[1] + 2))
    edges[:, 0], edges[:, 1:-1], edges[:, -1] = ends[0], rows, ends[1]
    half = (edges[:, 1:, None] - edges[:, :-1, None]) / 2
    x = edges[:, :-1, None] + half * (1 + _NODES)
    return x.reshape(len(marks), -1), (half * _WEIGHTS).reshape(len(marks), -1)


def _solve(
    function: Callable[[Array], tuple[Array, Array]],
    levels: Sequence[float],
    bracket: tuple[float, float],
    guess: tuple[float, float],
) -> Array:
    """Where a distribution function, given with its slope, reaches each level.

    Newton's steps, kept inside brackets.
    """
    wanted = np.asarray(levels, dtype=float)
    low, high = (np.full(wanted.shape, end) for end in bracket)
    at = np.clip(guess[0] + guess[1] * ndtri(wanted), low, high)
    for _ in range(_STEPS):
        value, slope = function(at)
        low, high = np.where(value < wanted, at, low), np.where(value < wanted, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = at + (wanted - value) / slope
        inside = (low <= following) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        step, at = np.abs(following - at).max(), following
        if step <= _CLOSE * guess[1]:
            break
    return at
