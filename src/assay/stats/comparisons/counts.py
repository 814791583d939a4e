"""Counts per unit: whether they scatter as a Poisson's do, and means under either model."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf, sqrt
from typing import TYPE_CHECKING

from scipy.special import ndtr

from assay.core.errors import DataError
from assay.stats.means import SampleMean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.moments import Moments


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much more counts scatter than a Poisson's, whose variance is its mean.

    Attributes:
        index: variance over mean within the arms; 1 for a Poisson.
        excess: `a` of the variance `m + a m²`, zero for a Poisson; none is below.
        p_value: one-sided, of counts that scatter no more than a Poisson's.
    """

    index: float
    excess: float
    p_value: float


def dispersion(arms: Sequence[Moments]) -> Dispersion:
    """Tests for over-dispersion, each arm with a mean of its own (the score test).

    Args:
        arms: moments of one column of counts.

    Raises:
        DataError: where no arm has a count above zero, or one has fewer than two units.

    References:
        Dean (1992), Testing for overdispersion in Poisson and binomial regression models, JASA
        87(418), eq. 2.6 (P_B, with the correction for fitted means).
    """
    if any(arm.n < 2 for arm in arms):
        raise DataError("an arm has fewer than two units, expected two for a variance")
    total = fsum(arm.n * arm.mean[0] for arm in arms)
    if not total > 0:
        raise DataError("all counts are zero, expected some events")
    beyond = [arm.scatter[0][0] - (arm.n - 1) * arm.mean[0] for arm in arms]
    scale = fsum(arm.n * arm.mean[0] ** 2 for arm in arms)
    weight = fsum((arm.n - 1) * arm.mean[0] for arm in arms)
    statistic = fsum(beyond) / sqrt(2 * scale)
    spread = fsum((arm.n - 1) * arm.mean[0] ** 2 for arm in arms)
    return Dispersion(
        index=fsum(arm.scatter[0][0] for arm in arms) / weight,
        excess=max(0.0, fsum(beyond) / spread),
        p_value=float(ndtr(-statistic)),
    )


def count_mean(moments: Moments, excess: float) -> SampleMean:
    """A mean count whose variance is that of a negative binomial (of a Poisson at no excess).

    Raises:
        DataError: where the moments are of no units, or the excess is negative.

    References:
        Lawless (1987), Negative binomial and mixed Poisson regression, Canadian J. Statistics
        15(3), eq. 2.5.
    """
    if not (moments.n > 0 and 0 <= excess < inf):
        raise DataError(f"n={moments.n}, excess={excess}, expected units and no negative excess")
    mean = moments.mean[0]
    variance = (mean + excess * mean * mean) / moments.n
    return SampleMean(mean, variance, max(moments.n - 1, 1))
