"""What the end of the plan will probably say, and what to do until then."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Literal

from assay.analysis.experiments.interim.plan import PlanState, final_bound, is_running, schedule_of
from assay.core.units import COUNT, Probability, Share
from assay.stats.sequential.group_sequential import FARTHEST
from assay.stats.sequential.midcourse import Ahead, conditional_power, predictive_power

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.experiments.conclusions.verdicts import Cause
    from assay.analysis.experiments.effects.evidence import Effect
    from assay.analysis.experiments.interim.looks import Timing
    from assay.analysis.experiments.result import Comparison
    from assay.params import Metric, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Chances of the answers that the end of the plan may give for one metric and arm.

    Attributes:
        now: share of the planned information that is there.
        better, worse, neither: after the data, by a flat prior: the interval lies wholly on the
            better side of what matters, on the worse side, or on neither.
        at_trend, at_plan, at_zero: chance of the better answer were the effect as it looks now, as
            it was hoped for, or none.
    """

    metric: str
    arm: str
    role: str
    now: Share
    better: Probability
    worse: Probability
    neither: Probability
    at_trend: Probability
    at_plan: Probability | None
    at_zero: Probability
    planned_effect: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do with the running experiment.

    Attributes:
        action: `none` where the plan has ended or there is none to end.
        metric: what it rests on.
        until: day of the next look, or on which the plan ends, as far as that is known.
        more: units of all arms until then.
    """

    action: Literal["stop for harm", "stop for futility", "stop", "go on", "none"]
    reason: str
    metric: str | None = None
    until: str | None = None
    more: Annotated[int | None, COUNT] = None


def outlook_of(  # noqa: PLR0913  an effect, its metric, and the plan that both stand in
    effect: Effect,
    metric: Metric,
    arm: str,
    timing: Timing,
    plan: Plan | None,
    *,
    share: float,
    alpha: float,
) -> Outlook | None:
    """What the end will say of one comparison; None where there is no end to come, or no interval.

    Against a region or a margin the lift is compared, with the standard error of its interval.
    """
    road = _road(effect, timing, plan, share=share, alpha=alpha)
    scores = _scores(effect, metric)
    if road is None or scores is None:
        return None
    now, looks, bounds = road
    z_good, z_bad, error, edge = scores
    good, bad = Ahead(z_good, now, looks, bounds), Ahead(z_bad, now, looks, bounds)
    better, worse = predictive_power(good)[0], predictive_power(bad)[1]
    whole = error * sqrt(now)
    planned = plan.planned_effect if plan else None

    def chance(lift: float) -> float:
        return conditional_power(good, (lift - edge) / whole)[0]

    return Outlook(
        metric=metric.name,
        arm=arm,
        role=metric.role,
        now=now,
        better=better,
        worse=worse,
        neither=max(0.0, 1 - better - worse),
        at_trend=conditional_power(good, good.trend)[0],
        at_plan=None if planned is None else chance(abs(planned)),
        at_zero=chance(0.0),
        planned_effect=planned,
    )


def advise(
    outlooks: Sequence[Outlook],
    judged: Sequence[tuple[Comparison, Cause]],
    state: PlanState,
    plan: Plan | None,
) -> Advice:
    """What to do, for the arm that the verdict speaks of.

    Args:
        outlooks: of that arm's comparisons.
        judged: that arm's comparisons, with the causes of their verdicts.
        state: where the plan stands.
        plan: as declared.
    """
    if not state.running:
        return Advice(action="none", reason="the data are complete")
    reached = _reached(judged)
    if reached is not None:
        return reached
    hopes = [one for one in outlooks if one.role == "primary"] or list(outlooks)
    limit = plan.futility if plan else None
    if limit is not None and hopes and all(one.better < limit for one in hopes):
        best = max(hopes, key=lambda one: one.better)
        return Advice(
            action="stop for futility",
            metric=best.metric,
            reason=f"the chance of an answer for the variant is below {100 * limit:.3g} %",
        )
    whole = state.planned_n
    return Advice(
        action="go on",
        reason=state.waiting or "the answer is still open",
        until=state.next_look or state.end,
        more=None if whole is None else max(0, whole - state.n),
    )


def _reached(judged: Sequence[tuple[Comparison, Cause]]) -> Advice | None:
    """Where a bound is crossed already, so that nothing more is needed."""
    harmed = [c for c, cause in judged if cause == "worse" and c.role in {"primary", "guardrail"}]
    if harmed:
        return Advice(
            action="stop for harm",
            metric=harmed[0].metric,
            reason="its bound is crossed on the worse side",
        )
    primary = [c for c, _ in judged if c.role == "primary"]
    unshown = [
        c for c, _ in judged if c.role == "guardrail" and c.margin and c.verdict == "undecided"
    ]
    shipped = [c for c in primary if c.verdict == "ship"]
    if shipped and not unshown:
        return Advice(
            action="stop", metric=shipped[0].metric, reason="its bound is crossed: the answer holds"
        )
    if primary and all(c.verdict == "keep" for c in primary):
        return Advice(
            action="stop", metric=primary[0].metric, reason="nothing that matters can be gained"
        )
    return None


def _road(
    effect: Effect, timing: Timing, plan: Plan | None, *, share: float, alpha: float
) -> tuple[float, tuple[float, ...], tuple[float, ...]] | None:
    """Share of the information now, and the looks to come with their bounds."""
    if not is_running(timing.kind, timing.fraction) or timing.waiting is not None:
        return None
    if timing.kind == "anytime":
        now = effect.units / ((timing.planned_n or 1) * share)
        bound = final_bound(timing, effect.units, share, alpha)
        return (now, (1.0,), (bound,)) if 0 < now < 1 else None
    looks = schedule_of(timing, plan, alpha)
    made = [one for one in looks if one.made]
    ahead = [one for one in looks if not one.made]
    if not made or not ahead or not ahead[-1].n or not made[-1].n:
        return None
    whole = ahead[-1].n
    places = tuple((one.n or 0) / whole for one in ahead)
    now = made[-1].n / whole
    if not 0 < now < places[0]:
        return None
    return now, places, tuple(one.bound or FARTHEST for one in ahead)


def _scores(effect: Effect, metric: Metric) -> tuple[float, float, float, float] | None:
    """The z of both edges, the standard error of the lift, and the better edge."""
    gap, lift = effect.difference, effect.lift
    if gap is None or not gap.critical_value or not gap.half_width > 0:
        return None
    sign = 1.0 if metric.better == "up" else -1.0
    error = gap.half_width / gap.critical_value
    guardrail = metric.role == "guardrail"
    bound = (metric.margin if guardrail else metric.equivalence) or 0.0
    control = abs(effect.value_control or 0.0)
    if not bound:
        z = sign * gap.value / error
        return (z, z, error / control, 0.0) if control else None
    if lift is None or lift.value is None or lift.low is None or lift.high is None:
        return None
    error = (lift.high - lift.low) / 2 / gap.critical_value
    edges = (-bound, -bound) if guardrail else (bound, -bound)
    z_good, z_bad = ((sign * lift.value - edge) / error for edge in edges)
    return z_good, z_bad, error, edges[0]
