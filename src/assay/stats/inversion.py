"""Intervals by inverting tests: the values that a test does not reject."""

from __future__ import annotations

from math import inf, nextafter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SMALLEST: Final = nextafter(0.0, 1.0)
_DOUBLINGS: Final = 60
_STEPS: Final = 80
_TRIES: Final = 10
_ROUGH: Final = 0.1
"""Nearness of a first guess: the critical value there may lie farther from the one taken."""


def edge(  # noqa: PLR0913  a test, where to begin, how far and how finely to look
    margin: Callable[[float], float],
    start: float,
    *,
    step: float,
    limit: float,
    tolerance: float,
    near: float = 0.0,
) -> float | None:
    """Where a test begins to reject, looked for from a value that it does not reject.

    Args:
        margin: negative where the test rejects, and near zero where it nearly does.
        start: a value that is not rejected.
        step: first distance to look at, with the sign of the direction.
        limit: how far values make sense; it is the end where nothing before it is rejected.
        tolerance: of the answer, absolute.
        near: margin, of either sign, that is zero for all purposes.

    Returns:
        None where nothing is rejected up to an infinite limit.

    References:
        Dowell & Jarratt (1971), A modified regula falsi method for computing the root of an
        equation, BIT 11 (the Illinois step).
    """
    inside, outside = start, start
    for _ in range(_DOUBLINGS):
        outside = min(start + step, limit) if step > 0 else max(start + step, limit)
        beyond = margin(outside)
        if beyond < 0:
            break
        if outside == limit:
            return limit
        inside, step = outside, 2 * step
    else:
        return None if limit in {inf, -inf} else limit
    return _root(margin, inside, outside, beyond, (tolerance, near))


def _root(
    margin: Callable[[float], float],
    inside: float,
    outside: float,
    beyond: float,
    fine: tuple[float, float],
) -> float:
    """Between a value that is kept and one that is rejected: near in place, or in margin."""
    tolerance, near = fine
    if abs(beyond) <= near:
        return outside
    within = margin(inside)
    moved = 0
    for _ in range(_STEPS):
        if abs(outside - inside) <= tolerance:
            break
        total = within - beyond
        share = within / total if 0 < total < inf else 0.5
        middle = inside + (outside - inside) * (share if 0.01 < share < 0.99 else 0.5)
        at = margin(middle)
        if abs(at) <= near:
            return middle
        if at < 0:
            outside, beyond = middle, at
            within = within / 2 if moved < 0 else within
            moved = -1
        else:
            inside, within = middle, at
            beyond = beyond / 2 if moved > 0 else beyond
            moved = 1
    return (inside + outside) / 2


def crossing(  # noqa: PLR0913  two curves, where to begin, how far to look first, how finely
    observed: Callable[[float], float],
    critical: Callable[[float], float],
    start: float,
    *,
    step: float,
    first: float,
    near: float,
) -> float | None:
    """Where a statistic first reaches its critical value, which is dear and changes little.

    Args:
        observed: rises in the direction of the step, from zero.
        critical: of each value.
        start: a value that is not rejected.
        step: about what raises the statistic by one, with the sign of the direction.
        first: about the critical value.
        near: difference that is zero for all purposes.

    Returns:
        None where a few steps of the secant do not find it.
    """
    before, low = start, observed(start)
    at = start + step * first
    for _ in range(_TRIES):
        high = observed(at)
        slope = (high - low) / (at - before)
        if not 0 < slope * step < inf:
            return None
        if abs(high - first) <= _ROUGH:
            break
        before, low, at = at, high, at + (first - high) / slope
        if not (at - start) * step > 0:
            return None
    gap = critical(at) - high
    for _ in range(_TRIES):
        if abs(gap) <= near:
            return at
        at, before = at + gap / slope, at
        if not (at - start) * step > 0:
            return None
        left = critical(at) - observed(at)
        slope, gap = (gap - left) / (at - before), left
        if not slope * step > 0:
            return None
    return None


def on_side(low: float, high: float, *, value: float, excluded: bool) -> tuple[float, float]:
    """Ends held to what the test said of zero, which rounding and tolerance must not undo.

    Args:
        low: as found.
        high: as found.
        value: the estimate, on whose side of zero the interval lies where zero is excluded.
        excluded: whether the test of zero rejects.
    """
    if not excluded:
        return min(low, 0.0), max(high, 0.0)
    if value > 0:
        return max(low, _SMALLEST), max(high, _SMALLEST)
    return min(low, -_SMALLEST), min(high, -_SMALLEST)
