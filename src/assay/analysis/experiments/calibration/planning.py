"""Is a planned experiment as likely to show its effect as the plan says?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.calibration.answers import Engine
from assay.analysis.experiments.calibration.fixed import ALPHA
from assay.analysis.experiments.calibration.formulas import estimates
from assay.analysis.experiments.calibration.outcomes import (
    NegativeBinomial,
    Normal,
    Outcome,
    Rate,
)
from assay.analysis.experiments.calibration.rows import ALLOWED, Row, share, within
from assay.core.units import NONE
from assay.stats.planning import outcomes as planned
from assay.stats.planning.planned_looks import PlanKind, planned_looks
from assay.stats.planning.power import Claim, detectable, power

if TYPE_CHECKING:
    from numpy.random import Generator

    from assay.stats.planning.power import Outcome as Planned

PART: Final = "power"
NEAR: Final = 0.015
EXACT: Final = 1e-6
"""How far power may lie from the wanted one at the effect that is said to be detectable."""
_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Promised:
    """An experiment of this size, planned and run.

    Attributes:
        n: units in each of two arms.
        looks: at even steps; 1 is a fixed end.
    """

    outcome: Outcome
    lift: float
    n: int
    kind: PlanKind = "once"
    looks: int = 1
    spending: str = "obrien-fleming"

    def predicted(self) -> float:
        """What the plan says."""
        looks = planned_looks(self.kind, looks=self.looks, alpha=ALPHA, spending=self.spending)
        effect = self.outcome.mean(self.lift) - self.outcome.mean()
        claim = Claim(alpha=ALPHA, looks=looks)
        return power(self._planned(), effect, 2 * self.n, claim=claim)

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """How far the share of experiments that show an effect lies from what was said."""
        hits = 0
        for start in range(0, streams, _AT_ONCE):
            hits += self._shown(rng, min(_AT_ONCE, streams - start))
        seen, error = share(hits, streams)
        said = self.predicted()
        most = max(NEAR, ALLOWED * error)
        plan = self.kind if self.looks == 1 else f"{self.kind}, {self.looks} looks, {self.spending}"
        base = Row(
            part=PART,
            measure="power, from what was planned",
            outcome=self.outcome.name,
            setting=f"{plan}, planned power {said:.3f}",
            n=self.n,
            n_control=self.n,
            lift=self.lift,
            streams=streams,
            value=abs(seen - said),
            error=error,
            high=most,
        )
        return [replace(base, holds=within(base.value, None, most))]

    def _shown(self, rng: Generator, streams: int) -> int:
        looks = planned_looks(self.kind, looks=self.looks, alpha=ALPHA, spending=self.spending)
        if looks is None:
            one = self.outcome.draw(rng, streams, self.n, self.lift)
            found = Engine().answer(
                self.outcome.metric, one, self.outcome.draw(rng, streams, self.n), ALPHA
            )
            return int(((found.low > 0) | (found.high < 0)).sum())
        sizes = [round(self.n * fraction) for fraction in looks.fractions]
        ever = np.zeros(streams, dtype=bool)
        arms = (self.outcome.grown(rng, streams, sizes, lift) for lift in (self.lift, 0.0))
        for one, other, bound in zip(*arms, looks.bounds, strict=True):
            e = estimates(one, other, ALPHA)
            error = np.sqrt(e.treated_variance + e.control_variance)
            ever |= np.abs(e.treated - e.control) > bound * error
        return int(ever.sum())

    def _planned(self) -> Planned:
        if isinstance(self.outcome, Rate):
            return planned.Rate(base=self.outcome.share)
        if isinstance(self.outcome, NegativeBinomial):
            sd = (self.outcome.centre + self.outcome.centre**2 / self.outcome.size) ** 0.5
            return planned.Mean(base=self.outcome.centre, sd=sd)
        found = Normal()
        return planned.Mean(base=found.centre, sd=found.spread, grows=True)


@dataclass(frozen=True, slots=True)
class Inverted:
    """The detectable effect of many plans: has it the power that was wanted?"""

    wanted: tuple[float, ...] = (0.5, 0.8, 0.95)

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """The farthest that power at the detectable effect lies from what was wanted."""
        del rng, streams
        looks = (
            planned_looks("once", looks=1, alpha=ALPHA, spending=""),
            planned_looks(_GROUPS, looks=5, alpha=ALPHA, spending="obrien-fleming"),
            planned_looks("anytime", looks=10, alpha=ALPHA, spending=""),
        )
        outcomes: tuple[Planned, ...] = (
            planned.Rate(base=0.1),
            planned.Rate(base=0.01),
            planned.Mean(base=10.0, sd=4.0, grows=True),
        )
        off = []
        for outcome in outcomes:
            for units in (2_000, 50_000):
                for each in looks:
                    claim = Claim(alpha=ALPHA, looks=each)
                    for wanted in self.wanted:
                        effect = detectable(outcome, units, wanted=wanted, claim=claim)
                        if effect is not None:
                            off.append(abs(power(outcome, effect, units, claim=claim) - wanted))
        row = Row(
            part=PART,
            measure="power at the detectable effect, from what was wanted",
            outcome=f"{len(off)} plans",
            setting="at once, group-sequential and at any time",
            n=25_000,
            n_control=25_000,
            lift=None,
            streams=len(off),
            unit=NONE,
            value=max(off),
            error=0.0,
            high=EXACT,
        )
        return [replace(row, holds=within(row.value, None, EXACT))]


_GROUPS: Final[PlanKind] = "group-sequential"
CASES: Final = (
    Promised(Rate(0.1), 0.2, 2000),
    Promised(Rate(0.1), 0.2, 3800),
    Promised(Rate(0.01), 0.5, 4600),
    Promised(Normal(), 0.1, 100),
    Promised(Normal(), 0.05, 1000),
    Promised(Normal(), 0.02, 5000),
    Promised(Rate(0.1), 0.2, 3800, _GROUPS, 5),
    Promised(Rate(0.1), 0.2, 3800, _GROUPS, 5, "pocock"),
    Promised(Normal(), 0.05, 1000, _GROUPS, 5),
    Promised(Normal(), 0.05, 1000, _GROUPS, 4, "pocock"),
    Promised(Rate(0.1), 0.2, 6000, "anytime", 10),
    Promised(Normal(), 0.05, 2000, "anytime", 20),
)
"""Twelve plans: half of one look, half of several."""
