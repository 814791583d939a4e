"""Bounds and error rates of tests that are made several times while data come in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FARTHEST: Final = 37.0
"""No bound is larger: beyond it the normal tail is no ordinary double."""
REACH: Final = 9.0
"""Standard deviations of the statistic about its mean that integrals cover; beyond lies 1e-19."""
_FEWEST: Final = 24
"""Nodes of an integral that spans few standard deviations of an increment."""
_NODES_PER_STEP: Final = 2.0
"""Nodes per standard deviation of an increment: with five times as many, bounds move by 3e-12."""
_MOST: Final = 2400
_ROUND: Final = 24
"""Numbers of nodes are multiples of it, since their places are costly to find and are kept."""


@dataclass(frozen=True, slots=True)
class Exits:
    """Probabilities of leaving at each look: above, below, and through the futility bound."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]
    futile: tuple[float, ...]

    @property
    def either(self) -> float:
        """Probability of ever crossing a bound, on either side."""
        return sum(self.upper) + sum(self.lower)

    @property
    def above(self) -> float:
        """Probability of ever crossing the upper bound: the power under a positive drift."""
        return sum(self.upper)


def critical_values(information: Sequence[float], spent: Sequence[float]) -> tuple[float, ...]:
    """Two-sided bounds for |z| at each look that spend exactly this error.

    The first crossing of ±c at look k has probability `spent[k] − spent[k − 1]` where there is no
    effect. Exact recursive integration (Gauss–Legendre over the region where the trial goes on),
    for any information and any number of looks.

    Args:
        information: amount of data at each look, rising, on any scale.
        spent: error spent until each look, not falling, inside [0, 1).

    Returns:
        One bound per look; `inf` where a look spends nothing.

    References:
        Armitage, McPherson & Rowe (1969), Repeated significance tests on accumulating data,
        JRSS A 132(2); Jennison & Turnbull (2000), Group sequential methods, ch. 19.
    """
    times = _times(information)
    whole = tuple(map(float, spent))
    steps = zip((0.0, *whole), whole, strict=False)
    if len(whole) != len(times) or not all(0 <= a <= b < 1 for a, b in steps):
        raise DataError(f"spent {whole}, expected one share per look, not falling, below 1")
    return _bounds(times, whole)


@lru_cache(maxsize=4096)
def _bounds(times: tuple[float, ...], spent: tuple[float, ...]) -> tuple[float, ...]:
    found: list[float] = []
    state = _START
    for time, now, before in zip(times, spent, (0.0, *spent[:-1]), strict=True):
        guess = found[-1] if found and found[-1] < FARTHEST else 3.0
        bound = _solve(state, time, now - before, guess)
        found.append(bound)
        state = state.advance(time, -bound, bound, 0.0)
    return tuple(found)


def exits(
    information: Sequence[float],
    bounds: Sequence[float],
    *,
    drift: float = 0.0,
    futility: Sequence[float] | None = None,
    start: tuple[float, float] | None = None,
) -> Exits:
    """Where a test with these bounds ends.

    Args:
        information: amount of data at each look, as a share of that at which the drift is meant.
        bounds: for |z| at each look; `inf` where nothing can be crossed.
        drift: expected z at information 1; its sign points to the upper bound where positive.
        futility: z at or below which a look stops for futility (−inf: it cannot), where it is not
            already below the lower bound.
        start: (information, z) seen already, from which the looks go on.

    Raises:
        DataError: where numbers of looks differ, or the information does not rise.
    """
    times = _times(information) if start is None else _times((start[0], *information))[1:]
    lows = tuple(futility) if futility is not None else (-inf,) * len(times)
    if not len(times) == len(bounds) == len(lows):
        raise DataError(f"{len(times)} looks, {len(bounds)} bounds, {len(lows)} futility bounds")
    state = _START if start is None else _Region.point(start[0], start[1] * sqrt(start[0]))
    upper, lower, futile = [], [], []
    for time, bound, floor in zip(times, bounds, lows, strict=True):
        inner = max(-bound, floor)
        upper.append(state.beyond(time, bound, drift))
        lower.append(state.below(time, -bound, drift))
        futile.append(max(0.0, state.below(time, inner, drift) - lower[-1]))
        state = state.advance(time, min(inner, bound), bound, drift)
    return Exits(tuple(upper), tuple(lower), tuple(futile))


def drift_for(
    information: Sequence[float],
    bounds: Sequence[float],
    chance: float,
    *,
    futility: Sequence[float] | None = None,
) -> float:
    """The expected z at information 1 with which the upper bound is crossed with this chance.

    Exits upwards grow with the drift, so bisection finds it to rounding.

    Raises:
        DataError: unless the chance lies above that under no drift and below 1.
    """

    def above(drift: float) -> float:
        return exits(information, bounds, drift=drift, futility=futility).above

    low, high = 0.0, 1.0
    if not above(low) < chance < 1:
        raise DataError(f"chance={chance}, expected above {above(low):.3g} and below 1")
    while above(high) < chance:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) < chance else (low, middle)
    return (low + high) / 2


