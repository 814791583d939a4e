"""Post-stratification: arms compared as if each had all units' mixture of strata."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from assay.core.errors import DataError
from assay.stats.means import Gap, SampleMean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.moments import Moments

Stratum = tuple["Moments", "Moments"]
"""The treated arm's moments in one stratum, and the control's."""


@dataclass(frozen=True, slots=True)
class Stratified:
    """A difference within strata, averaged over them.

    Attributes:
        treated, control: arm means under the common mixture.
        covariance: of the difference and the control's mean.
    """

    gap: Gap
    treated: float
    control: SampleMean
    covariance: float


def post_stratify(strata: Sequence[Stratum], units: Sequence[int]) -> Stratified:
    """Differences within strata, weighted by the shares of all units together.

    The variance is that of the means within strata, and that of the mixture, which is a sample too:
    where the effect is not the same in every stratum, other units would have mixed them otherwise.

    Args:
        strata: of each stratum the two arms, two units or more in each.
        units: of each stratum in all arms, also in those that are not compared here.

    Raises:
        DataError: without strata, where an arm of one has fewer than two units, or where nothing
            varies.

    References:
        Miratrix, Sekhon & Yu (2013), Adjusting treatment effect estimates by post-stratification
        in randomized experiments, JRSS B 75(2), sec. 2; Cochran (1977), Sampling Techniques,
        sec. 5A.9.
    """
    if not strata or len(strata) != len(units):
        raise DataError(f"{len(strata)} strata and {len(units)} counts, expected as many")
    whole = sum(units)
    weights = [n / whole for n in units]
    parts = [
        [w * w * arm.variance() / arm.n for arm in stratum]
        for w, stratum in zip(weights, strata, strict=True)
    ]
    gaps = [one.mean[0] - other.mean[0] for one, other in strata]
    levels = [other.mean[0] for _, other in strata]
    value = _mean(weights, gaps)
    level = _mean(weights, levels)
    within = [fsum(part[i] for part in parts) for i in range(2)]
    mixed = _mean(weights, [(g - value) ** 2 for g in gaps]) / whole
    mixed_level = _mean(weights, [(m - level) ** 2 for m in levels]) / whole
    crossed = [(g - value) * (m - level) for g, m in zip(gaps, levels, strict=True)]
    total = fsum(within)
    if not total > 0:
        raise DataError("no variation within the strata, expected some")
    freedom = total**2 / fsum(
        x * x / (arm.n - 1)
        for part, stratum in zip(parts, strata, strict=True)
        for x, arm in zip(part, stratum, strict=True)
    )
    control = SampleMean(level, within[1] + mixed_level, freedom)
    return Stratified(
        Gap(value, total + mixed, freedom),
        value + level,
        control,
        _mean(weights, crossed) / whole - within[1],
    )


def _mean(weights: Sequence[float], values: Sequence[float]) -> float:
    return fsum(w * x for w, x in zip(weights, values, strict=True))
