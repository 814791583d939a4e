"""For whom: each segment's effect drawn towards the rest, and whether segments differ at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.bayes.beliefs import logged
from assay.analysis.experiments.effects.evidence import Evidence
from assay.analysis.experiments.effects.independent import independent_evidence
from assay.analysis.experiments.segments.hierarchy import Drawn, draw
from assay.analysis.experiments.segments.result import (
    Interaction,
    PooledSegment,
    PooledSegments,
    Scale,
)
from assay.analysis.experiments.segments.tables import SegmentTable, table_of
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.params import Metric
from assay.stats.bayes.priors import DEFAULT
from assay.stats.meta_analysis.conditional import same_odds, same_ratio
from assay.stats.meta_analysis.heterogeneity import (
    Heterogeneity,
    against_rest,
    ratio_against_rest,
    same_effect,
    same_lift,
)
from assay.stats.meta_analysis.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.features.design import Design
    from assay.features.summary import Summary
    from assay.stats.bayes.mixture import Mixture
    from assay.stats.rules import Rule

FEW: Final = 26
"""Successes or events that each arm of each segment has to have for a normal model of the log lift:
with 25, a Poisson count is five standard errors above zero (`log_lift.SAFE`)."""
FEW_FAILURES: Final = 10
"""Failures likewise: a rate near one varies little, but skewly."""


Inside = Mapping[tuple[str, str, str, str], Evidence]
"""What the data say, by column, segment, metric and arm."""


def primary_metrics(design: Design) -> list[Metric]:
    """The metrics that segments are told of: primary ones, or all where there are none."""
    return [m for m in design.metrics if m.role == "primary"] or list(design.metrics)


def inside_segments(summary: Summary) -> Inside:
    """The evidence within every segment, for primary metrics and all arms."""
    return {
        (segment.column, segment.segment, metric.name, arm): independent_evidence(
            metric, segment.samples[metric.name], arm=arm, control=summary.arms[0]
        )
        for segment in summary.segments
        for metric in primary_metrics(summary.design)
        for arm in summary.arms[1:]
    }


def pool_segments(
    summary: Summary,
    inside: Inside,
    *,
    alpha: float,
    seed: int,
    rule: Callable[[float, str], Rule] | None = None,
) -> tuple[PooledSegments, ...]:
    """Every column of segments, for primary metrics and all arms.

    Args:
        summary: of independent arms, small segments merged.
        inside: the evidence of `inside_segments`.
        alpha: one minus the confidence, of each column's simultaneous intervals.
        seed: of drawn tables and of the sampler.
        rule: for an estimate that rests on n units of an arm; what tells segments apart has to
            hold over all its looks. By default there is one.
    """
    design = summary.design
    metrics = primary_metrics(design)
    columns = [c for c in design.segments if any(s.column == c for s in summary.segments)]
    tests = max(1, len(columns) * len(metrics) * len(summary.arms[1:]))
    return tuple(
        _pooled(summary, inside, column, metric, arm, alpha / tests, seed, rule)
        for column in columns
        for metric in metrics
        for arm in summary.arms[1:]
    )


def _pooled(  # noqa: PLR0913, PLR0917  private: one column of one metric in one arm
    summary: Summary,
    inside: Inside,
    column: str,
    metric: Metric,
    arm: str,
    alpha: float,
    seed: int,
    rule: Callable[[float, str], Rule] | None,
) -> PooledSegments:
    mine = [s for s in summary.segments if s.column == column]
    evidence = [inside[column, s.segment, metric.name, arm] for s in mine]
    table = table_of([s.segment for s in mine], evidence)
    rng = np.random.default_rng(seed)
    units = float(sum(table.n) + sum(table.n_control))
    level = alpha if rule is None or not units else rule(units, arm).level(alpha).alpha
    frame = _Frame(column, metric, arm, table, level, len(mine) - len(table.names))
    if len(table.names) < 2:
        return frame.refused("fewer than two segments have values in both arms")
    if _few(table):
        return _sampled(frame, seed, rng)
    if table.arms is None:
        return frame.refused("a segment has no variation within its arms")
    return _closed(frame)


def _few(table: SegmentTable) -> bool:
    """Whether a segment has too few events for normal estimates."""
    if table.fewest is None:
        return False
    return table.fewest < FEW or (
        table.fewest_failures is not None and table.fewest_failures < FEW_FAILURES
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all answers of one column, metric and arm share."""

    column: str
    metric: Metric
    arm: str
    table: SegmentTable
    alpha: float
    left_out: int

    def refused(self, reason: str, interaction: Interaction | None = None) -> PooledSegments:
        """No pooled estimate, and why."""
        none = Estimate(value=None, low=None, high=None)
        return PooledSegments(
            column=self.column,
            metric=self.metric.name,
            arm=self.arm,
            unit="share",
            scale="lift",
            method="none",
            mean=none,
            spread=none,
            interaction=interaction,
            segments=(),
            left_out=self.left_out,
            reason=reason,
        )

    def tested(self, found: Heterogeneity, test: str) -> Interaction:
        """The interaction test, as a record."""
        return Interaction(
            test=test,
            statistic=found.statistic,
            df=found.df,
            df_within=None if found.df_within is None or found.df_within > 1e9 else found.df_within,
            p_value=found.p_value,
            threshold=self.alpha,
            differs=found.p_value < self.alpha,
        )

    def rows(
        self, unit: str, pooled: list[Estimate], rest: list[Estimate]
    ) -> tuple[PooledSegment, ...]:
        """One record per segment; it differs exactly where its interval leaves out zero."""
        return tuple(
            PooledSegment(
                segment=name,
                unit=unit,
                n=n,
                n_control=m,
                pooled=mine,
                against_rest=other,
                differs=_excludes_zero(other),
            )
            for name, n, m, mine, other in zip(
                self.table.names, self.table.n, self.table.n_control, pooled, rest, strict=True
            )
        )


