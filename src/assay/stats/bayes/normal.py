"""A difference of means under a normal prior: what is believed, and what a wrong choice costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, pi, sqrt
from typing import Final

from scipy.special import erfcx, ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.fieller import RatioInterval, fieller

_ROOT_TWO_PI: Final = sqrt(2 * pi)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalPosterior:
    """The difference `treated − control` and the control's mean, jointly normal.

    Attributes:
        mean, variance: of the difference.
        control: mean of the control; the prior on the difference moves it a little too.
        control_variance, covariance: of the control, and of it with the difference.
    """

    mean: float
    variance: float
    control: float
    control_variance: float
    covariance: float

    def __post_init__(self) -> None:
        numbers = (self.mean, self.control, self.covariance)
        if not (all(-inf < x < inf for x in numbers) and 0 < self.variance < inf):
            raise DataError(f"{self}, expected finite numbers and a positive variance")

    @property
    def p_positive(self) -> float:
        """Probability that the difference is above zero."""
        return float(ndtr(self.mean / sqrt(self.variance)))

    @property
    def p_negative(self) -> float:
        """Probability that the difference is below zero."""
        return float(ndtr(-self.mean / sqrt(self.variance)))

    @property
    def loss_if_positive(self) -> float:
        """Mean of max(difference, 0): given up by staying with the control."""
        return _mean_excess(self.mean, sqrt(self.variance))

    @property
    def loss_if_negative(self) -> float:
        """Mean of max(−difference, 0): given up by using the variant."""
        return _mean_excess(-self.mean, sqrt(self.variance))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Central credible interval of the difference."""
        half = self._critical(alpha) * sqrt(self.variance)
        return self.mean - half, self.mean + half

    def lift(self, alpha: float) -> RatioInterval:
        """Interval of difference / |control|, by Fieller's argument on the joint posterior."""
        critical = self._critical(alpha)
        return fieller(
            self.mean,
            self.control,
            half_width=critical * sqrt(self.variance),
            variance=self.control_variance,
            covariance=self.covariance,
            critical_value=critical,
        )

    @staticmethod
    def _critical(alpha: float) -> float:
        if not 0 < alpha < 1:
            raise DataError(f"alpha={alpha}, expected between 0 and 1")
        return -float(ndtri(alpha / 2))


def update(  # noqa: PLR0913  a joint normal of two has five parts, a prior one
    difference: float,
    variance: float,
    *,
    control: float,
    control_variance: float,
    covariance: float,
    prior_sd: float | None,
) -> NormalPosterior:
    """What is believed after an estimated difference, if N(0, prior_sd²) was believed before.

    Args:
        difference: estimate of treated − control.
        variance: of that estimate.
        control: estimate of the control's mean, on which nothing was believed before.
        control_variance: of the control's estimate.
        covariance: of difference and control; −control_variance for independent arms.
        prior_sd: None for a flat prior, under which the answer is the estimate itself.

    Raises:
        DataError: where the variance or the prior's spread is not positive and finite.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 2.5 and 3.5.
    """
    if not 0 < variance < inf:
        raise DataError(f"variance={variance}, expected positive and finite")
    if prior_sd is None:
        return NormalPosterior(
            mean=difference,
            variance=variance,
            control=control,
            control_variance=control_variance,
            covariance=covariance,
        )
    if not 0 < prior_sd < inf:
        raise DataError(f"prior_sd={prior_sd}, expected positive and finite")
    total = prior_sd * prior_sd + variance
    kept, drawn = prior_sd * prior_sd / total, covariance / total
    return NormalPosterior(
        mean=difference * kept,
        variance=variance * kept,
        control=control - drawn * difference,
        control_variance=max(control_variance - drawn * covariance, 0.0),
        covariance=covariance * kept,
    )


def _mean_excess(mean: float, sd: float) -> float:
    """Mean of max(x, 0) for x ~ N(mean, sd²), exact to rounding also far out in the tail.

    `sd (φ(z) + z Φ(z))`; below zero the two terms cancel, so there φ is taken out and Mills'
    ratio written with the scaled complementary error function.
    """
    z = mean / sd
    height = exp(-z * z / 2) / _ROOT_TWO_PI
    if z >= 0:
        return sd * (height + z * float(ndtr(z)))
    mills = sqrt(pi / 2) * float(erfcx(-z / sqrt(2)))
    return sd * height * max(0.0, 1 + z * mills)
