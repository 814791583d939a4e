"""How the effect built up: day by day, cumulatively, and whether it fades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final

from assay.analysis.experiments.effects.adjusting import without_covariates
from assay.analysis.experiments.effects.independent import independent_evidence
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.core.units import SHARE, Count, Probability, Share
from assay.features.summary import Sample, merged
from assay.stats.level import Level
from assay.stats.sequential.rules import Anytime
from assay.stats.trend import weighted_slope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from assay.analysis.experiments.effects.evidence import Evidence
    from assay.analysis.experiments.interim.course import Course
    from assay.features.summary import DaySamples, Summary
    from assay.params import Metric
    from assay.stats.rules import Rule

FEWEST_DAYS: Final = 10
"""Days that a trend is told from: fewer leave the robust error itself too uncertain."""
FEWEST_UNITS: Final = 10
"""Units that each arm needs on a day for that day's effect to be drawn and counted."""
MOST: Final = 4
"""Comparisons that are told over time: the deciding metrics, arm by arm."""
ADDS_UP: Final = frozenset({"rate", "mean", "count", "ratio"})
"""Kinds of metrics that days add up to; the others need the units' own values, day by day."""
_WEEK: Final = 7
WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEffect:
    """One day of exposure: its units' effect alone, and that of all units until then.

    Attributes:
        day: ISO date.
        n: units of both arms that were first exposed on it; `so_far` until then.
        alone: change relative to the control over all days, with an interval of this day alone;
            None where an arm had too few units.
        cumulative: lift of all units until then; its interval holds at all days together, and is
            absent on days for which the plan has no look.
        look: whether a look of the plan fell on this day.
    """

    day: str
    n: Count
    so_far: Count
    alone: Annotated[Estimate | None, SHARE]
    cumulative: Annotated[Estimate | None, SHARE]
    look: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether units that came later are affected differently.

    Attributes:
        per_week: change of the lift from one week of exposure to the next.
        days: that it is told from.
        shown: whether the interval excludes no change.
        reason: why there is none.
    """

    per_week: Annotated[Estimate, SHARE]
    p_value: Probability | None
    days: Count
    shown: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One metric in one arm over time.

    Attributes:
        band: what the cumulative interval is, for the caption.
        whole_weeks: whether every day of the week was seen equally often.
        absent: days of the week on which no unit was first exposed.
    """

    metric: str
    arm: str
    days: tuple[DayEffect, ...]
    band: str
    drift: Drift
    whole_weeks: bool
    absent: tuple[str, ...]
    confidence: Share


def timelines(course: Course, alpha: float) -> tuple[Timeline, ...]:
    """The deciding metrics over time; nothing where the data have no days, or arms share items.

    Quantiles and times to an event are left out: days do not add up to them.
    """
    summary = course.summary
    if len(summary.days) < 2 or summary.design.design == "paired":
        return ()
    metrics = [m for m in summary.design.metrics if m.role == "primary"] or [
        summary.design.metrics[0]
    ]
    added = [metric for metric in metrics if metric.kind in ADDS_UP]
    wanted = [(metric, arm) for metric in added for arm in summary.arms[1:]]
    return tuple(_timeline(course, metric, arm, alpha) for metric, arm in wanted[:MOST])


def _timeline(course: Course, metric: Metric, arm: str, alpha: float) -> Timeline:
    summary = course.summary
    control = summary.arms[0]
    size = _size(summary, metric, arm)
    looks = {one.day.isoformat() for one in course.timing.made if one.day is not None}
    days, points, so_far = [], [], 0
    for one, until in _cumulated(summary, metric):
        own = {name: one.samples[metric.name].get(name) for name in (arm, control)}
        n = sum(sample.n for sample in own.values() if sample is not None)
        so_far += n
        alone = None
        if size and all(s is not None and s.n >= FEWEST_UNITS for s in own.values()):
            samples = {name: sample for name, sample in own.items() if sample is not None}
            alone = _alone(_evidence(metric, samples, arm, control), size, alpha)
            if alone is not None and alone.value is not None:
                a, b = (samples[name].n for name in (arm, control))
                points.append((one.day.toordinal() / _WEEK, alone.value, a * b / (a + b)))
        look = one.day.isoformat() in looks
        days.append(
            DayEffect(
                day=one.day.isoformat(),
                n=n,
                so_far=so_far,
                alone=alone,
                cumulative=_so_far(course, metric, arm, until, alpha, day=one.day, look=look),
                look=look,
            )
        )
    first, last = summary.days[0].day, summary.days[-1].day
    seen = {one.day.weekday() for one in summary.days}
    return Timeline(
        metric=metric.name,
        arm=arm,
        days=tuple(days),
        band=_band(course),
        drift=_drift(points, alpha),
        whole_weeks=((last - first).days + 1) % _WEEK == 0 and len(seen) == _WEEK,
        absent=tuple(name for k, name in enumerate(WEEKDAYS) if k not in seen),
        confidence=1 - alpha,
    )


