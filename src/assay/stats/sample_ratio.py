"""Whether arms have the sizes that the split promised."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from scipy.special import chdtrc

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """Pearson's statistic, its degrees of freedom, and the probability of one as large."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


def chi_square(observed: Sequence[int], weights: Sequence[float]) -> GoodnessOfFit:
    """How surprising the counts are, were each unit put into a group by these weights.

    Args:
        observed: units per group.
        weights: relative sizes, any positive scale.

    Raises:
        DataError: with fewer than two groups, a negative count, no units at all, or a weight that
            is not positive (a group that nobody should be in has no place in the test: it would
            add a degree of freedom and hide a real imbalance).

    References:
        Pearson (1900), Philosophical Magazine 50; Fabijan et al. (2019), Diagnosing sample ratio
        mismatch in online controlled experiments, KDD.
    """
    if len(observed) != len(weights) or len(observed) < 2:
        raise DataError(
            f"{len(observed)} counts, {len(weights)} weights, expected two or more each"
        )
    if not all(n >= 0 for n in observed) or not sum(observed) > 0:
        raise DataError(f"counts {tuple(observed)}, expected none negative and some units")
    if not all(0 < w < float("inf") for w in weights):
        raise DataError(f"weights {tuple(weights)}, expected positive numbers")
    units, whole = sum(observed), fsum(weights)
    expected = [units * (w / whole) for w in weights]
    statistic = fsum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    freedom = len(observed) - 1
    return GoodnessOfFit(statistic, freedom, float(chdtrc(freedom, statistic)))
