"""Laws of learning: how what is left to gain shrinks with experience.

Each is y = a + b · f(x; θ), f falling from near one to zero: a is where it ends, −b what there is
to gain. For any θ the two follow from a weighted line, so only θ is searched for: on a grid, and
then to the optimum.

References:
    Newell and Rosenbloom (1981), Mechanisms of skill acquisition and the law of practice (power).
    Heathcote, Brown and Mewhort (2000), The power law repealed, Psychonomic Bulletin & Review 7
    (exponential).
    Mazur and Hastie (1978), Learning as accumulation, Psychological Bulletin 85 (hyperbolic).
    Golub and Pereyra (1973), The differentiation of pseudo-inverses and nonlinear least squares
    problems whose variables separate, SIAM Journal on Numerical Analysis 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

POINTS: Final = 80
"""Grid points of a rate."""
SHAPES: Final = 16
"""Grid points of a shape, where there is one; the rate beside it has half of `POINTS`."""
SLOWEST: Final = 0.1
"""Lowest rate: so much of a decay constant over the whole range looks like a straight line."""
FASTEST: Final = 8.0
"""Highest rate: so many decay constants between the first two places look like a step."""


STEPS: Final = 40
"""Steps of the search for an optimum at most; it mostly takes five."""
HALVINGS: Final = 12
_FLAT: Final = 1e-100
"""Variation of a law's shape over the places below which it is a constant."""


@dataclass(frozen=True, slots=True)
class Law:
    """One law.

    Attributes:
        name: of it.
        shape: f at (places, logarithms of parameters (..., p)): (..., places).
        grid: logarithms of parameters for sorted places, (points, p).
        parameters: their names; each is positive.
    """

    name: str
    shape: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
    grid: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    parameters: tuple[str, ...]


def _power(x: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.exp(-np.exp(logs[..., :1]) * np.log(x))
    return found


def _exponential(x: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-np.exp(logs[..., :1]) * x)


def _hyperbolic(x: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(logs[..., :1]) * x)


def _weibull(x: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    steep = np.exp(logs[..., 1:2])
    return np.exp(-np.exp(np.minimum(steep * (logs[..., :1] + np.log(x)), 50)))


def _exponents(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponents have no unit; the steepest leaves less than rounding of f at the last place."""
    steepest = 30 / max(np.log(x.max() / x.min()), 1e-3)
    return np.linspace(np.log(0.02), np.log(max(5, min(steepest, 50))), POINTS)[:, None]


def _rates(x: NDArray[np.float64], points: int = POINTS) -> NDArray[np.float64]:
    places = np.unique(x)
    first, last = np.log(SLOWEST / (places[-1] - places[0])), np.log(FASTEST / places[1])
    return np.linspace(first, max(last, first + 1), points)[:, None]


def _rates_and_shapes(x: NDArray[np.float64]) -> NDArray[np.float64]:
    steep = np.linspace(np.log(0.4), np.log(6), SHAPES)
    rates = _rates(x, POINTS // 2)[:, 0]
    return np.stack([a.ravel() for a in np.meshgrid(rates, steep, indexing="ij")], axis=1)


LAWS: Final = (
    Law("power", _power, _exponents, ("exponent",)),
    Law("exponential", _exponential, _rates, ("rate",)),
    Law("hyperbolic", _hyperbolic, _rates, ("rate",)),
    Law("Weibull", _weibull, _rates_and_shapes, ("rate", "steepness")),
)


@dataclass(frozen=True, slots=True)
class Lines:
    """The weighted line through f at each of many θ.

    Attributes:
        end: a, (points,).
        left: b, (points,).
        misfit: weighted sum of squares, (points,).
        covariance: of (a, b) ÷ the variance of unit weight, (points, 3): aa, ab, bb.
    """

    end: NDArray[np.float64]
    left: NDArray[np.float64]
    misfit: NDArray[np.float64]
    covariance: NDArray[np.float64]


def lines(shape: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> Lines:
    """Weighted least squares of y on (1, f) for every row of `shape` (points, n)."""
    total = weight.sum()
    middle, centre = shape @ weight / total, float(y @ weight) / total
    away, rest = shape - middle[:, None], y - centre
    spread = np.maximum((away**2) @ weight, _FLAT)
    left = (away * rest) @ weight / spread
    end = centre - left * middle
    misfit = ((rest - left[:, None] * away) ** 2) @ weight
    covariance = np.stack([1 / total + middle**2 / spread, -middle / spread, 1 / spread], axis=1)
    return Lines(end, left, misfit, covariance)


def polished(
    law: Law,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The optimum near a grid point, (p,): Gauss–Newton with shrinking steps, within the grid."""
    grid = law.grid(x)
    least, most = grid.min(axis=0), grid.max(axis=0)
    root = np.sqrt(weight)
    best, step = start, 1e-5

    def left_over(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        shape = law.shape(x, logs)
        found = lines(shape, y, weight)
        return root * (y - found.end[:, None] - found.left[:, None] * shape)

    steps = step * np.eye(best.size)
    for _ in range(STEPS):
        rest = left_over(np.concatenate((best[None], best + steps, best - steps)))
        now, up, down = rest[0], rest[1 : 1 + best.size], rest[1 + best.size :]
        slopes = (up - down) / (2 * step)
        gram = slopes @ slopes.T
        ridge = (1e-12 * np.trace(gram) + 1e-300) * np.eye(best.size)
        move = -np.linalg.solve(gram + ridge, slopes @ now)
        tries = np.clip(best + 0.5 ** np.arange(HALVINGS)[:, None] * move, least, most)
        losses = (left_over(tries) ** 2).sum(axis=1)
        choice = int(np.argmin(losses))
        if not losses[choice] < now @ now:
            break
        best = tries[choice]
    return best