def _cumulated(
    summary: Summary, metric: Metric
) -> Iterator[tuple[DaySamples, Mapping[str, Sample]]]:
    until: dict[str, Sample] = {}
    for one in summary.days:
        for arm, sample in one.samples[metric.name].items():
            bare = replace(sample, values=None)
            until[arm] = merged([until[arm], bare]) if arm in until else bare
        yield one, dict(until)


def _evidence(
    metric: Metric, samples: Mapping[str, Sample], arm: str, control: str
) -> Evidence | None:
    """Without covariates: a day is too short to adjust by."""
    plain = metric.model_copy(update={"covariate": None, "covariates": []})
    bare = {
        name: replace(without_covariates(metric, sample), values=None)
        for name, sample in samples.items()
        if sample.n
    }
    if arm not in bare or control not in bare:
        return None
    try:
        return independent_evidence(plain, bare, arm=arm, control=control)
    except DataError:
        return None


def _alone(evidence: Evidence | None, size: float, alpha: float) -> Estimate | None:
    """One day's difference in shares of the control over all days."""
    if evidence is None or evidence.contrast is None:
        return None
    found = evidence.contrast.at(Level(alpha)).difference
    return Estimate(value=found.value / size, low=found.low / size, high=found.high / size)


def _size(summary: Summary, metric: Metric, arm: str) -> float:
    found = _evidence(metric, summary.samples[metric.name], arm, summary.arms[0])
    return abs(found.value_control or 0.0) if found else 0.0


def _so_far(  # noqa: PLR0913  one comparison, the data until a day, and the rule of that day
    course: Course,
    metric: Metric,
    arm: str,
    until: Mapping[str, Sample],
    alpha: float,
    *,
    day: date,
    look: bool,
) -> Estimate | None:
    control = course.summary.arms[0]
    found = _evidence(metric, until, arm, control)
    if found is None or found.contrast is None:
        return None
    held = course.gated(found, arm, until)
    if held.contrast is None:
        return None
    rule = _rule(course, arm, until[arm].n + until[control].n, day, look=look)
    lift = held.contrast.at((rule or Anytime(1, 1)).level(alpha)).lift
    if lift.value is None:
        return None
    if rule is None or lift.low is None or lift.high is None:
        return Estimate(value=lift.value, low=None, high=None)
    return Estimate(value=lift.value, low=lift.low, high=lift.high)


def _rule(course: Course, arm: str, n: int, day: date, *, look: bool) -> Rule | None:
    """The rule of a day: of its look, or of a sequence that holds on all days."""
    if course.timing.kind == "once":
        return Anytime(n, max(2, course.timing.n))
    if course.timing.kind == "anytime":
        return course.rule(n, arm)
    return None if not look else course.at_look(day)


def _band(course: Course) -> str:
    return {
        "once": "a confidence sequence, tightest at the last day",
        "anytime": "the confidence sequence of the plan",
        "group-sequential": "the bounds of the plan’s looks",
    }[course.timing.kind]


def _drift(points: list[tuple[float, float, float]], alpha: float) -> Drift:
    if len(points) < FEWEST_DAYS:
        days = "1 day" if len(points) == 1 else f"{len(points)} days"
        few = f"{days} with {FEWEST_UNITS} units in each arm, {FEWEST_DAYS} are needed"
        return Drift(
            per_week=Estimate(value=None, low=None, high=None),
            p_value=None,
            days=len(points),
            shown=False,
            reason=few,
        )
    found = weighted_slope(*zip(*points, strict=True))
    low, high = found.interval(alpha)
    return Drift(
        per_week=Estimate(value=found.value, low=low, high=high),
        p_value=found.p_value,
        days=len(points),
        shown=low > 0 or high < 0,
    )
