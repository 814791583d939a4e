"""Do intervals hold where traffic followed what was learnt?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.analysis.experiments.calibration.fixed import ALPHA
from assay.analysis.experiments.calibration.rows import Row, allowance, figure
from assay.stats.bayes.bandit import (
    Batches,
    pooled_arms,
    stratified_gain,
    thompson_split,
    weighted_gain,
)

if TYPE_CHECKING:
    from numpy.random import Generator

PART: Final = "traffic that follows what was learnt"
LEAST: Final = 0.94


@dataclass(frozen=True, slots=True)
class Followed:
    """Thompson sampling with a floor, batch by batch, normal outcomes of standard deviation 1.

    Attributes:
        means: of each arm, the control first.
    """

    means: tuple[float, ...]
    batches: int = 10
    units: int = 500
    floor: float = 0.05

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Coverage of each arm's gain, by both estimates and by the plain one."""
        table = self._experiments(rng, streams)
        reach = float(-ndtri(ALPHA / 2))
        best = int(np.argmax(self.means[1:])) + 1
        worst = int(np.argmin(self.means[1:])) + 1
        rows = []
        plain, error = pooled_arms(table)
        low = min(LEAST, 1 - ALPHA - allowance(ALPHA, streams))
        for arm in sorted({best, worst}):
            truth = self.means[arm] - self.means[0]
            base = self._base(arm, streams)
            for name, method in (("stratified", stratified_gain), ("weighted", weighted_gain)):
                value, spread = method(table, arm)
                held = int((np.abs(value - truth) <= reach * spread).sum())
                rows.append(figure(base, f"coverage, {name}", held, judged=True, low=low))
            gap = plain[:, arm] - plain[:, 0]
            spread = np.hypot(error[:, arm], error[:, 0])
            held = int((np.abs(gap - truth) <= reach * spread).sum())
            rows.append(figure(base, "coverage, plain means", held, judged=False))
        return rows

    def _experiments(self, rng: Generator, streams: int) -> Batches:
        arms = len(self.means)
        shape = (streams, self.batches, arms)
        share, n, mean, variance = (np.zeros(shape) for _ in range(4))
        share[:, 0] = 1 / arms
        for batch in range(self.batches):
            n[:, batch] = rng.multinomial(self.units, share[:, batch])
            size = np.maximum(n[:, batch], 1)
            mean[:, batch] = np.asarray(self.means) + rng.normal(size=size.shape) / np.sqrt(size)
            freedom = np.maximum(n[:, batch] - 1, 1)
            variance[:, batch] = rng.chisquare(freedom) / freedom
            if batch + 1 < self.batches:
                seen = Batches(*(part[:, : batch + 1] for part in (share, n, mean, variance)))
                centre, error = pooled_arms(seen)
                for stream in range(streams):
                    share[stream, batch + 1] = thompson_split(
                        centre[stream], error[stream], floor=self.floor
                    )
        return Batches(share, n, mean, variance)

    def _base(self, arm: int, streams: int) -> Row:
        return Row(
            part=PART,
            measure="",
            outcome=f"{len(self.means)} arms, {self.batches} batches of {self.units}",
            setting=f"gain of the arm with mean {self.means[arm]:g} over {self.means[0]:g}",
            n=self.batches * self.units,
            n_control=self.batches * self.units,
            lift=None,
            streams=streams,
            value=0.0,
            error=0.0,
        )


CASES: Final = (Followed((0.0, 0.0)), Followed((0.0, 0.0, 0.05, 0.1, 0.2)))
"""Nothing to be learnt, and five arms of which one is the best."""
