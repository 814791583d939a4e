"""A comparison of a suite with its baseline, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from assay.core.finding import Finding
from assay.core.units import COUNT, Count, Probability, UnitOf


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticResult:
    """One statistic of a case, before and after.

    Attributes:
        before, after: mean over the runs (geometric, where ratios are compared), in the case's
            unit.
        change, low, high: in `change_unit`: a share of the baseline, or a difference. An end that
            is beyond any factor is None. The interval has the confidence `confidence`.
        confidence: of `low` to `high`: 1 − 2 × the level at which this statistic is tested, which
            is alpha divided among the cases and among the statistics of the case.
        equal_low, equal_high: the interval by which no change is told, of the confidence
            `equal_confidence`, the same for all.
        p_worse, p_better: one-sided, corrected for the statistics of the case.
        detectable: smallest worsening that these runs would have shown; None beyond any factor.
    """

    name: str
    unit: str
    change_unit: str
    before: Annotated[float, UnitOf("unit")]
    after: Annotated[float, UnitOf("unit")]
    change: Annotated[float | None, UnitOf("change_unit")]
    low: Annotated[float | None, UnitOf("change_unit")]
    high: Annotated[float | None, UnitOf("change_unit")]
    confidence: Probability
    equal_low: Annotated[float | None, UnitOf("change_unit")]
    equal_high: Annotated[float | None, UnitOf("change_unit")]
    equal_confidence: Probability
    p_worse: Probability
    p_better: Probability
    detectable: Annotated[float | None, UnitOf("change_unit")]
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One metric of one workload at one provider.

    Attributes:
        verdict: regression, improvement, no change or not enough data.
        decided_by: statistic that the verdict is taken from; first among `statistics`.
        level: one-sided, at which the case was tested: alpha, divided among the cases.
        smallest: change that matters, in `change_unit`.
        run_sd: spread between runs beyond what their readings explain.
        runs_needed: of each side, to see `smallest`; None where no number would do.
        candidate_runs_needed: the same with the baseline as it is.
        set_aside: ids of runs that were left out as outlying.
        left_out: statistics that not all runs have.
        baseline_runs, candidate_runs: the first statistic of each run, as drawn.
    """

    key: str
    label: str
    workload: str
    provider: str
    metric: str
    unit: str
    change_unit: str
    worse: str
    verdict: str
    decided_by: str
    reason: str
    level: Probability
    smallest: Annotated[float, UnitOf("change_unit")]
    n_baseline: Count
    n_candidate: Count
    readings_baseline: Count
    readings_candidate: Count
    run_sd: Annotated[float | None, UnitOf("change_unit")]
    runs_needed: Annotated[int | None, COUNT]
    candidate_runs_needed: Annotated[int | None, COUNT]
    set_aside: tuple[str, ...]
    left_out: tuple[str, ...]
    statistics: tuple[StatisticResult, ...]
    baseline_runs: Annotated[tuple[float, ...], UnitOf("unit")]
    candidate_runs: Annotated[tuple[float, ...], UnitOf("unit")]

    @property
    def decided(self) -> StatisticResult:
        """The statistic behind the verdict."""
        return next(one for one in self.statistics if one.name == self.decided_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreepResult:
    """What became of a case over several baselines and the candidate.

    Attributes:
        versions: baselines, the oldest first, and what is held against them last.
        values: the typical run of each.
        per_version: along a line through all of them.
        verdict: "creeping" where no step by itself is a regression, "worse" where one is,
            otherwise "no worse".
    """

    key: str
    label: str
    unit: str
    change_unit: str
    versions: tuple[str, ...]
    values: Annotated[tuple[float, ...], UnitOf("unit")]
    change: Annotated[float | None, UnitOf("change_unit")]
    low: Annotated[float | None, UnitOf("change_unit")]
    high: Annotated[float | None, UnitOf("change_unit")]
    per_version: Annotated[float, UnitOf("change_unit")]
    p_worse: Probability
    p_slope: Probability
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionsResult:
    """Everything that a comparison with a baseline prints.

    Attributes:
        alpha: chance that any case is called a regression where nothing changed.
        power: chance with which a change of the size `detectable` would be found.
        missing: cases of the baseline that were not measured again.
        added: cases that the baseline lacks.
        remarks: what makes both sides hard to compare.
    """

    suite: str
    baseline: str
    baseline_revisions: tuple[str, ...]
    baseline_first: date
    baseline_last: date
    baseline_environments: tuple[str, ...]
    candidate_revisions: tuple[str, ...]
    candidate_first: date
    candidate_last: date
    candidate_environments: tuple[str, ...]
    alpha: Probability
    power: Probability
    cases: tuple[CaseResult, ...]
    creeps: tuple[CreepResult, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    remarks: tuple[str, ...]
    regressions: Count
    improvements: Count
    unchanged: Count
    undecided: Count
    creeping: Count
    findings: tuple[Finding, ...] = ()
