"""Segments: is a difference between them claimed too often, and does pooling bring them nearer?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.calibration.fixed import ALPHA
from assay.analysis.experiments.calibration.formulas import Estimates, estimates
from assay.analysis.experiments.calibration.multiplicity import ERRORS
from assay.analysis.experiments.calibration.outcomes import Outcome
from assay.analysis.experiments.calibration.rows import Row, allowance, figure, within
from assay.core.units import NONE
from assay.stats.meta_analysis.heterogeneity import Arms, same_effect, same_lift
from assay.stats.meta_analysis.pooling import pool

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

PART: Final = "segments"
SIZES: Final = (50, 50, 100, 100, 100, 200, 200, 400, 400, 800)
"""Units per arm in each of ten segments."""
EXPECTED: Final = 0.1
"""Scale of the prior of how far lifts lie apart, as a share of the control."""


@dataclass(frozen=True, slots=True)
class SameEverywhere:
    """Ten segments with one and the same lift."""

    outcome: Outcome
    lift: float

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """How often the test of the differences, and that of the lifts, says otherwise."""
        found = _drawn(rng, streams, self.outcome, np.full((len(SIZES), streams), self.lift))
        differ = lifts = 0
        for stream in range(streams):
            treated, control, of_treated, of_control = (
                np.array([getattr(e, name)[stream] for e, _ in found])
                for name in ("treated", "control", "treated_variance", "control_variance")
            )
            degrees = np.array([f[stream] for _, f in found])
            if self.lift == 0:
                test = same_effect(treated - control, of_treated + of_control, degrees)
                differ += test.p_value <= ALPHA
            arms = Arms(
                treated=treated,
                treated_variance=of_treated,
                control=control,
                control_variance=of_control,
                degrees=degrees,
            )
            lifts += same_lift(arms).p_value <= ALPHA
        base = _base(self.outcome.name, "one lift in ten segments", self.lift, streams)
        high = ALPHA + allowance(ALPHA, streams, ERRORS)
        rows = [figure(base, "lifts said to differ", lifts, judged=True, high=high)]
        if self.lift == 0:
            rows.append(figure(base, "differences said to differ", differ, judged=True, high=high))
        return rows


@dataclass(frozen=True, slots=True)
class Pooling:
    """Ten segments whose lifts lie about a common one."""

    outcome: Outcome
    spread: float
    common: float = 0.05

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Errors of pooled estimates over those of each segment by itself; intervals' coverage."""
        true = self.common + self.spread * rng.normal(size=(len(SIZES), streams))
        found = _drawn(rng, streams, self.outcome, true)
        size = self.outcome.mean()
        alone = np.empty((streams, len(SIZES)))
        pooled, covered = np.empty_like(alone), np.empty_like(alone)
        for stream in range(streams):
            y = np.array([(e.treated - e.control)[stream] for e, _ in found])
            v = np.array([(e.treated_variance + e.control_variance)[stream] for e, _ in found])
            goal = size * true[:, stream]
            together = pool(y, v, scale=EXPECTED * size)
            ends = together.intervals(ALPHA)
            alone[stream] = (y - goal) ** 2
            pooled[stream] = (together.values - goal) ** 2
            covered[stream] = (ends[:, 0] <= goal) & (goal <= ends[:, 1])
        ratio = float(np.sqrt(pooled.mean() / alone.mean()))
        parts = np.sqrt(pooled.mean(axis=1).reshape(20, -1).mean(axis=1))
        parts /= np.sqrt(alone.mean(axis=1).reshape(20, -1).mean(axis=1))
        error = float(parts.std(ddof=1) / 20**0.5)
        base = _base(self.outcome.name, f"lifts spread by {self.spread:.0%}", self.common, streams)
        rmse = replace(
            base,
            measure="error of pooled over unpooled",
            unit=NONE,
            value=ratio,
            error=error,
            high=1.0,
            holds=within(ratio, None, 1.0),
        )
        return [
            rmse,
            figure(base, "pooled intervals hold", covered.mean() * streams, judged=False),
        ]


def _drawn(
    rng: Generator, streams: int, outcome: Outcome, lifts: NDArray[np.float64]
) -> list[tuple[Estimates, NDArray[np.float64]]]:
    """Estimates of each segment, with Welch's degrees of freedom; the lift is a factor."""
    found = []
    for n, lift in zip(SIZES, lifts, strict=True):
        treated, control = outcome.draw(rng, streams, n), outcome.draw(rng, streams, n)
        e = estimates(treated, control, ALPHA)
        times = 1 + lift
        e = replace(e, treated=e.treated * times, treated_variance=e.treated_variance * times**2)
        whole = e.treated_variance + e.control_variance
        freedom = whole**2 / (e.treated_variance**2 + e.control_variance**2) * (n - 1)
        found.append((e, freedom))
    return found


def _base(outcome: str, setting: str, lift: float, streams: int) -> Row:
    return Row(
        part=PART,
        measure="",
        outcome=outcome,
        setting=setting,
        n=sum(SIZES),
        n_control=sum(SIZES),
        lift=lift,
        streams=streams,
        value=0.0,
        error=0.0,
    )
