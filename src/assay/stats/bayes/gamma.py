"""A rate of events after a count of them: Gamma-distributed, if the counts are Poisson."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import (
    betainc,
    betaincc,
    betaincinv,
    chdtrc,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
)

from assay.core.errors import DataError
from assay.stats.bayes.choice import TAILS, Choice, choose, panels
from assay.stats.bayes.even_steps import ENOUGH, LOG, Bell, even_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

JEFFREYS: Final = 0.5
"""Events that the reference prior of a Poisson rate adds; it adds no exposure."""


@dataclass(frozen=True)
class Gamma:
    """What is known of a rate: `shape` events (the prior's half among them) in `exposure`."""

    shape: float
    exposure: float

    def __post_init__(self) -> None:
        if not (0 < self.shape < np.inf and 0 < self.exposure < np.inf):
            raise DataError(f"Gamma({self.shape}, {self.exposure}), expected positive numbers")

    @classmethod
    def after(cls, events: float, exposure: float, *, prior: float = JEFFREYS) -> Gamma:
        """The posterior of a Poisson rate, by default under Jeffreys' prior.

        Args:
            events: counted.
            exposure: units, days, … that they were counted over.
            prior: events that the prior adds; 1 is a flat prior on the rate.

        Raises:
            DataError: where there are less than no events, or no exposure.
        """
        if not 0 <= events < np.inf:
            raise DataError(f"events={events}, expected a count")
        return cls(events + prior, exposure)

    @property
    def mean(self) -> float:
        """Expected rate."""
        return self.shape / self.exposure

    @property
    def sd(self) -> float:
        """Standard deviation of the rate."""
        return float(np.sqrt(self.shape)) / self.exposure

    @cached_property
    def bell(self) -> Bell | None:
        """Where its logarithm lies, if events are enough for that to be normal."""
        if self.shape < ENOUGH:
            return None
        return Bell(LOG, float(np.log(self.mean)), float(1 / np.sqrt(self.shape)))

    @cached_property
    def ends(self) -> tuple[float, float]:
        """From no event at all to where nothing is left."""
        return 0.0, float(gammainccinv(self.shape, 1e-30) / self.exposure)

    def below(self, x: Array) -> Array:
        """Probability of a rate of at most x."""
        return np.asarray(gammainc(self.shape, np.maximum(x, 0.0) * self.exposure))

    def above(self, x: Array) -> Array:
        """Probability of a rate above x, without subtracting from one."""
        return np.asarray(gammaincc(self.shape, np.maximum(x, 0.0) * self.exposure))

    def density(self, x: Array) -> Array:
        """Proportional to the density of the rate, and 1 at the mode where there is one."""
        more = self.shape - 1
        mode = more / self.exposure if more > 0 else self.mean
        inside = x > 0
        at = np.where(inside, x, mode) / mode
        return np.where(inside, np.exp(more * np.log(at) - mode * self.exposure * (at - 1)), 0.0)

    @cached_property
    def mass(self) -> float:
        """What `density` integrates to."""
        x, w = even_steps(self.bell) or panels(self.marks[None, :], self.ends)
        return float((w * self.density(x)).sum())

    @cached_property
    def marks(self) -> Array:
        """Points between which the density and the distribution function are smooth.

        With a density that is infinite at zero they are many there, a factor of two apart or so.
        """
        near_zero = TAILS if self.shape >= 1 else np.geomspace(1e-18, 0.5, 73)
        lower = gammaincinv(self.shape, near_zero)
        upper = gammainccinv(self.shape, TAILS)
        return np.asarray(np.concatenate((lower, upper)) / self.exposure)


DISPERSED: Final = 0.05
"""Below this p-value counts are taken to vary more than a Poisson's would."""


def dispersion_p(samples: Sequence[tuple[float, float, int]]) -> float:
    """How probable so much variance is, were all counts Poisson; samples have their own means.

    Args:
        samples: (mean, variance, n) of each; one of mean zero tells nothing.

    References:
        Fisher (1950), The significance of deviations from expectation in a Poisson series,
        Biometrics 6 (index of dispersion).
    """
    told = [(variance / mean, n - 1) for mean, variance, n in samples if mean > 0 and n > 1]
    if not told:
        return 1.0
    return float(chdtrc(sum(df for _, df in told), sum(ratio * df for ratio, df in told)))


def choose_rates(variant: Gamma, control: Gamma) -> Choice:
    """Which of two rates is larger: the chance in closed form, the losses by quadrature.

    With x and y the rates times their exposures, x / (x + y) is Beta-distributed, so that
    P(variant > control) is a regularised incomplete beta function. (A density that is infinite at
    zero, as after no event, costs quadrature digits; a distribution function does not.)

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 2.6 and app. A.
    """
    even = variant.exposure / (variant.exposure + control.exposure)
    found = choose(variant, control)
    return Choice(
        p_greater=float(betaincc(variant.shape, control.shape, even)),
        p_less=float(betainc(variant.shape, control.shape, even)),
        loss_variant=found.loss_variant,
        loss_control=found.loss_control,
    )


def rate_lift_quantiles(variant: Gamma, control: Gamma, levels: Sequence[float]) -> list[float]:
    """Quantiles of `variant / control − 1`, in closed form.

    The odds of the Beta share in `choose_rates` are the ratio of the rates, but for exposure.
    """
    at = np.asarray(levels, dtype=float)
    share = betaincinv(variant.shape, control.shape, at)
    rest = betaincinv(control.shape, variant.shape, 1 - at)
    odds = np.where(share < 0.5, share / (1 - share), (1 - rest) / rest)
    return [float(x) for x in odds * (control.exposure / variant.exposure) - 1]
