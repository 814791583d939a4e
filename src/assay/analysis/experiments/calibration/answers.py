"""Whoever turns arms into intervals: the engine of the reports, and formulas to compare it with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.analysis.experiments.effects.independent import independent_evidence
from assay.stats.comparisons.amounts import AmountContrast
from assay.stats.comparisons.rates import RateContrast
from assay.stats.contrasts import NormalContrast
from assay.stats.gate import LEANING, leaning_at
from assay.stats.resampling.permutation import PermutationContrast
from assay.stats.rules import FixedLook, Rule

if TYPE_CHECKING:
    from assay.analysis.experiments.calibration.batches import Batch
    from assay.params import Metric
    from assay.stats.contrasts import Contrast
    from assay.stats.fieller import RatioInterval
    from assay.stats.level import Level
    from assay.stats.means import Difference


_DRAWS: Final = 400
"""Re-assignments of a permutation test: a report makes more, so that its answer is steadier; how
often the test errs does not depend on their number. Ten of these are counted in each tail."""
_SURELY: Final = 1 - 1e-6
"""Share of the gate's limit below which a stream surely leans too little for it."""


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


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of the arms."""

    difference: float
    lift: float

    @property
    def difference_span(self) -> tuple[float, float]:
        """The shortest interval that holds it and zero."""
        return min(self.difference, 0.0), max(self.difference, 0.0)

    @property
    def lift_span(self) -> tuple[float, float]:
        """The shortest interval that holds it and zero."""
        return min(self.lift, 0.0), max(self.lift, 0.0)


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

    def against(
        self, metric: Metric, treated: Batch, control: Batch, alpha: float, truth: Truth
    ) -> Answers:
        """As far as they have to be known to be held against the truth: see `bounded`."""
        level = (self.rule or FixedLook()).level(alpha)
        return bounded(metric, treated, control, level, truth)


def bounded(
    metric: Metric, treated: Batch, control: Batch, level: Level, truth: Truth | None = None
) -> Answers:
    """What the engine says of every stream at one look's level.

    Streams of zeros and ones that have the same counts get the same answer: it is asked for once.

    Args:
        metric: as a project would declare it.
        treated: one arm in every stream.
        control: the other.
        level: of this look.
        truth: what the intervals will be held against. Intervals that invert a test are then looked
            for only where the test rejects the truth or zero; elsewhere they hold both, and what
            stands for their ends is the span of the two.
    """
    which, back = _different(treated, control)
    ends = np.full((5, len(which)), np.nan)
    names: list[str] = []
    skewness = _skewness(treated, control)
    single = None if skewness is None else _leaning(skewness, treated.n, control.n)
    known = _of_amounts(treated, control, skewness)
    arms = (batch.samples(which, single=single) for batch in (treated, control))
    pairs = zip(*arms, strict=True)
    for i, (one, other) in enumerate(pairs):
        samples = {"treated": one, "control": other}
        evidence = independent_evidence(metric, samples, arm="treated", control="control")
        contrast = evidence.contrast
        names.append("refused" if contrast is None else evidence.method)
        if contrast is None:
            continue
        if isinstance(contrast, PermutationContrast):
            contrast = replace(contrast, draws=_DRAWS)
        elif type(contrast) is NormalContrast and which[i] in known:  # what its units would tell
            size = {"n": treated.n, "m": control.n}
            contrast = AmountContrast.of(contrast, skewness=known[which[i]], **size)
        if truth is not None and _holds(contrast, level, truth):
            ends[:, i] = contrast.value, *truth.difference_span, *truth.lift_span
        else:
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


def _skewness(treated: Batch, control: Batch) -> NDArray[np.float64] | None:
    """Of both arms' units in each stream, as the gate reckons it; None where it is not known."""
    if treated.lean is None or control.lean is None:
        return None
    units = sum(batch.n * (batch.scatter[:, 0, 0] > 0) for batch in (treated, control))
    return np.asarray((treated.lean + control.lean) / np.maximum(units, 1))


def _leaning(skewness: NDArray[np.float64], n: int, m: int) -> set[int]:
    """Streams whose single units the gate must see; the others lean too little."""
    leans = np.abs(skewness) * abs(leaning_at(1.0, 1.0, n, m))
    return set(np.flatnonzero(leans > LEANING * _SURELY).tolist())


def _of_amounts(
    treated: Batch, control: Batch, skewness: NDArray[np.float64] | None
) -> dict[int, float]:
    """Streams of two positive arms without negative units, with their skewness."""
    if skewness is None or treated.amounts is None or control.amounts is None:
        return {}
    fit = treated.amounts & control.amounts & (control.mean[:, 0] > 0)
    return {i: float(skewness[i]) for i in np.flatnonzero(fit).tolist()}


def _holds(contrast: Contrast, level: Level, truth: Truth) -> bool:
    """Whether tests of zero and of the truth reject neither; False where they are no tests."""
    match contrast:
        case RateContrast():
            scores = (
                contrast.z,
                contrast.difference_score(truth.difference),
                contrast.ratio_score(1 + truth.lift),
            )
            return max(map(abs, scores)) <= level.bound
        case PermutationContrast():
            tails = (
                contrast.p_value / 2,
                *contrast.p_of_difference(truth.difference),
                *contrast.p_of_lift(truth.lift),
            )
            return min(tails) > level.alpha / 2
        case _:
            return False


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
