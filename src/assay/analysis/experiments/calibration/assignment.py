"""Does the check of the arms' sizes keep quiet while they are as planned, and speak when not?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc

from assay.analysis.experiments.calibration.rows import Row, allowance, figure
from assay.stats.sample_ratio import log_bayes_factors

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

PART: Final = "sizes of the arms while data come in"
ALPHA: Final = 0.01
"""Error of the sequential check over all its looks."""
CUSTOMARY: Final = 0.001
"""Limit that is customary for the chi-square test, made once."""
LEAST_POWER: Final = 0.85
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Looks at the arms' sizes at even steps.

    Attributes:
        shares: true share of each arm.
        planned: weights that were planned.
        units: in all, at the last look.
        looks: how many.
    """

    shares: tuple[float, ...]
    planned: tuple[float, ...]
    units: int
    looks: int

    @property
    def faulty(self) -> bool:
        """Whether the arms are not what was planned."""
        whole = sum(self.planned)
        return any(
            abs(share - plan / whole) > 1e-12
            for share, plan in zip(self.shares, self.planned, strict=True)
        )

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """How often each check ever speaks, and how often at the end."""
        ever = often = last = 0
        for start in range(0, streams, _AT_ONCE):
            size = (min(_AT_ONCE, streams - start), self.looks)
            steps = rng.multinomial(self.units // self.looks, self.shares, size)
            counts = np.cumsum(steps, axis=1)
            factors = log_bayes_factors(counts, self.planned)
            ever += int((factors.max(axis=1) >= -log(ALPHA)).sum())
            surprising = self._chi_square(counts) < CUSTOMARY
            often += int(surprising.any(axis=1).sum())
            last += int(surprising[:, -1].sum())
        base = self._base(streams)
        limit = ALPHA + allowance(ALPHA, streams)
        least = LEAST_POWER - allowance(LEAST_POWER, streams)
        low, high = (least, None) if self.faulty else (None, limit)
        said = "fault found" if self.faulty else "false alarms"
        return [
            figure(base, f"{said} by the sequential check", ever, judged=True, low=low, high=high),
            figure(base, f"{said} by chi-square below .001 at any look", often, judged=False),
            figure(base, f"{said} by chi-square below .001 at the last look", last, judged=False),
        ]

    def _chi_square(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Pearson's test at every look."""
        weights = np.asarray(self.planned) / sum(self.planned)
        expected = counts.sum(axis=-1, keepdims=True) * weights
        statistic = ((counts - expected) ** 2 / expected).sum(axis=-1)
        return np.asarray(chdtrc(len(weights) - 1, statistic), dtype=float)

    def _base(self, streams: int) -> Row:
        split = " : ".join(f"{share:.4g}" for share in self.shares)
        return Row(
            part=PART,
            measure="",
            outcome=f"true split {split}",
            setting=f"{self.looks:,} looks",
            n=round(self.units * self.shares[-1]),
            n_control=round(self.units * self.shares[0]),
            lift=None,
            streams=streams,
            value=0.0,
            error=0.0,
        )


SPLITS: Final = (
    SampleRatio((0.5, 0.5), (1, 1), 100_000, 1000),
    SampleRatio((0.5, 0.5), (1, 1), 1000, 1000),
    SampleRatio((0.9, 0.1), (9, 1), 100_000, 1000),
    SampleRatio((0.25, 0.25, 0.25, 0.25), (1, 1, 1, 1), 100_000, 1000),
    SampleRatio((0.495, 0.505), (1, 1), 200_000, 50),
    SampleRatio((0.49, 0.51), (1, 1), 100_000, 50),
)
"""As planned, at once and unit by unit; and with the faults of which the power is promised."""
