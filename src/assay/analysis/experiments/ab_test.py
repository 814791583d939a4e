"""From the summary of an experiment's arms to everything that its report prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.experiments.bayes.beliefs import DOTS, believe
from assay.analysis.experiments.bayes.best import Best, best_of
from assay.analysis.experiments.bayes.expectations import STATED, Past, Prior, prior_of
from assay.analysis.experiments.conclusions.citing import cite, rule_of
from assay.analysis.experiments.conclusions.families import corrections_of, in_families
from assay.analysis.experiments.conclusions.findings import findings_of
from assay.analysis.experiments.conclusions.methods import method_of, unit_of
from assay.analysis.experiments.conclusions.verdicts import (
    Cause,
    Overall,
    decide,
    judge,
    more_needed,
)
from assay.analysis.experiments.effects.independent import independent_evidence
from assay.analysis.experiments.effects.paired import paired_evidence
from assay.analysis.experiments.interim.course import Course
from assay.analysis.experiments.interim.timeline import timelines
from assay.analysis.experiments.result import (
    ABTestResult,
    Comparison,
    FormedSegments,
    Lift,
    SegmentComparison,
)
from assay.analysis.experiments.segments.pooling import (
    inside_segments,
    pool_segments,
    primary_metrics,
)
from assay.analysis.experiments.segments.small import merge_small_segments
from assay.analysis.experiments.validity.checks import Check, checks_of, stops
from assay.analysis.experiments.validity.registered import Registered
from assay.analysis.experiments.validity.splits import sample_ratio, split_checks
from assay.core.errors import ParameterError
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.analysis.experiments.effects.evidence import Effect, Evidence
    from assay.analysis.experiments.segments.pooling import Inside
    from assay.features.members import JoinedMembers
    from assay.features.summary import Summary
    from assay.params import Corrections, Metric, Plan

LEAST_ALPHA: Final = 1e-9
"""Smallest error that an interval may be asked to have: posteriors are exact to a tenth of it."""


def ab_test(  # noqa: PLR0913  what the parameters cell of the notebook holds
    summary: Summary,
    *,
    alpha: float = 0.05,
    plan: Plan | Mapping[str, Any] | None = None,
    seed: int = 0,
    smallest_cell: int = 10,
    correction: Corrections | Mapping[str, Any] | None = None,
    past: Past | None = None,
    registration: Mapping[str, Any] | None = None,
    members: JoinedMembers | None = None,
) -> ABTestResult:
    """Whether to ship: every metric, every arm against the control, and the decision over all.

    Intervals hold at all looks of the plan together. Verdicts are made from those that are adjusted
    for the metrics and arms of their role; those of segments are Bonferroni-adjusted for the
    segments looked at.

    Args:
        summary: of `features.arms.summarise_arms`.
        alpha: one minus the intervals' confidence.
        plan: when it may be looked at. Without one, data that have no time, or have reached the
            end of their window, are looked at once, and any others whenever anybody wants to.
        seed: of the exact tests and sampled models of small segments; nothing else is random.
        smallest_cell: segments of fewer units in an arm are told together.
        correction: by role, how metrics and arms are corrected for their number.
        past: log lifts of the project's past experiments, from which priors are fitted.
        registration: what the experiment's record says of its start and of changes since.
        members: when segments were formed that a file of members told.

    Raises:
        ParameterError: unless alpha lies inside [1e-9, 1), the smallest cell is 1 or more, and the
            corrections are known.
    """
    if not LEAST_ALPHA <= alpha < 1:
        raise ParameterError(
            f"alpha={alpha}, expected {LEAST_ALPHA:g} or more, and below 1", remedy="0.05 is usual"
        )
    course = Course.of(summary, plan)
    summary, merged = merge_small_segments(course.summary, smallest_cell)
    design = summary.design
    ratio = sample_ratio(summary, watched=not course.one_look)
    evidence = {
        (metric.name, arm): course.gated(
            evidence_of(summary, metric, arm), arm, summary.samples.get(metric.name)
        )
        for arm in summary.arms[1:]
        for metric in design.metrics
    }

    def at(key: tuple[str, str], level: float) -> Effect:
        return course.effect(evidence[key], key[1], level)

    families = in_families(
        design.metrics,
        summary.arms[1:],
        evidence,
        alpha=alpha,
        corrections=corrections_of(correction),
        at=None if course.one_look else at,
        paired=design.design == "paired",
    )
    priors = {metric.name: prior_of(metric.name, past) for metric in design.metrics}
    judged = [
        _judged(
            at((metric.name, arm), alpha),
            metric,
            summary,
            arm,
            alpha,
            adjusted=families.effects[metric.name, arm],
            prior=priors[metric.name],
        )
        for arm in summary.arms[1:]
        for metric in design.metrics
    ]
    checks = (
        *split_checks(summary, ratio, smallest_cell=smallest_cell, watched=not course.one_look),
        *checks_of(summary),
    )
    stop, silent = stops(checks, design.metrics)
    judged = [_block(one, checks) if one.comparison.metric in silent else one for one in judged]
    overall = decide([one.comparison for one in judged], [one.cause for one in judged])
    if stop is not None:
        overall = Overall("blocked", overall.arm, stop.reason)
    comparisons = tuple(one.comparison for one in judged)
    inside = inside_segments(summary)
    told = course.told(
        [
            (metric, arm, at((metric.name, arm), alpha), families.error_of(metric.name))
            for arm in summary.arms[1:]
            for metric in design.metrics
        ],
        [(one.comparison, one.cause) for one in judged],
        alpha,
        overall.arm,
    )
    return ABTestResult(
        experiment=design.experiment or "",
        design="paired" if design.design == "paired" else "independent",
        unit=_unit(summary),
        control=summary.arms[0],
        arms=summary.arms,
        n=_counted(summary),
        rows=summary.rows,
        first=summary.first.isoformat() if summary.first else None,
        last=summary.last.isoformat() if summary.last else None,
        alpha=alpha,
        seed=seed,
        comparisons=comparisons,
        families=families.records,
        plan=told,
        timeline=timelines(course, alpha),
        registration=Registered.of(registration),
        members=_formed(members),
        segments=_segments(summary, inside, course, alpha, checks=checks, silent=silent),
        checks=checks,
        calibration=cite(
            [
                (metric, arm, at((metric.name, arm), alpha))
                for arm in summary.arms[1:]
                for metric in design.metrics
            ],
            rule=rule_of(told.state.design, told.state.spending),
        ),
        pooled=pool_segments(summary, inside, alpha=alpha, seed=seed, rule=course.rule)
        if stop is None
        else (),
        best=tuple(_best(summary, m, evidence, priors[m.name], alpha) for m in design.metrics)
        if stop is None
        else (),
        smallest_cell=smallest_cell,
        merged=merged,
        pairing_chosen=summary.chosen,
        sample_ratio=ratio,
        left_out=summary.left_out,
        verdict=overall.verdict,
        arm=overall.arm,
        reason=overall.reason,
        findings=findings_of(comparisons, [one.cause for one in judged], overall, stop, alpha),
    )


def _formed(members: JoinedMembers | None) -> FormedSegments | None:
    if members is None:
        return None
    return FormedSegments(
        column=members.column,
        as_of=members.as_of.isoformat(),
        first=members.first.isoformat() if members.first else None,
        late=members.late,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    comparison: Comparison
    cause: Cause


def evidence_of(summary: Summary, metric: Metric, arm: str) -> Evidence:
    """What the data say of a metric in an arm and in the control, before any level is chosen."""
    if summary.design.design == "paired":
        return paired_evidence(metric, summary.pairs[metric.name][arm])
    samples = summary.samples[metric.name]
    strata = [stratum[metric.name] for stratum in summary.strata]
    return independent_evidence(metric, samples, arm=arm, control=summary.arms[0], strata=strata)


def _judged(  # noqa: PLR0913, PLR0917  private: what a comparison is made of
    effect: Effect,
    metric: Metric,
    summary: Summary,
    arm: str,
    alpha: float,
    dots: int = DOTS,
    *,
    adjusted: Effect | None = None,
    prior: Prior = STATED,
) -> _Judged:
    judgement = judge(metric, adjusted or effect)
    unit = unit_of(metric)
    gap = effect.difference
    value = None
    if effect.value is not None and effect.value_control is not None:
        value = effect.value - effect.value_control
    comparison = Comparison(
        metric=metric.name,
        kind=metric.kind,
        role=metric.role,
        better=metric.better,
        unit=unit,
        arm=arm,
        control=summary.arms[0],
        n=effect.n,
        n_control=effect.n_control,
        missing=effect.missing,
        missing_control=effect.missing_control,
        value=effect.value,
        value_control=effect.value_control,
        difference=_difference(effect, value),
        lift=_lift(effect, value),
        p_value=gap.p_value if gap else None,
        posterior=believe(
            effect, unit=unit, better=metric.better, alpha=alpha, dots=dots, prior=prior
        ),
        method=method_of(effect, metric, summary, unit, corrected=adjusted),
        equivalence=metric.equivalence,
        margin=metric.margin,
        verdict=judgement.verdict,
        reason=judgement.reason,
        needed_n=more_needed(metric, adjusted or effect)
        if judgement.verdict == "undecided"
        else None,
        paired=effect.paired,
    )
    if adjusted is not None:
        comparison = replace(
            comparison,
            p_adjusted=adjusted.difference.p_value if adjusted.difference else None,
            difference_adjusted=_difference(adjusted, value),
            lift_adjusted=_lift(adjusted, value),
        )
    return _Judged(comparison, judgement.cause)


def _difference(effect: Effect, value: float | None) -> Estimate:
    gap = effect.difference
    return Estimate(value=value, low=gap.low if gap else None, high=gap.high if gap else None)


def _lift(effect: Effect, difference: float | None) -> Lift:
    before = effect.value_control
    found = effect.lift
    if found is None:
        value = difference / abs(before) if difference is not None and before else None
        return Lift(value=value, low=None, high=None, unbounded=False, reason=effect.refusal)
    if not found.unbounded:
        return Lift(value=found.value, low=found.low, high=found.high, unbounded=False)
    reason = (
        "the control is zero: there is nothing to be relative to"
        if found.value is None
        else "the control cannot be told from zero, so the lift has no bounds"
    )
    return Lift(value=found.value, low=None, high=None, unbounded=True, reason=reason)


def _unit(summary: Summary) -> str:
    design = summary.design
    if design.design == "paired":
        return design.pairing
    trials = [m.denominator for m in design.metrics if m.kind == "rate" and m.numerator]
    if design.unit is None and len(trials) == len(design.metrics) and trials[0]:
        return trials[0]
    return design.unit or "row"


def _counted(summary: Summary) -> int:
    if summary.design.design == "paired":
        return max(summary.units.values())
    return sum(summary.units.values())


def _best(
    summary: Summary,
    metric: Metric,
    evidence: Mapping[tuple[str, str], Evidence],
    prior: Prior,
    alpha: float,
) -> Best:
    return best_of(
        summary.arms,
        [evidence[metric.name, arm].at(alpha) for arm in summary.arms[1:]],
        metric=metric.name,
        unit=unit_of(metric),
        better=metric.better,
        prior=prior,
        paired=summary.design.design == "paired",
    )


def _block(one: _Judged, checks: Sequence[Check]) -> _Judged:
    """The comparison without a verdict, and the check that forbids it."""
    blocking = [check for check in checks if check.status == "blocks"]
    own = [check for check in blocking if check.subject == one.comparison.metric]
    others = [check for check in blocking if check.kind != "missing"]
    reason = (others or own)[0].reason
    blocked = replace(one.comparison, verdict="blocked", reason=reason, needed_n=None)
    return _Judged(blocked, one.cause)


def _segments(  # noqa: PLR0913  private: what a comparison is made of
    summary: Summary,
    inside: Inside,
    course: Course,
    alpha: float,
    *,
    checks: Sequence[Check],
    silent: set[str],
) -> tuple[SegmentComparison, ...]:
    """Primary metrics within each segment; each column's family shares its alpha equally."""
    design = summary.design
    metrics = primary_metrics(design)
    found = []
    for column in design.segments:
        mine = [segment for segment in summary.segments if segment.column == column]
        family = len(mine) * len(summary.arms[1:]) * len(metrics)
        for segment in mine:
            for arm in summary.arms[1:]:
                for metric in metrics:
                    level = alpha / family
                    samples = segment.samples[metric.name]
                    evidence = inside[column, segment.segment, metric.name, arm]
                    effect = course.effect(course.gated(evidence, arm, samples), arm, level)
                    one = _judged(effect, metric, summary, arm, level, dots=0)
                    found.append(
                        SegmentComparison(
                            column=column,
                            segment=segment.segment,
                            comparison=(
                                _block(one, checks) if metric.name in silent else one
                            ).comparison,
                        )
                    )
    return tuple(found)
