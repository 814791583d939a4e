"""Whoever turns arms into intervals: the engine of the reports, and formulas to compare it with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.analysis.experiments.effects import independent_evidence
from assay.stats.rules import Rule

if TYPE_CHECKING:
    from assay.analysis.experiments.calibration.batches import Batch
    from assay.analysis.experiments.evidence import Effect
    from assay.params import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Intervals of many streams.

    Attributes:
        low, high: of the difference; NaN where there is no answer.
        lift_low, lift_high: of the lift; infinite where it has no bounds, NaN where no answer.
        methods: how often each method answered, refusals among them as "refused".
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    lift_low: NDArray[np.float64]
    lift_high: NDArray[np.float64]
    methods: Counter[str]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Streams that got an interval."""
        return ~np.isnan(self.low)


class Answering(Protocol):
    """A way from two arms to intervals."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        ...

    def answer(self, metric: Metric, treated: Batch, control: Batch, alpha: float) -> Answers:
        """Intervals of every stream."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """What reports use, one call per stream.

    Attributes:
        rule: when data are looked at; None is once, at a fixed end.
    """

    name: str = "ours"
    rule: Rule | None = None

    def answer(self, metric: Metric, treated: Batch, control: Batch, alpha: float) -> Answers:
        """Intervals of every stream."""
        ends = np.full((4, treated.streams), np.nan)
        methods: Counter[str] = Counter()
        pairs = zip(treated.samples(), control.samples(), strict=True)
        for i, (one, other) in enumerate(pairs):
            samples = {"treated": one, "control": other}
            evidence = independent_evidence(metric, samples, arm="treated", control="control")
            effect = evidence.at(alpha, self.rule)
            methods["refused" if effect.difference is None else effect.method] += 1
            ends[:, i] = _ends(effect)
        return Answers(
            low=ends[0], high=ends[1], lift_low=ends[2], lift_high=ends[3], methods=methods
        )


def _ends(effect: Effect) -> tuple[float, float, float, float]:
    gap, lift = effect.difference, effect.lift
    if gap is None or lift is None:
        return (np.nan,) * 4
    low = -np.inf if lift.low is None else lift.low
    high = np.inf if lift.high is None else lift.high
    return gap.low, gap.high, low, high
