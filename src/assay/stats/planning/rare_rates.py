"""Power for rates of which few successes (or failures) are expected: summed over all tables."""

from __future__ import annotations

from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import bdtr, bdtrc, bdtrik, ndtri

from assay.core.errors import DataError
from assay.stats.comparisons.rates import RateContrast
from assay.stats.gate import rates_are_normal

if TYPE_CHECKING:
    from assay.stats.planning.outcomes import Rate
    from assay.stats.planning.power import Claim, Split

_LEFT_OUT: Final = 1e-10
"""Probability of counts of the control that are not summed over."""
_FINE: Final = 1e-9
"""Relative width at which a bisection ends."""


def is_rare(outcome: Rate, effect: float, units: float, *, split: Split) -> bool:
    """Whether the analysis would not take these rates for normal, by the counts to be expected."""
    sizes = floor(units * split.treated), floor(units * split.control)
    rates = (outcome.base + effect, outcome.base)
    return not rates_are_normal([(round(n * p), n) for n, p in zip(sizes, rates, strict=True)])


def rare_power(outcome: Rate, effect: float, units: float, *, claim: Claim, split: Split) -> float:
    """How often the skewness-corrected score shows the effect: what the analysis uses where few.

    For each number of the control's successes there is one number of the treated arm's from which
    on the claim is made; binomial tails beyond these edges are added up. Nothing is approximated
    but what lies beyond 1e-10.

    Raises:
        DataError: where the bound is no lift, an arm is empty, or the claim has looks.
    """
    if claim.looks is not None or (claim.bound and not claim.lift):
        raise DataError("rare rates are planned for one look, against zero or a lift")
    n, m = floor(units * split.treated), floor(units * split.control)
    rate = min(max(outcome.base + effect, 0.0), 1.0)
    if not (n >= 1 and m >= 1):
        raise DataError(f"{n} and {m} units, expected some in each arm")
    first, last = _likely(outcome.base, m)
    others = np.arange(first, last + 1)
    chance = bdtr(others, m, outcome.base) - np.where(
        others > 0, bdtr(np.maximum(others - 1, 0), m, outcome.base), 0.0
    )
    critical = -float(ndtri(claim.tail))
    found = 0.0
    if claim.side != "down":
        edges = _edges(n, m, first, last, 1 + claim.bound, critical, up=True)
        found += float(chance @ np.where(edges > 0, bdtrc(np.maximum(edges - 1, 0), n, rate), 1.0))
    if claim.side != "up":
        edges = _edges(n, m, first, last, 1 + claim.bound, critical, up=False)
        found += float(chance @ np.where(edges >= 0, bdtr(np.maximum(edges, 0), n, rate), 0.0))
    return min(found, 1.0)


def _likely(rate: float, m: int) -> tuple[int, int]:
    low = bdtrik(_LEFT_OUT / 2, m, rate)
    high = bdtrik(1 - _LEFT_OUT / 2, m, rate)
    first = 0 if np.isnan(low) else max(0, floor(low) - 1)
    last = m if np.isnan(high) else min(m, floor(high) + 2)
    return first, last


@lru_cache(maxsize=512)
def _edges(  # noqa: PLR0913, PLR0917  private: a test's edges depend on all of these
    n: int, m: int, first: int, last: int, ratio: float, critical: float, *, up: bool
) -> np.ndarray:
    """Fewest (up) or most (down) successes of the treated arm with which the claim is made."""
    found = np.empty(last - first + 1)
    edge = 0 if up else -1
    for i, other in enumerate(range(first, last + 1)):
        edge = _edge(n, m, other, ratio, critical, up=up, start=edge)
        found[i] = edge
    return found


def _edge(  # noqa: PLR0913  as above
    n: int, m: int, other: int, ratio: float, critical: float, *, up: bool, start: int
) -> int:
    """The edge, searched from that of one success less: it only rises."""

    def claimed(ones: int) -> bool:
        if ones + other in {0, n + m}:
            return False
        score = RateContrast(
            successes=ones, trials=n, successes_control=other, trials_control=m
        ).ratio_score(ratio)
        return score > critical if up else score < -critical

    edge = start
    if not up and other == m:
        edge = min(edge, n - 1)  # nothing but successes tells nothing
    if up:
        while edge <= n and not claimed(edge):
            edge += 1
        return edge
    while edge + 1 <= n and claimed(edge + 1):
        edge += 1
    return edge


def rare_detectable(
    outcome: Rate, units: float, *, wanted: float, claim: Claim, split: Split
) -> float | None:
    """The smallest effect that is shown with the wanted power; None where there is none."""
    sign = -1.0 if claim.side == "down" else 1.0
    start = claim.bound * outcome.base
    low, high = 0.0, abs((outcome.reach[1] if sign > 0 else outcome.reach[0]) - start)

    def shown(distance: float) -> float:
        return rare_power(outcome, start + sign * distance, units, claim=claim, split=split)

    if shown(high) < wanted:
        return None
    while high - low > _FINE * high:
        middle = (low + high) / 2
        low, high = (middle, high) if shown(middle) < wanted else (low, middle)
    return start + sign * high


def rare_units(  # noqa: PLR0913  the question has that many parts
    outcome: Rate, effect: float, *, near: float, wanted: float, claim: Claim, split: Split
) -> int:
    """Units of all arms with which the effect is shown, by bisection from what a formula says.

    Counts are whole, so power rises with the units in small teeth; the answer is where it passes
    the wanted power, to a tooth.
    """

    def shown(units: int) -> bool:
        return rare_power(outcome, effect, units, claim=claim, split=split) >= wanted

    low, high = 1, max(2, floor(near))
    while not shown(high):
        low, high = high, 2 * high
    least = floor(1 / min(split.treated, split.control)) + 1
    low = max(low if low > 1 else high // 4, least)
    while high - low > max(1, high // 2_000):
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high
