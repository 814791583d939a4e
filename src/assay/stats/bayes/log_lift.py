"""Log lifts: how many times the control, on the scale on which factors add up."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, pi, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from assay.core.errors import DataError
from assay.stats.bayes.mixture import Mixture, bracketed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAFE: Final = 5.0
"""Standard errors that both arms have to be above zero for a logarithm to be nearly normal."""
_ROOT: Final = sqrt(2 * pi)
_STEPS: Final = np.linspace(-8.5, 8.5, 341)
_STEP_WEIGHTS: Final = np.exp(-(_STEPS**2) / 2) / np.exp(-(_STEPS**2) / 2).sum()
"""Equal steps over a standard normal: for smooth integrands nothing converges faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLift:
    """An estimated log(treated / control), jointly normal with the estimate of log(control).

    Attributes:
        value, variance: of the log lift.
        control, control_variance: of the logarithm of the control's mean.
        covariance: of the two.
    """

    value: float
    variance: float
    control: float
    control_variance: float
    covariance: float

    @property
    def standard_error(self) -> float:
        """Of the log lift."""
        return sqrt(self.variance)


def log_lift(
    difference: float,
    variance: float,
    *,
    control: float,
    control_variance: float,
    covariance: float,
) -> LogLift | None:
    """The log lift behind a difference, by the delta method; None where it is not safe.

    It is safe where both arms are at least `SAFE` standard errors above zero.

    Args:
        difference: treated − control.
        variance: of the difference.
        control: the control's mean.
        control_variance: of that mean.
        covariance: of difference and control; −control_variance for independent arms.

    Raises:
        DataError: where the variance is not positive and finite.
    """
    if not 0 < variance < inf:
        raise DataError(f"variance={variance}, expected positive and finite")
    treated = control + difference
    treated_variance = max(variance + 2 * covariance + control_variance, 0.0)
    safe = control > SAFE * sqrt(control_variance) and treated > SAFE * sqrt(treated_variance)
    if not (safe and control > 0 and treated > 0):
        return None
    own, base = treated_variance / treated**2, control_variance / control**2
    shared = (covariance + control_variance) / treated / control
    found = own + base - 2 * shared
    if not found > 0:
        return None
    return LogLift(
        value=log(treated / control),
        variance=found,
        control=log(control),
        control_variance=base,
        covariance=shared - base,
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LiftBelief:
    """What is believed of a log lift and of the control, jointly normal in each part.

    Attributes:
        log_lift: a mixture.
        control: per part, mean of the log of the control; `control_variance`, `covariance` with
            the log lift likewise.
    """

    log_lift: Mixture
    control: Array
    control_variance: Array
    covariance: Array

    def lift_quantiles(self, levels: Sequence[float]) -> list[float]:
        """Quantiles of treated / control − 1."""
        return [float(x) for x in np.expm1(self.log_lift.quantiles(levels))]

    @property
    def loss_if_positive(self) -> float:
        """Mean of max(treated − control, 0), in the metric's unit: given up by the control."""
        treated, control = self._levels()
        return self._exchange(treated, control)

    @property
    def loss_if_negative(self) -> float:
        """Mean of max(control − treated, 0): given up by using the variant."""
        treated, control = self._levels()
        return self._exchange(control, treated)

    @property
    def difference(self) -> float:
        """Expected treated − control."""
        treated, control = self._levels()
        return float(self.log_lift.weights @ (treated - control))

    def difference_quantiles(self, levels: Sequence[float]) -> list[float]:
        """Quantiles of treated − control, by quadrature over the log of the control.

        Given it, the difference is at most x where the log lift is at most log(1 + x / control):
        a normal probability, smooth in the control.
        """
        own = self.log_lift
        spread = np.sqrt(np.maximum(self.control_variance, 1e-30))
        at = self.control[:, None] + spread[:, None] * _STEPS
        slope = self.covariance / spread**2
        centre = own.means[:, None] + slope[:, None] * (at - self.control[:, None])
        rest = np.sqrt(np.maximum(own.sds**2 - slope * self.covariance, 1e-30))[:, None]
        weight = own.weights[:, None] * _STEP_WEIGHTS

        def below(values: Array) -> Array:
            shares = np.maximum(values[:, None, None] * np.exp(-at), -1.0)
            with np.errstate(divide="ignore"):  # no arm loses more than there is: probability 0
                least = np.log1p(shares)
            return np.asarray((weight * ndtr((least - centre) / rest)).sum(axis=(1, 2)))

        def density(values: Array) -> Array:
            levels = np.exp(at) + values[:, None, None]
            whole = np.where(levels > 0, levels, 1.0)
            z = (np.log(whole) - at - centre) / rest
            height = np.where(levels > 0, np.exp(-z * z / 2) / (_ROOT * rest * whole), 0.0)
            return np.asarray((weight * height).sum(axis=(1, 2)))

        wanted = np.asarray(levels, dtype=float)
        largest = np.exp(self.control.max() + 9 * spread.max())
        reach = np.clip(
            own.means[:, None] + 9 * own.sds[:, None] * np.array([-1.0, 1.0]), -700, 300
        )
        ends = np.array([[-largest], [largest * max(np.expm1(reach).max(), 1e-12)]])
        start = np.exp(own.weights @ self.control) * np.expm1(self.log_lift.quantiles(levels))
        ends = ends * np.ones(len(wanted))
        return [float(v) for v in bracketed(below, density, wanted, ends, start=start)]

    def _levels(self) -> tuple[Array, Array]:
        """Expected treated and control, per part: log-normal means."""
        variance = self.log_lift.sds**2
        control = np.exp(self.control + self.control_variance / 2)
        total = self.control_variance + variance + 2 * self.covariance
        treated = np.exp(self.control + self.log_lift.means + total / 2)
        return treated, control

    def _exchange(self, one: Array, other: Array) -> float:
        """Mean of max(one − other, 0) of two jointly log-normal values (Margrabe 1978, eq. 7)."""
        sd = self.log_lift.sds
        ahead = np.log(one / other) / sd + sd / 2
        found = one * ndtr(ahead) - other * ndtr(ahead - sd)
        return float(self.log_lift.weights @ np.maximum(found, 0.0))


def believe(found: LogLift, prior: Mixture | None) -> LiftBelief:
    """What is believed of a log lift after its estimate; of the control, nothing was before.

    Args:
        found: the estimate.
        prior: of the log lift; None is flat.
    """
    if prior is None:
        one = np.ones(1)
        return LiftBelief(
            log_lift=Mixture.normal(found.value, found.standard_error),
            control=found.control * one,
            control_variance=found.control_variance * one,
            covariance=found.covariance * one,
        )
    after = prior.updated(found.value, found.variance)
    drawn = found.covariance / (prior.sds**2 + found.variance)
    return LiftBelief(
        log_lift=after,
        control=found.control - drawn * (found.value - prior.means),
        control_variance=np.maximum(found.control_variance - drawn * found.covariance, 0.0),
        covariance=drawn * prior.sds**2,
    )


def lift_of(log_value: float) -> float:
    """A lift from its logarithm: 0.1 is 10.5 % more."""
    return exp(log_value) - 1
