"""Provider against provider: variants of a workload that were measured in the same runs."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from assay.core.errors import DataError
from assay.core.units import Count, Number

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST: Final = 3
"""Runs below which no interval is told: with two it would be a dozen times wider than with ten."""
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The time of one variant relative to that of another, over runs that measured both.

    Attributes:
        ratio: typical time of `variant` over that of `reference`; geometric mean over the runs.
        ratio_low, ratio_high: interval at 95 % that holds for all variants of the workload
            together; None with fewer than three runs.
    """

    workload: str
    variant: str
    reference: str
    runs: Count
    ratio: Number
    ratio_low: Number | None
    ratio_high: Number | None

    @property
    def differs(self) -> bool | None:
        """Whether one is faster; None where too few runs tell."""
        if self.ratio_low is None or self.ratio_high is None:
            return None
        return not self.ratio_low <= 1 <= self.ratio_high


def hold_against(workload: str, medians: Mapping[str, Mapping[int, float]]) -> tuple[Against, ...]:
    """Every variant against the first, by the runs in which both were measured.

    The runs are the observations: what the machine did in one run fell on both and cancels. With
    several variants the intervals are widened so that all of them hold at once (Bonferroni).

    Args:
        workload: its name.
        medians: variant → number of the run → median time in it.

    Raises:
        DataError: where no run has measured two of them.
    """
    reference, *others = medians
    found = []
    for variant in others:
        both = sorted(medians[reference].keys() & medians[variant].keys())
        if not both:
            raise DataError(f"no run has measured both {reference} and {variant} of {workload}")
        logs = np.log([medians[variant][run] / medians[reference][run] for run in both])
        low, high = _interval(logs, 1 - (1 - LEVEL) / len(others))
        found.append(
            Against(
                workload=workload,
                variant=variant,
                reference=reference,
                runs=len(both),
                ratio=exp(float(logs.mean())),
                ratio_low=low,
                ratio_high=high,
            )
        )
    return tuple(found)


def _interval(logs: np.ndarray, level: float) -> tuple[float | None, float | None]:
    """By Student's t over runs."""
    n = logs.size
    if n < FEWEST:
        return None, None
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * float(logs.std(ddof=1)) / sqrt(n)
    return exp(float(logs.mean()) - half), exp(float(logs.mean()) + half)
