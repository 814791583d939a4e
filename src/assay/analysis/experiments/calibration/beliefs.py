"""Are beliefs calibrated where the prior is true? Truths drawn from it, ranked among beliefs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import chdtrc

from assay.analysis.experiments.calibration.rows import Row, within
from assay.core.units import PROBABILITY
from assay.stats.bayes.beta import Beta
from assay.stats.bayes.choice import difference_quantiles, lift_quantiles
from assay.stats.bayes.log_lift import believe, log_lift
from assay.stats.bayes.mixture import Mixture
from assay.stats.meta_analysis.pooling import pool

if TYPE_CHECKING:
    from numpy.random import Generator

PART: Final = "beliefs"
BINS: Final = 20
LEAST: Final = 0.001
"""p-value of evenness below which a belief is not calibrated."""
LEVELS: Final = tuple(i / BINS for i in range(1, BINS))


class Believing(Protocol):
    """One truth drawn from the prior, with data; where it ranks among what is believed."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        ...

    def bin(self, rng: Generator) -> int:
        """Of `BINS` equally likely ones, that in which the truth lies."""
        ...


@dataclass(frozen=True, slots=True)
class Ranked:
    """Simulation-based calibration.

    References:
        Cook, Gelman & Rubin (2006), JCGS 15(3); Talts, Betancourt, Simpson, Vehtari & Gelman
        (2018), Validating Bayesian inference algorithms with simulation-based calibration.
    """

    believing: Believing
    n: int

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Whether truths fall into all bins alike."""
        seen = np.bincount([self.believing.bin(rng) for _ in range(streams)], minlength=BINS)
        expected = streams / BINS
        p_value = float(chdtrc(BINS - 1, ((seen - expected) ** 2 / expected).sum()))
        base = Row(
            part=PART,
            measure="p that all bins are alike",
            outcome=self.believing.name,
            n=self.n,
            n_control=self.n,
            lift=None,
            streams=streams,
            unit=PROBABILITY,
            value=p_value,
            error=0.0,
            low=LEAST,
        )
        return [replace(base, holds=within(p_value, LEAST, None))]


@dataclass(frozen=True, slots=True)
class ExactRates:
    """Two rates, each of which could be anything: exact beliefs of their difference or ratio."""

    lift: bool
    trials: int

    @property
    def name(self) -> str:
        """With what is believed."""
        return f"{'lift' if self.lift else 'difference'} of two rates, {self.trials} trials each"

    def bin(self, rng: Generator) -> int:
        """Truth among the quantiles."""
        one, other = rng.random(2)
        variant, control = (
            Beta.after(int(rng.binomial(self.trials, p)), self.trials) for p in (one, other)
        )
        if self.lift:
            marks, truth = lift_quantiles(variant, control, LEVELS), one / other - 1
        else:
            marks, truth = difference_quantiles(variant, control, LEVELS), one - other
        return int(np.searchsorted(marks, truth))


@dataclass(frozen=True, slots=True)
class NormalLift:
    """Means of a normal outcome; log lifts with the default sceptical prior."""

    prior_sd: float
    n: int

    @property
    def name(self) -> str:
        """With its prior."""
        return f"log lift of means, prior of standard deviation {self.prior_sd:g}"

    def bin(self, rng: Generator) -> int:
        """Truth among beliefs made from the estimate and its estimated error."""
        truth = rng.normal(0, self.prior_sd)
        values = []
        for centre in (10.0, 10.0 * np.exp(truth)):
            mean = rng.normal(centre, 4 / self.n**0.5)
            values.append((mean, 16 * rng.chisquare(self.n - 1) / (self.n - 1) / self.n))
        (control, spread), (treated, variance) = values
        found = log_lift(
            treated - control,
            variance + spread,
            control=control,
            control_variance=spread,
            covariance=-spread,
        )
        if found is None:
            return int(rng.integers(BINS))
        after = believe(found, Mixture.normal(0.0, self.prior_sd)).log_lift
        return min(int(BINS * float(after.below(np.array(truth)))), BINS - 1)


@dataclass(frozen=True, slots=True)
class PooledPlaces:
    """Effects at several places about an unknown mean, their spread unknown, too."""

    places: int
    scale: float = 1.0

    @property
    def name(self) -> str:
        """With how many."""
        return f"effects at {self.places} places, pooled"

    def bin(self, rng: Generator) -> int:
        """One of the true effects among what is believed of it."""
        spread = abs(rng.normal(0, self.scale))
        true = 3.0 + spread * rng.normal(size=self.places)
        variances = rng.choice([0.1, 0.5, 2.0], self.places)
        seen = true + np.sqrt(variances) * rng.normal(size=self.places)
        after = pool(seen, variances, scale=self.scale).of(0)
        return min(int(BINS * float(after.below(np.array(true[0])))), BINS - 1)


CASES: Final = (
    Ranked(ExactRates(lift=False, trials=50), 50),
    Ranked(ExactRates(lift=True, trials=200), 200),
    Ranked(NormalLift(0.3, 400), 400),
    Ranked(NormalLift(0.05, 400), 400),
    Ranked(PooledPlaces(8), 8),
)
