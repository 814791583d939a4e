"""Does adjusting by a covariate keep the estimate unbiased, and gain what it says it gains?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.calibration.answers import Engine
from assay.analysis.experiments.calibration.batches import Batch
from assay.analysis.experiments.calibration.fixed import ALPHA
from assay.analysis.experiments.calibration.rows import ALLOWED, Row, allowance, figure, within
from assay.core.units import NONE
from assay.params import Metric

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

PART: Final = "adjusting by a covariate"
NEAR: Final = 0.02
"""How far the variance may lie from the 1 − rho² that the covariate promises."""
BIAS: Final = 3.0
"""Standard errors of the simulation by which the mean estimate may miss the truth."""
METRIC: Final = Metric(name="adjusted", kind="mean", value="value", covariate="before")
_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Covariate:
    """Outcome and covariate, correlated by rho within the arms.

    Attributes:
        rho: of their logarithms where skewed.
        skewed: lognormal (sigma 1) instead of normal (mean 10, standard deviation 4).
    """

    rho: float
    n: int
    n_control: int
    lift: float = 0.0
    skewed: bool = False

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Simulate with the engine, and beside it the plain difference of the same draws."""
        parts = []
        step = max(1, _AT_ONCE // (self.n + self.n_control))
        for start in range(0, streams, step):
            size = min(step, streams - start)
            treated, control = self._arm(rng, size, self.n), self._arm(rng, size, self.n_control)
            treated = self._raised(treated)
            found = Engine().answer(METRIC, treated, control, ALPHA)
            plain = treated.mean[:, 0] - control.mean[:, 0]
            ends = (found.low, found.high, found.lift_low, found.lift_high)
            parts.append(np.array([found.value, plain, *ends]))
        return self._rows(np.concatenate(parts, axis=1))

    @property
    def _centre(self) -> float:
        return float(np.exp(1.5)) if self.skewed else 10.0

    @property
    def explained(self) -> float:
        """Share of the variance that the best line explains."""
        if not self.skewed:
            return self.rho**2
        return float(((np.exp(self.rho) - 1) / (np.exp(1.0) - 1)) ** 2)

    def _arm(self, rng: Generator, streams: int, n: int) -> Batch:
        normal = rng.normal(size=(streams, 2, n))
        normal[:, 0] = self.rho * normal[:, 1] + (1 - self.rho**2) ** 0.5 * normal[:, 0]
        values = np.exp(1 + normal) if self.skewed else 10 + 4 * normal
        return Batch.of(values, keep=True)

    def _raised(self, batch: Batch) -> Batch:
        """The lift is a factor of the outcome, and leaves the covariate alone."""
        factor = np.array([1 + self.lift, 1.0])
        values = None if batch.values is None else batch.values * factor[:, None]
        scatter = batch.scatter * np.outer(factor, factor)
        return Batch(batch.n, batch.mean * factor, scatter, values=values)

    def _rows(self, found: NDArray[np.float64]) -> list[Row]:
        estimate, plain, low, high, up, down = found
        truth, s = self._centre * self.lift, len(estimate)
        base = Row(
            part=PART,
            measure="",
            outcome="lognormal" if self.skewed else "normal",
            setting=f"correlation {self.rho:g}",
            n=self.n,
            n_control=self.n_control,
            lift=self.lift,
            streams=s,
            value=0.0,
            error=0.0,
        )
        spread = estimate.std(ddof=1)
        error = spread / s**0.5
        bias = (estimate.mean() - truth) / error
        rows = [
            replace(
                base,
                measure="bias, in standard errors of the simulation",
                unit=NONE,
                value=float(bias),
                error=1.0,
                low=-BIAS,
                high=BIAS,
                holds=within(float(bias), -BIAS, BIAS),
            )
        ]
        if self.lift == 0:
            ratio = float(spread**2 / plain.var(ddof=1))
            shared = float(np.corrcoef(estimate, plain)[0, 1])
            stray = ratio * (4 * (1 - shared**2) / s) ** 0.5
            off, most = abs(ratio - (1 - self.explained)), max(NEAR, ALLOWED * stray)
            rows.append(
                replace(
                    base,
                    measure="variance left, from 1 − rho²",
                    value=off,
                    error=stray,
                    high=most,
                    holds=within(off, None, most),
                )
            )
            hits = int(((low > 0) | (high < 0)).sum())
            limit = ALPHA + allowance(ALPHA, s)
            rows.append(figure(base, "false positives", hits, judged=True, high=limit))
        covered = int(((up <= self.lift) & (down >= self.lift)).sum())
        least = 1 - ALPHA - allowance(ALPHA, s)
        rows.append(figure(base, "coverage of the lift", covered, judged=True, low=least))
        return rows


CASES: Final = (
    *(Covariate(rho, 500, 500) for rho in (0.0, 0.3, 0.6, 0.9)),
    Covariate(0.6, 100, 900),
    Covariate(0.0, 100, 100),
    Covariate(0.6, 500, 500, lift=0.2),
    Covariate(0.6, 100, 900, lift=0.5),
    Covariate(0.6, 500, 500, skewed=True),
    Covariate(0.6, 500, 500, lift=0.2, skewed=True),
)
"""Useless, middling and strong covariates; few and many units; equal and unequal arms."""
