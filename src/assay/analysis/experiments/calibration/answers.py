"""Whoever turns arms into intervals: the engine of the reports, and formulas to compare it with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.analysis.experiments.effects import independent_evidence
from assay.stats.permutation import PermutationContrast
from assay.stats.rules import FixedLook, Rule

if TYPE_CHECKING:
    from assay.analysis.experiments.calibration.batches import Batch
    from assay.params import Metric
    from assay.stats.fieller import RatioInterval
    from assay.stats.level import Level
    from assay.stats.means import Difference


_DRAWS: Final = 600
"""Re-assignments of a permutation test: a report makes more, so that its answer is steadier; how
often the test errs does not depend on their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Intervals of many streams.

    Attributes:
        value: the estimated difference; NaN where there is no answer.
        low, high: of the difference; NaN where there is no answer.
        lift_low, lift_high: of the lift; infinite where it has no bounds, NaN where no answer.
        methods: how often each method answered, refusals among them as "refused".
    """

    value: NDArray[np.float64]
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
        level = (self.rule or FixedLook()).level(alpha)
        return bounded(metric, treated, control, level)


def bounded(metric: Metric, treated: Batch, control: Batch, level: Level) -> Answers:
    """What the engine says of every stream at one look's level.

    Streams of zeros and ones that have the same counts get the same answer: it is asked for once.
    """
    which, back = _different(treated, control)
    ends = np.full((5, len(which)), np.nan)
    names: list[str] = []
    pairs = zip(treated.samples(which), control.samples(which), strict=True)
    for i, (one, other) in enumerate(pairs):
        samples = {"treated": one, "control": other}
        evidence = independent_evidence(metric, samples, arm="treated", control="control")
        contrast = evidence.contrast
        names.append("refused" if contrast is None else evidence.method)
        if isinstance(contrast, PermutationContrast):
            contrast = replace(contrast, draws=_DRAWS)
        if contrast is not None:
            found = contrast.at(level)
            ends[:, i] = _ends(found.difference, found.lift)
    value, low, high, lift_low, lift_high = ends[:, back]
    return Answers(
        value=value,
        low=low,
        high=high,
        lift_low=lift_low,
        lift_high=lift_high,
        methods=Counter(names[i] for i in back.tolist()),
    )


def _different(treated: Batch, control: Batch) -> tuple[list[int], NDArray[np.int64]]:
    """One stream of each kind, and of which kind each stream is."""
    if not (treated.counted and control.counted):
        every = np.arange(treated.streams)
        return every.tolist(), every
    counts = np.stack(
        [np.rint(batch.mean[:, 0] * batch.n).astype(np.int64) for batch in (treated, control)]
    )
    _, which, back = np.unique(counts, axis=1, return_index=True, return_inverse=True)
    return which.tolist(), np.asarray(back).ravel()


def _ends(gap: Difference, lift: RatioInterval) -> tuple[float, float, float, float, float]:
    low = -np.inf if lift.low is None else lift.low
    high = np.inf if lift.high is None else lift.high
    return gap.value, gap.low, gap.high, low, high
