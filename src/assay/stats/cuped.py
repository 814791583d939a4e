"""Variance reduction by what was known before the experiment began."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from assay.core.errors import DataError
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Arms after the covariate's share was taken out.

    Attributes:
        arms: moments of `y − theta · (x − pooled mean of x)`, one column, in the order given.
        theta: slope of y on x within the arms.
        rho_squared: share of the variance within the arms that x explains.
        shared_variance: of `theta · (pooled mean of x)`, which every arm's mean has in common. A
            difference of arms is free of it; a lift, which divides by one of them, is not.
    """

    arms: tuple[Moments, ...]
    theta: float
    rho_squared: float
    shared_variance: float


def adjust(arms: Sequence[Moments]) -> Adjustment:
    """Arm means at the pooled covariate mean, with one slope pooled within all arms.

    Args:
        arms: moments of two columns, outcome and covariate; the covariate must have been measured
            before exposure, or the adjustment takes out part of the effect itself.

    Raises:
        DataError: where the covariate does not vary within any arm.

    References:
        Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled
        experiments by utilizing pre-experiment data, WSDM, sec. 3.2.
    """
    between = fsum(arm.scatter[0][1] for arm in arms)
    of_x = fsum(arm.scatter[1][1] for arm in arms)
    of_y = fsum(arm.scatter[0][0] for arm in arms)
    if not of_x > 0:
        raise DataError("the covariate does not vary within the arms, expected some variation")
    units = sum(arm.n for arm in arms)
    freedom = sum(max(arm.n - 1, 0) for arm in arms)
    centre = fsum(arm.mean[1] * (arm.n / units) for arm in arms)
    theta = between / of_x
    explained = (between / of_x) * (between / of_y) if of_y > 0 else 0.0
    return Adjustment(
        tuple(
            arm.project(((1.0, -theta),), mean=(arm.mean[0] - theta * (arm.mean[1] - centre),))
            for arm in arms
        ),
        theta,
        min(1.0, max(0.0, explained)),
        theta * (of_x / freedom / units) * theta,
    )