def futility_bounds(
    information: Sequence[float], bounds: Sequence[float], drift: float, spent: Sequence[float]
) -> tuple[float, ...]:
    """Non-binding bounds below which it is no use to go on, spending this much of the power.

    At each look, z at or below its bound under the planned drift for the first time has probability
    `spent[k] − spent[k − 1]`. The upper bounds stay as they are, so nobody has to stop: error is
    kept whether or not the advice is taken. Where a futility bound would reach the upper one, it
    is held there: the power is spent, and the plan too small for it.

    Args:
        information: at each look, as a share of that at which the drift is meant.
        bounds: for |z|, at each look.
        drift: expected z at information 1 under the planned effect, positive.
        spent: probability of stopping for futility until each look, not falling.

    References:
        Pampallona, Tsiatis & Kim (2001), Interim monitoring of group sequential trials using
        spending functions for the type I and type II error probabilities, Drug Inf. J. 35.
    """
    times, found, state = _times(information), [], _START
    for time, bound, now, before in zip(times, bounds, spent, (0.0, *spent[:-1]), strict=True):
        low, high = -REACH, min(bound, FARTHEST)
        for _ in range(80):
            middle = (low + high) / 2
            inside = state.below(time, middle, drift) < now - before
            low, high = (middle, high) if inside else (low, middle)
        floor = low if now > before else -inf
        found.append(floor)
        state = state.advance(time, max(floor, -bound), bound, drift)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Region:
    """Density of z·√information over the region where the test goes on, at quadrature nodes."""

    time: float
    nodes: Floats
    mass: Floats
    centre: float
    spread: float

    @classmethod
    def point(cls, time: float, place: float) -> _Region:
        return cls(time, np.array([place]), np.ones(1), place, 0.0)

    def beyond(self, time: float, bound: float, drift: float) -> float:
        """Probability of z ≥ bound at the next look."""
        return self._tail((self._moved(time, drift) - bound * sqrt(time)) / self._step(time))

    def below(self, time: float, bound: float, drift: float) -> float:
        """Probability of z ≤ bound at the next look."""
        return self._tail((bound * sqrt(time) - self._moved(time, drift)) / self._step(time))

    def slope(self, time: float, bound: float) -> float:
        """How fast the probability of |z| ≥ bound falls with the bound, without a drift."""
        step, edge = self._step(time), bound * sqrt(time)
        heights = sum(np.exp(-(((edge - side * self.nodes) / step) ** 2) / 2) for side in (1, -1))
        return float(self.mass @ heights) * sqrt(time / (2 * np.pi)) / step

    def advance(self, time: float, low: float, high: float, drift: float) -> _Region:
        """The density at the next look, between these z."""
        step = self._step(time)
        centre = self.centre + drift * (time - self.time)
        spread = sqrt(self.spread**2 + step**2)
        ends = (
            max(low * sqrt(time), centre - REACH * spread),
            min(high * sqrt(time), centre + REACH * spread),
        )
        if not ends[0] < ends[1]:
            return _Region(time, np.zeros(1), np.zeros(1), centre, spread)
        number = _FEWEST + ceil(_NODES_PER_STEP * (ends[1] - ends[0]) / step)
        unit, weight = _gauss(min(_ROUND * ceil(number / _ROUND), _MOST))
        half = (ends[1] - ends[0]) / 2
        nodes = ends[0] + half * (unit + 1)
        apart = (nodes[:, None] - self._moved(time, drift)[None, :]) / step
        density = np.exp(-(apart**2) / 2) @ self.mass / (step * sqrt(2 * np.pi))
        return _Region(time, nodes, half * weight * density, centre, spread)

    def _tail(self, score: Floats) -> float:
        return float(self.mass @ ndtr(score))

    def _moved(self, time: float, drift: float) -> Floats:
        return self.nodes + drift * (time - self.time)

    def _step(self, time: float) -> float:
        return sqrt(time - self.time)


_START: Final = _Region.point(0.0, 0.0)


@lru_cache(maxsize=256)
def _gauss(number: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(number)
    return nodes, weights


def _solve(state: _Region, time: float, error: float, guess: float) -> float:
    """The bound whose two-sided crossing has this probability: Newton on its logarithm."""
    if not error > 0:
        return inf
    if not state.time:
        return min(FARTHEST, -float(ndtri(error / 2)))

    def crossing(bound: float) -> float:
        return state.beyond(time, bound, 0.0) + state.below(time, -bound, 0.0)

    if not crossing(0.0) > error:
        raise DataError(f"error={error} to spend at a look, but only {crossing(0.0)} is left")
    low, high, bound = 0.0, FARTHEST, guess
    for _ in range(200):
        now = crossing(bound)
        low, high = (bound, high) if now > error else (low, bound)
        slope = state.slope(time, bound)
        step = bound + (log(now) - log(error)) * now / slope if now > 0 and slope > 0 else -1.0
        if not low < step < high:
            step = (low + high) / 2
        if abs(step - bound) <= 1e-13 * max(bound, 1.0):
            return step
        bound = step
    return bound


def _times(information: Sequence[float]) -> tuple[float, ...]:
    times = tuple(map(float, information))
    if not times or not all(a < b < inf for a, b in zip((0.0, *times), times, strict=False)):
        raise DataError(f"information {times}, expected rising numbers above 0")
    return times
