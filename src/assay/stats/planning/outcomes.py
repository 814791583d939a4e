"""What can be measured, for planning: rates, means, counts, times; clusters and covariates."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, inf, isfinite, log, sqrt
from typing import TYPE_CHECKING, Literal

from assay.core.errors import DataError
from assay.stats.delta import linearise
from assay.stats.planning.power import Claim, Estimator, Outcome, difference_of_means

if TYPE_CHECKING:
    from assay.stats.moments import Moments

RateTest = Literal["unpooled", "pooled", "arcsine"]
CountScale = Literal["difference", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of units.

    Attributes:
        base: in the control.
        test: `unpooled` estimates each arm's variance by itself (Wald; what Welch's t on zeros and
            ones becomes), `pooled` divides by the error under equal rates (the two-proportion z
            test), `arcsine` compares 2·asin(√rate), whose variance is 1/n (Cohen's h).

    References:
        Fleiss, Levin & Paik (2003), Statistical methods for rates and proportions, 3rd ed., sec.
        4.2; Cohen (1988), Statistical power analysis, 2nd ed., sec. 6.2.
    """

    base: float
    test: RateTest = "unpooled"

    def __post_init__(self) -> None:
        if not 0 < self.base < 1:
            raise DataError(f"rate {self.base}, expected between 0 and 1")

    @property
    def reach(self) -> tuple[float, float]:
        """To a rate of 0, and to a rate of 1."""
        return -self.base, 1 - self.base

    @property
    def fewest(self) -> float:
        """One unit has a rate."""
        return 1.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The difference of the rates, or of their arcs, with its error."""
        rate = min(max(self.base + effect, 0.0), 1.0)
        if self.test != "unpooled" and claim.bound:
            raise DataError(
                f"a {self.test} test against a bound of {claim.bound:g}, expected zero",
                remedy="use test='unpooled': against a margin the rates are not equal under the"
                " null",
            )
        if self.test == "arcsine":
            return Estimator(
                shift=2 * (asin(sqrt(rate)) - asin(sqrt(self.base))),
                error=sqrt(1 / treated + 1 / control),
            )
        found = difference_of_means(
            self,
            effect,
            claim,
            of_treated=rate * (1 - rate) / treated,
            of_control=self.base * (1 - self.base) / control,
        )
        if self.test == "unpooled":
            return found
        pooled = (rate * treated + self.base * control) / (treated + control)
        null = sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
        return Estimator(shift=found.shift, error=found.error, null=null)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """An average over units, compared by Welch's t: exact in the noncentral t for equal arms.

    Ratios of sums, quantiles and pass rates are means in this sense, by the spread that one unit
    adds (`ratio_spread`, `quantile_spread`, `pass_at_k`).

    Attributes:
        base: in the control.
        sd: standard deviation of a unit's value.
        grows: the treated arm's sd grows in proportion to its mean, as skewed amounts do.
        normal: the error counts as known (or n as large), so that the statistic is normal.

    References:
        Welch (1947), Biometrika 34; Johnson, Kotz & Balakrishnan (1995), Continuous univariate
        distributions vol. 2, 2nd ed., ch. 31 (noncentral t).
    """

    base: float
    sd: float
    grows: bool = False
    normal: bool = False

    def __post_init__(self) -> None:
        if not (isfinite(self.base) and 0 < self.sd < inf):
            raise DataError(f"mean {self.base}, sd {self.sd}, expected finite and positive sd")
        if self.grows and self.base == 0:
            raise DataError("an sd that grows with a mean of 0", remedy="leave grows out")

    @property
    def reach(self) -> tuple[float, float]:
        """A mean may rise to anything; one that its spread follows cannot fall below zero."""
        if not self.grows:
            return -inf, inf
        return (-self.base, inf) if self.base > 0 else (-inf, -self.base)

    @property
    def fewest(self) -> float:
        """Two units have a spread."""
        return 2.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The difference of the means, with Satterthwaite's degrees of freedom."""
        larger = abs(1 + effect / self.base) if self.grows else 1.0
        here, there = (self.sd * larger) ** 2 / treated, self.sd**2 / control
        freedom = (here + there) ** 2 / (here**2 / (treated - 1) + there**2 / (control - 1))
        return difference_of_means(
            self,
            effect,
            claim,
            of_treated=here,
            of_control=there,
            freedom=inf if self.normal else freedom,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Events per unit: Poisson, or negative binomial where units differ.

    Attributes:
        base: events per unit and time in the control.
        dispersion: k of the variance `μ + k μ²`; 0 is Poisson.
        exposure: time for which a unit is watched.
        scale: `difference` compares means; `log` the logarithms of the rates, as regression
            models of counts do.

    References:
        Zhu & Lakkis (2014), Sample size calculation for comparing two negative binomial rates,
        Statistics in Medicine 33, eq. 1 with the variance under the alternative.
    """

    base: float
    dispersion: float = 0.0
    exposure: float = 1.0
    scale: CountScale = "difference"

    def __post_init__(self) -> None:
        if not (0 < self.base < inf and 0 <= self.dispersion < inf and 0 < self.exposure < inf):
            raise DataError(f"{self}, expected a positive rate and exposure and dispersion ≥ 0")

    @property
    def reach(self) -> tuple[float, float]:
        """To no events at all, and to any number of them."""
        lowest = -self.base if self.scale == "difference" else -self.base * (1 - 1e-9)
        return lowest, inf

    @property
    def fewest(self) -> float:
        """One unit has a count."""
        return 1.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The difference of the rates, or of their logarithms."""
        rate = self.base + effect
        if self.scale == "difference":
            return difference_of_means(
                self,
                effect,
                claim,
                of_treated=self._variance(rate) / treated,
                of_control=self._variance(self.base) / control,
            )
        here = (1 / (self.exposure * rate) + self.dispersion) / treated
        there = (1 / (self.exposure * self.base) + self.dispersion) / control
        return Estimator(
            shift=log(rate / self.base) - _log_bound(claim, self.base), error=sqrt(here + there)
        )

    def _variance(self, rate: float) -> float:
        return rate / self.exposure + self.dispersion * rate * rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Time until an event: what counts are the events, not the units.

    An effect is a change of the hazard relative to the control's (`base` is 1): −.2 is a hazard
    ratio of .8.

    Attributes:
        events: share of the control's units that have the event while they are watched.

    References:
        Schoenfeld (1983), Sample-size formula for the proportional-hazards regression model,
        Biometrics 39: the log hazard ratio has variance 1 / (D π (1 − π)) with D events, π the
        treated share.
    """

    events: float

    def __post_init__(self) -> None:
        if not 0 < self.events <= 1:
            raise DataError(f"share with an event {self.events}, expected above 0 and at most 1")

    @property
    def base(self) -> float:
        """The control's hazard is the measure of all."""
        return 1.0

    @property
    def reach(self) -> tuple[float, float]:
        """To (nearly) no hazard, and to any."""
        return -1 + 1e-9, inf

    @property
    def fewest(self) -> float:
        """Enough for one event in all."""
        return 1.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The logarithm of the hazard ratio."""
        ratio = 1 + effect
        found = treated * (1 - (1 - self.events) ** ratio) + control * self.events
        share = treated / (treated + control)
        return Estimator(
            shift=log(ratio) - _log_bound(claim, 1.0),
            error=1 / sqrt(found * share * (1 - share)),
        )


def _log_bound(claim: Claim, base: float) -> float:
    relative = claim.bound if claim.lift else claim.bound / base
    if not relative > -1:
        raise DataError(f"a bound of {relative:g} of the control, expected above −1")
    return log(1 + relative)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """Another outcome whose variance is multiplied: by clusters, or (below 1) by a covariate.

    Attributes:
        factor: of the variance (`design_effect`, or `1 − rho²`).
        group: units that count as one for the degrees of freedom: the size of a cluster.
    """

    of: Outcome
    factor: float
    group: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.factor < inf and 1 <= self.group < inf):
            raise DataError(f"factor {self.factor}, group {self.group}, expected positive and ≥ 1")

    @property
    def base(self) -> float:
        """Of the outcome itself."""
        return self.of.base

    @property
    def reach(self) -> tuple[float, float]:
        """Of the outcome itself."""
        return self.of.reach

    @property
    def fewest(self) -> float:
        """As many clusters as the outcome needs units."""
        return self.of.fewest * self.group

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The estimate with its errors stretched."""
        found = self.of.estimator(effect, treated, control, claim)
        freedom = found.freedom
        if isfinite(freedom) and self.group > 1:
            grouped = self.of.estimator(effect, treated / self.group, control / self.group, claim)
            freedom = grouped.freedom
        stretch = sqrt(self.factor)
        return Estimator(
            shift=found.shift,
            error=found.error * stretch,
            null=None if found.null is None else found.null * stretch,
            freedom=freedom,
        )


def design_effect(size: float, correlation: float, *, variation: float = 0.0) -> float:
    """By how much clusters multiply the variance of a mean over units.

    Args:
        size: mean units per cluster.
        correlation: of two units of one cluster (intraclass).
        variation: coefficient of variation of the cluster sizes; 0 for equal ones.

    References:
        Kish (1965), Survey sampling, sec. 5.4; Eldridge, Ashby & Kerry (2006), Sample size for
        cluster randomized trials: effect of coefficient of variation of cluster size, Int. J.
        Epidemiology 35, eq. 2.
    """
    if not (size >= 1 and 0 <= correlation <= 1 and variation >= 0):
        raise DataError(f"size {size}, correlation {correlation}, variation {variation}")
    return 1 + max((variation * variation + 1) * size - 1, 0.0) * correlation


def adjusted(outcome: Outcome, rho: float) -> Scaled:
    """The outcome with a covariate that has this correlation with it (CUPED).

    References:
        Deng, Xu, Kohavi & Walker (2013), WSDM, sec. 3.2: the variance falls by rho².
    """
    if not -1 < rho < 1:
        raise DataError(f"rho={rho}, expected between −1 and 1")
    return Scaled(of=outcome, factor=1 - rho * rho)


def ratio_of(moments: Moments) -> Mean:
    """A ratio of sums over units as an outcome, by the delta method on (numerator, denominator)."""
    found = linearise(moments)
    return Mean(base=found.mean[0], sd=sqrt(found.variance()))