def _closed(frame: _Frame) -> PooledSegments:
    """Normal-normal: on log lifts where every arm is safely above zero, else on differences."""
    arms, effects = frame.table.arms, frame.table.effects
    if arms is None:
        return frame.refused("a segment has no variation within its arms")
    found = [logged(effect) for effect in effects]
    lifts = [one for one in found if one is not None]
    slack = arms.degrees / np.maximum(arms.degrees - 2, 1.0)  # variances are estimated, too
    if len(lifts) == len(effects):
        try:
            test, rest = same_lift(arms), ratio_against_rest(arms, alpha=frame.alpha)
        except DataError as error:
            return frame.refused(error.message)
        result = pool(
            [one.value for one in lifts],
            np.array([one.variance for one in lifts]) * slack,
            scale=DEFAULT.sd,
        )
        ends = np.expm1(result.intervals(frame.alpha))
        mean = np.expm1(_believed(result.mean, frame.alpha))
        return _record(
            frame,
            unit="share",
            scale="lift",
            method="normal-normal on log lifts, averaged over the spread between segments",
            mean=_estimate(mean),
            spread=_estimate(np.array(result.spread(frame.alpha))[[1, 0, 2]]),
            interaction=frame.tested(test, "Cochran’s Q on lifts, as Welch’s F"),
            pooled=[
                _estimate((low, min(max(float(np.expm1(v)), low), high), high))
                for v, (low, high) in zip(result.values, ends, strict=True)
            ],
            rest=[
                Estimate(value=one.found.value, low=one.found.low, high=one.found.high)
                for one in rest
            ],
        )
    gaps, variances = frame.table.gaps, frame.table.variances
    scale = DEFAULT.sd * abs(float(np.average(arms.control, weights=frame.table.n_control)))
    if not scale > 0:
        return frame.refused("the control is zero: there is no scale to pool on")
    result = pool(gaps, variances * slack, scale=scale)
    unit = frame.metric.unit or "per unit"
    others = against_rest(gaps, variances, arms.degrees)
    ends = result.intervals(frame.alpha)
    return _record(
        frame,
        unit=unit,
        scale="difference",
        method="normal-normal on differences, averaged over the spread between segments",
        mean=_estimate(_believed(result.mean, frame.alpha)),
        spread=_estimate(np.array(result.spread(frame.alpha))[[1, 0, 2]]),
        interaction=frame.tested(
            same_effect(gaps, variances, arms.degrees), "Cochran’s Q on differences, as Welch’s F"
        ),
        pooled=[
            _estimate((low, float(v), high))
            for v, (low, high) in zip(result.values, ends, strict=True)
        ],
        rest=[
            _estimate((low, float(v), high))
            for v, (low, high) in zip(others.values, others.intervals(frame.alpha), strict=True)
        ],
    )


def _sampled(frame: _Frame, seed: int, rng: np.random.Generator) -> PooledSegments:
    """A hierarchical model, where a segment has too few events for normal estimates."""
    table = frame.table
    interaction = _exact(frame, rng)
    found = draw(table, seed=seed, alpha=frame.alpha)
    if isinstance(found, str):
        return frame.refused(found, interaction)
    return _record(
        frame,
        unit="share",
        scale="lift",
        method=found.model,
        mean=found.mean,
        spread=found.spread,
        interaction=interaction,
        pooled=list(found.lifts),
        rest=list(found.against_rest),
        drawn=found,
    )


def _exact(frame: _Frame, rng: np.random.Generator) -> Interaction | None:
    """The exact test where events are few, None where no two segments can tell anything."""
    table = frame.table
    try:
        if table.kind == "rate":
            found = same_odds(table.treated, table.control, rng=rng)
            return frame.tested(found, "exact, of one odds ratio given all sums")
        if table.poisson:
            found = same_ratio(table.treated, table.control, rng=rng)
            return frame.tested(found, "exact, of one rate ratio given all sums")
        if table.arms is not None:
            return frame.tested(same_lift(table.arms), "Cochran’s Q on lifts, as Welch’s F")
    except DataError:
        return None
    return None


def _record(  # noqa: PLR0913  private: the parts of the record
    frame: _Frame,
    *,
    unit: str,
    scale: Scale,
    method: str,
    mean: Estimate,
    spread: Estimate,
    interaction: Interaction | None,
    pooled: list[Estimate],
    rest: list[Estimate],
    drawn: Drawn | None = None,
) -> PooledSegments:
    return PooledSegments(
        column=frame.column,
        metric=frame.metric.name,
        arm=frame.arm,
        unit=unit,
        scale=scale,
        method=method,
        mean=mean,
        spread=spread,
        interaction=interaction,
        segments=frame.rows(unit, pooled, rest),
        left_out=frame.left_out,
        draws=drawn.draws if drawn else None,
        worst_rhat=drawn.worst_rhat if drawn else None,
        least_ess=drawn.least_ess if drawn else None,
    )


def _believed(mean: Mixture, alpha: float) -> tuple[float, float, float]:
    """Lower end, median and upper end."""
    low, high = mean.interval(alpha)
    return low, mean.quantiles((0.5,))[0], high


def _estimate(ends: object) -> Estimate:
    low, value, high = (float(x) for x in np.asarray(ends))
    return Estimate(value=value, low=low, high=high)


def _excludes_zero(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
