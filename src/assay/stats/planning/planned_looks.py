"""Plans of several looks, in the form in which power is computed from them."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from assay.core.errors import DataError
from assay.stats.sequential.confidence_sequences import multiplier
from assay.stats.sequential.group_sequential import FARTHEST, critical_values, exits
from assay.stats.sequential.looks import Looks
from assay.stats.sequential.spending import SPENDINGS

PlanKind = Literal["once", "group-sequential", "anytime"]


@lru_cache(maxsize=256)
def planned_looks(
    kind: PlanKind, *, looks: int, alpha: float, spending: str = "obrien-fleming"
) -> Looks | None:
    """Evenly spaced looks with the bounds that the rule of analysis would use.

    Args:
        kind: `once` has none; `group-sequential` spends alpha over the looks; `anytime` is a
            confidence sequence that is tightest at the planned end, read at each of the looks.
        looks: how many.
        alpha: two-sided error over all of them.
        spending: name in `spending.SPENDINGS`.
    """
    if kind == "once":
        return None
    if not looks >= 1:
        raise DataError(f"{looks} looks, expected at least one")
    fractions = tuple((k + 1) / looks for k in range(looks))
    if kind == "anytime":
        bounds = tuple(multiplier(f, 1.0, alpha) for f in fractions)
    else:
        spent = [SPENDINGS[spending](f, alpha) for f in fractions]
        bounds = tuple(min(c, FARTHEST) for c in critical_values(fractions, spent))
    return Looks(fractions=fractions, bounds=bounds)


def stopped(looks: Looks, drift: float) -> tuple[float, ...]:
    """Chance of having crossed a bound, on either side, by each look.

    Args:
        looks: the plan.
        drift: expected statistic at the last look.
    """
    found, total = [], 0.0
    parts = exits(looks.fractions, looks.bounds, drift=drift)
    for above, below in zip(parts.upper, parts.lower, strict=True):
        total += above + below
        found.append(min(total, 1.0))
    return tuple(found)


def expected_fraction(looks: Looks, drift: float) -> float:
    """Mean share of the planned units after which the experiment ends; at the last look it does."""
    ended = stopped(looks, drift)
    steps = zip(looks.fractions, (0.0, *looks.fractions), (0.0, *ended), strict=False)
    return sum((here - before) * (1 - done) for here, before, done in steps)
