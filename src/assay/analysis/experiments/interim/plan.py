"""What the plan makes of this look: its rule, what it has spent, and what the end will say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from scipy.special import ndtri

from assay.analysis.experiments.interim.looks import PLANNED_N, Timing
from assay.core.units import COUNT, Count, Number, Probability, Share
from assay.stats.rules import FixedLook, Rule
from assay.stats.sequential.confidence_sequences import multiplier
from assay.stats.sequential.group_sequential import FARTHEST, critical_values
from assay.stats.sequential.midcourse import ever_beyond
from assay.stats.sequential.rules import Anytime, GroupSequential
from assay.stats.sequential.spending import SPENDINGS, Schedule

if TYPE_CHECKING:
    from assay.analysis.experiments.effects.evidence import Evidence
    from assay.features.summary import Sample, Summary
    from assay.params import Plan

FEWEST_EVENTS: Final = 10
"""Units that are not zero (and, of a rate, not one) that each arm needs before a look that is not
the last has an interval. With them, 100 looks at rates of .1, .01 and .001, at revenue with 95 %
zeros, at lognormal and negative binomial values miss the truth in at most .026 of 2,000 streams
(the bound allows .05); without them, rates of .001 have looks at which nothing varies."""
CHANCE: Final = 0.95
"""The chance to win whose cost under peeking is printed beside the plan."""
ANY_LOOKS: Final = 100
"""Looks that are supposed for that cost where their number is free."""
PACE_DAYS: Final = 7
"""Latest days of exposure from which the pace is taken: a whole week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLook:
    """One look of the plan: what it may spend, and the bound on z that follows.

    Attributes:
        fraction: of the plan that has passed then.
        bound: None where nothing can be crossed yet.
    """

    number: Count
    day: str | None
    fraction: Share
    n: Annotated[int | None, COUNT]
    made: bool
    spent: Probability
    bound: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeking:
    """What a reader of posteriors errs who stops once the chance to win is beyond a threshold.

    Attributes:
        error: how often that ever happens at one of the looks, on either side, though there is no
            difference; a flat prior, equal steps.
    """

    threshold: Probability
    looks: Count
    error: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanState:
    """Where the experiment stands in its plan.

    Attributes:
        design: how it may be looked at; `declared` says whether a plan says so.
        rule: how the method appendix calls it; `reason` why it holds.
        look, looks: which look this is, of how many; None where their number is free.
        n, planned_n: units of all arms, now and at the end.
        fraction: of the plan that has passed.
        spent: part of alpha that is spent by now.
        bound: standard errors to which intervals reach at this look.
        waiting: why there is no answer now, None where there is one.
        held: day as of which the answer stands; `seen` is the last day of the data.
        overrun: whether more came than was planned.
        pace: units of all arms per day, lately.
        next_look, end: days on which they are expected, at the pace or as planned.
    """

    design: Literal["once", "group-sequential", "anytime"]
    declared: bool
    rule: str
    reason: str
    look: Annotated[int | None, COUNT]
    looks: Annotated[int | None, COUNT]
    n: Count
    planned_n: Annotated[int | None, COUNT]
    fraction: Share
    spent: Probability
    bound: Number | None
    spending: str | None
    schedule: tuple[PlanLook, ...]
    waiting: str | None
    held: str | None
    seen: str | None
    overrun: bool
    pace: Number | None
    next_look: str | None
    end: str | None
    peeking: Peeking | None

    @property
    def running(self) -> bool:
        """Whether more data are meant to come."""
        return is_running(self.design, self.fraction)


def is_running(kind: str, fraction: float) -> bool:
    """Whether a plan of this kind means more data to come."""
    return kind != "once" and fraction < 1


def rule_of(timing: Timing, plan: Plan | None, n: float, *, share: float = 1.0) -> Rule:
    """The rule of this look for an estimate that rests on n units.

    Args:
        timing: of `looks.timing_of`.
        plan: as declared.
        n: units behind the estimate.
        share: part of all units that belongs to the arms compared.
    """
    if timing.kind == "anytime":
        planned = (timing.planned_n or PLANNED_N) * share
        return Anytime(max(float(n), 1.0), planned)
    schedule = timing.schedule
    if timing.kind == "once" or plan is None or schedule is None:
        return FixedLook()
    return GroupSequential(schedule, plan.spending, plan.count, timing.made[-1].number)


def share_of(summary: Summary, arm: str) -> float:
    """Part of all units that an arm and its control are planned to have; items are shared."""
    if summary.design.design == "paired":
        return 1.0
    split = summary.design.shares(summary.arms)
    both = split[arm] + split[summary.arms[0]]
    return both / sum(split[name] for name in summary.arms)


