"""What a plan adds because the spread it rests on was itself estimated."""

from __future__ import annotations

from math import isfinite

from scipy.special import nctdtrit, ndtri

from assay.core.errors import DataError


def stretched_for_estimate(*, freedom: float, alpha: float, wanted: float = 0.8) -> float:
    """The factor by which units grow, so that the power holds on average over the spread's error.

    A spread that was estimated too small makes a plan too small by more than one estimated too
    large makes it too large.

    Args:
        freedom: degrees of freedom of the estimated spread.
        alpha: one-sided error of the claim.
        wanted: power.

    References:
        Julious & Owen (2006), Sample size calculations for clinical studies allowing for
        uncertainty about the variance, Pharmaceutical Statistics 5, eq. 8.
    """
    if not (freedom > 0 and 0 < alpha < wanted < 1):
        raise DataError(
            f"freedom {freedom}, alpha {alpha}, power {wanted}, expected alpha below it"
        )
    bound = -float(ndtri(alpha))
    if not isfinite(freedom):
        return 1.0
    return float((nctdtrit(freedom, bound, wanted) / (bound + float(ndtri(wanted)))) ** 2)
