"""What an A/B test answers, as frozen records; `record()` turns them into `result.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.analysis.experiments.bayes.best import Best
from assay.analysis.experiments.conclusions.citing import Cited
from assay.analysis.experiments.conclusions.families import Family
from assay.analysis.experiments.interim.course import PlanAnswer
from assay.analysis.experiments.interim.timeline import Timeline
from assay.analysis.experiments.segments.result import PooledSegments
from assay.analysis.experiments.validity.checks import Check
from assay.analysis.experiments.validity.registered import Registered
from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.units import COUNT, SHARE, Count, Number, Probability, Share, UnitOf

Verdict = Literal["ship", "keep", "undecided", "blocked"]
"""Use the variant; stay with the control; the interval allows both; a check forbids an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Estimate):
    """Change relative to the control's size: `difference / |control|`.

    Attributes:
        unbounded: the control cannot be told from zero, so that the interval has no ends.
        reason: why there is no value or no interval, None where there is one.
    """

    unbounded: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The same data under another prior."""

    unit: str
    prior: str
    p_better: Probability
    lift: Annotated[Estimate, SHARE]
    expected_loss_ship: Annotated[float, UnitOf("unit")]
    expected_loss_keep: Annotated[float, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is believed after the data, given the stated prior.

    Losses are what a choice gives up on average, in the metric's unit: the size of the effect where
    the choice is the wrong one, nothing where it is right.

    Attributes:
        lift_quantiles: the lift at the probabilities (i - 1/2) / k for i = 1 … k, so that each is
            as likely as any other; empty where the lift has no posterior.
        beside: what the same data say under other priors, a flat one among them where there is one.
    """

    unit: str
    p_better: Probability | None
    difference: Annotated[Estimate, UnitOf("unit")]
    lift: Annotated[Estimate, SHARE]
    expected_loss_ship: Annotated[float | None, UnitOf("unit")]
    expected_loss_keep: Annotated[float | None, UnitOf("unit")]
    prior: str
    method: str
    reason: str | None = None
    lift_quantiles: Annotated[tuple[float, ...], SHARE] = ()
    beside: tuple[Belief, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """By how much the metric differs between units whose covariate differs by one.

    Attributes:
        covariate: column, or what is known of it ("known" where it may be missing).
    """

    covariate: str
    slope: Number
    slope_control: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What another method answers to the same question, so that the choice can be judged.

    Attributes:
        p_value: two-sided, of no difference, at one look; None where the method makes none.
        difference: with its interval, None where the method makes none.
    """

    name: str
    unit: str
    p_value: Probability | None
    difference: Annotated[Estimate | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the interval was made, from what really ran.

    Attributes:
        name: Welch t, paired t, binomial …
        per_unit: how rows became one number per unit, in words.
        standard_error: of the difference.
        critical_value_adjusted: that of the interval once adjusted for its family, from which the
            verdict is; None where it is the same.
        fieller_g: t² × control variance / control²; from 1 on the lift is unbounded.
        theta, rho_squared, unadjusted: only with a covariate.
        adjustment: how covariates and strata were used, in words; None without any.
        adjustment_refusal: why they were not used after all; then the answer is the unadjusted one.
        slopes: of each covariate.
        also: other methods beside it.
        remarks: what else the method found, in sentences.
        reason: why this method and not the usual one, in words; None where it is the usual one.
    """

    name: str
    per_unit: str
    unit: str
    standard_error: Annotated[float | None, UnitOf("unit")]
    degrees_of_freedom: Number | None
    critical_value: Number | None
    fieller_g: Number | None
    critical_value_adjusted: Number | None = None
    theta: Number | None = None
    rho_squared: Share | None = None
    unadjusted: Annotated[Estimate | None, UnitOf("unit")] = None
    adjustment: str | None = None
    adjustment_refusal: str | None = None
    slopes: tuple[Slope, ...] = ()
    also: tuple[Alternative, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric, one arm against the control.

    Attributes:
        n, n_control: units behind the estimate.
        missing, missing_control: units left out because they have no value.
        value, value_control: mean per unit, rate, or ratio of sums, in `unit`.
        difference: `value - value_control`.
        p_adjusted, difference_adjusted, lift_adjusted: after the correction of its family, by
            which the verdict is made; those above speak of this comparison alone.
        reason: why the verdict is what it is; also why a number is None.
        needed_n: about how many more units, both arms together, decide an undecided metric in four
            cases of five, were its estimate the truth and the spread as seen; None where it is
            decided, or nothing can be promised.
    """

    metric: str
    kind: str
    role: str
    better: str
    unit: str
    arm: str
    control: str
    n: Count
    n_control: Count
    missing: Count
    missing_control: Count
    value: Annotated[float | None, UnitOf("unit")]
    value_control: Annotated[float | None, UnitOf("unit")]
    difference: Annotated[Estimate, UnitOf("unit")]
    lift: Annotated[Lift, SHARE]
    p_value: Probability | None
    posterior: Posterior
    method: Method
    equivalence: Share | None
    margin: Share | None
    verdict: Verdict
    reason: str
    needed_n: Annotated[int | None, COUNT] = None
    p_adjusted: Probability | None = None
    difference_adjusted: Annotated[Estimate | None, UnitOf("unit")] = None
    lift_adjusted: Annotated[Lift | None, SHARE] = None
    paired: bool = False

    @property
    def units(self) -> int:
        """Units behind the estimate, both arms together; paired arms share theirs."""
        return self.n if self.paired else self.n + self.n_control


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentComparison:
    """The same comparison within one segment; its intervals are Bonferroni-adjusted."""

    column: str
    segment: str
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedSegments:
    """Values of a column that are told as one, or, where even together they are few, not at all."""

    column: str
    values: Count
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmCount:
    """Units (or trials, or rows) seen in an arm beside what the split expects."""

    arm: str
    n: Count
    share: Share
    expected: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """Whether the arms have the sizes that the split promised.

    Attributes:
        p_value: of the test at the end, or of the monitor, which holds at all looks together.
        statistic: Pearson's, at this look.
        since: ISO date of the first day on which the monitor saw the fault.
    """

    p_value: Probability | None
    ok: bool
    threshold: Probability
    statistic: Number | None
    arms: tuple[ArmCount, ...]
    reason: str | None = None
    test: Literal["chi-square", "monitor"] = "chi-square"
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormedSegments:
    """When the segments in a column were formed.

    Attributes:
        as_of: ISO date of the last day that counted.
        first: ISO date (UTC) of the first exposure; None where it is not known.
        late: of days on which units were exposed, or may have been, so that the treatment may have
            decided who is in which segment.
    """

    column: str
    as_of: str
    first: str | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ABTestResult:
    """Everything that the report of an A/B test prints.

    Attributes:
        verdict: over all primary metrics and guardrails; `arm` is the one it speaks of.
        unit: what was randomised, in words (column name, or "row").
        first, last: ISO dates of the first and last row that count, None without a time column.
        checks: what could make the comparison wrong, and whether it does.
        families: comparisons that are read together, and how their number was paid for.
        left_out: rows and units that do not count, with the reason.
        smallest_cell: units that a segment has to have in each arm; smaller ones are `merged`.
        pairing_chosen: the arms were paired because they share their items.
        pooled: per column, metric and arm, segments drawn towards each other.
        best: per metric, which arm is best.
        members: when segments were formed that a file of members told; None without one.
        calibration: what simulation says of intervals like these; None where none was published.
    """

    experiment: str
    design: Literal["independent", "paired"]
    unit: str
    control: str
    arms: tuple[str, ...]
    n: Count
    rows: Count
    first: str | None
    last: str | None
    alpha: Probability
    seed: Count
    comparisons: tuple[Comparison, ...]
    segments: tuple[SegmentComparison, ...]
    sample_ratio: SampleRatio
    left_out: tuple[LeftOut, ...]
    verdict: Verdict
    arm: str
    reason: str
    findings: tuple[Finding, ...]
    smallest_cell: Count = 1
    merged: tuple[MergedSegments, ...] = ()
    families: tuple[Family, ...] = ()
    pairing_chosen: bool = False
    plan: PlanAnswer | None = None
    registration: Registered | None = None
    pooled: tuple[PooledSegments, ...] = ()
    best: tuple[Best, ...] = ()
    checks: tuple[Check, ...] = ()
    timeline: tuple[Timeline, ...] = ()
    calibration: Cited | None = None
    members: FormedSegments | None = None