def gated(evidence: Evidence, samples: tuple[Sample, Sample] | None, timing: Timing) -> Evidence:
    """The evidence, or a refusal where the plan has no answer yet, or an arm has too few events.

    Bounds of repeated looks rest on averages being normal from the first look on. At the last look
    of a plan, and at a single one, the method's own gate is all that is needed.
    """
    if evidence.contrast is None:
        return evidence
    if timing.waiting is not None:
        return replace(evidence, contrast=None, refusal=timing.waiting, growth=None)
    interim = timing.kind == "anytime" or bool(timing.ahead)
    if not interim or samples is None:
        return evidence
    found = [_events(one) for one in samples]
    few = min(found)
    if few >= FEWEST_EVENTS:
        return evidence
    size = samples[found.index(few)].n
    needed = None if not few else ceil(FEWEST_EVENTS * size / few)
    noun = "unit" if few == 1 else "units"
    said = f"{few} {noun} with an event in an arm of {size:,}" if few else "no event in an arm"
    head = f"not enough data for a look before the end: {said}, needs at least {FEWEST_EVENTS}"
    return replace(
        evidence,
        contrast=None,
        refusal=head if needed is None else f"{head}, about n = {needed:,} there",
        growth=None if needed is None else needed / size,
    )


def state_of(timing: Timing, plan: Plan | None, alpha: float) -> PlanState:
    """The record of where the experiment stands."""
    summary = timing.summary
    rule = rule_of(timing, plan, timing.n)
    pace = _pace(timing)
    schedule = schedule_of(timing, plan, alpha)
    looks = plan.count if plan and timing.kind == "group-sequential" else None
    last = max((one.spent for one in schedule if one.made), default=0.0)
    spent = {"once": alpha, "anytime": alpha}.get(timing.kind, last)
    left = None if timing.planned_n is None else timing.planned_n - timing.n
    today = timing.seen or summary.last
    ahead = timing.ahead[0] if timing.ahead else None
    return PlanState(
        design=timing.kind,
        declared=timing.declared,
        rule=rule.name,
        reason=timing.reason,
        look=timing.made[-1].number if timing.made else None,
        looks=looks,
        n=timing.n,
        planned_n=None if timing.planned_n is None else round(timing.planned_n),
        fraction=timing.fraction,
        spent=0.0 if timing.waiting and not timing.made else spent,
        bound=None if timing.waiting else rule.level(alpha).bound,
        spending=plan.spending if plan and timing.kind == "group-sequential" else None,
        schedule=schedule,
        waiting=timing.waiting,
        held=timing.held.isoformat() if timing.held else None,
        seen=today.isoformat() if today else None,
        overrun=timing.overrun,
        pace=pace,
        next_look=_day(timing, None if ahead is None else ahead.day, pace, _left(timing, ahead)),
        end=_day(timing, plan.planned_end if plan else None, pace, left),
        peeking=_peeking(timing, looks),
    )


def _left(timing: Timing, ahead: object) -> float | None:
    n = getattr(ahead, "n", None)
    return None if n is None else float(n) - timing.n


def _day(timing: Timing, planned: object, pace: float | None, left: float | None) -> str | None:
    """A day to come: as planned, or when it is reached at the pace so far."""
    if planned is not None:
        return str(planned)
    last = timing.held or timing.summary.last
    if last is None or not pace or left is None or not 0 < left < 10_000 * pace:
        return None
    return (last + timedelta(days=ceil(left / pace))).isoformat()


def _pace(timing: Timing) -> float | None:
    """Units per day over the latest days of exposure."""
    days = timing.summary.days[-PACE_DAYS:]
    if len(days) < 2:
        return None
    span = (days[-1].day - days[0].day).days + 1
    return sum(sum(one.units.values()) for one in days) / span


def schedule_of(timing: Timing, plan: Plan | None, alpha: float) -> tuple[PlanLook, ...]:
    """All looks of a group-sequential plan, those to come at their planned sizes."""
    if timing.kind != "group-sequential" or plan is None:
        return ()
    moments = [*timing.made, *timing.ahead]
    whole = timing.planned_n or timing.n
    sizes: list[float] = []
    places: list[float] = []
    for one in moments:
        size = float(one.n) if one.n is not None else one.fraction * whole
        sizes.append(max(size, (sizes[-1] if sizes else 0.0) + 1e-9))
        places.append(max(one.fraction, (places[-1] if places else 0.0) + 1e-9))
    made = len(timing.made)
    spent = Schedule(tuple(sizes), tuple(places)).spent(alpha, SPENDINGS[plan.spending])
    bounds = critical_values(sizes, spent)
    return tuple(
        PlanLook(
            number=one.number,
            day=one.day.isoformat() if one.day else None,
            fraction=one.fraction,
            n=round(size),
            made=k < made,
            spent=error,
            bound=bound if bound < FARTHEST else None,
        )
        for k, (one, size, error, bound) in enumerate(
            zip(moments, sizes, spent, bounds, strict=True)
        )
    )


def _peeking(timing: Timing, looks: int | None) -> Peeking | None:
    if timing.kind == "once":
        return None
    number = looks or ANY_LOOKS
    steps = tuple((k + 1) / number for k in range(number))
    error = ever_beyond(steps, -float(ndtri(1 - CHANCE)))
    return Peeking(threshold=CHANCE, looks=number, error=error)


def _events(sample: Sample) -> int:
    """Units that carry what is known of the arm: events and non-events of a rate, non-zeros."""
    if sample.successes is not None:
        return min(sample.successes, sample.n - sample.successes)
    if sample.values is None:
        return sample.n
    return int(np.count_nonzero(sample.values[0]))


def final_bound(timing: Timing, n: float, share: float, alpha: float) -> float:
    """The bound at the planned end of a sequence that may be looked at at any time."""
    planned = (timing.planned_n or PLANNED_N) * share
    return multiplier(max(planned, n), planned, alpha)
