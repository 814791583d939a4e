"""How likely a goal is met by its day, as things go now."""

from __future__ import annotations

from datetime import date, timedelta
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from assay.analysis.scoring.course import points_of
from assay.analysis.scoring.result import Ahead, GoalState, GoalStatus
from assay.core.finding import Estimate
from assay.stats.forecasting import forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.analysis.scoring.result import Point
    from assay.core.goals import Goal
    from assay.features.judgements import Scale
    from assay.params import Metric
    from assay.stats.forecasting import Forecast

WEEK: Final = 7
LEVELS: Final = (0.2, 0.5, 0.8, 0.9, 0.95)
"""Intervals whose ends make the distribution of a week to come."""
LIKELY: Final = 0.8
FEWEST: Final = 8
"""Complete weeks that a forecast for a goal needs."""
FARTHEST: Final = 26
"""Weeks ahead for which something is said."""


def goal_status(
    goal: Goal,
    weeks: pl.DataFrame | None,
    *,
    scale: Scale | None = None,
    metric: Metric | None = None,
    alpha: float = 0.05,
) -> GoalStatus:
    """Where a goal stands: met, missed, or with which probability it will be met.

    The week that ends on or before the goal's day has to reach the target. Its distribution is that
    of the forecast: ends of intervals that were tested on the past, joined by a normal curve in
    between. How surely that week itself is measured is in it, since past weeks were measured alike.

    Args:
        goal: what is to be reached.
        weeks: `features.series` of the goal's metric, one row per week; None without any rows.
        scale: of the score that the goal names; its ends bound the forecast.
        metric: that the goal names, where it is no score; says which way is better where the goal
            does not.
        alpha: one minus the confidence of the intervals that are told.
    """
    if metric is not None and "better" not in goal.model_fields_set:
        goal = goal.model_copy(update={"better": metric.better})
    unit = scale.unit if scale else (metric.unit if metric else None) or "1"
    low, high = (scale.low, scale.high) if scale else _bounds(unit)
    level = 1 - alpha
    points = () if weeks is None else points_of(weeks, unit, level)
    known = [point for point in points if point.complete]
    while known and known[-1].mean is None:
        known.pop()
    if not known:
        return _status(goal, unit, points, "not enough data", reason="no complete week has a value")
    last = known[-1]
    ends = date.fromisoformat(last.day) + timedelta(days=WEEK - 1)
    steps = (goal.by - ends).days // WEEK
    if goal.by <= ends:
        return _past(goal, unit, known)
    steps = max(steps, 1)
    measured = [point for point in known if point.mean is not None]
    if len(measured) < FEWEST or steps > FARTHEST:
        reason = (
            f"{len(measured)} complete weeks, needs {FEWEST}"
            if len(measured) < FEWEST
            else f"{steps} weeks ahead, at most {FARTHEST} are foreseen"
        )
        return _status(goal, unit, points, "not enough data", now=last.mean, reason=reason)
    y = [_value(point) for point in known]
    made = {lev: forecast(y, steps, periods=(), level=lev, low=low, high=high) for lev in LEVELS}
    chance = _chance(goal, made, steps)
    shown = made[LEVELS[-1]]
    state: GoalState = (
        "on track" if chance >= LIKELY else "off track" if chance < 1 - LIKELY else "at risk"
    )
    ahead = tuple(
        Ahead(
            day=(ends + timedelta(days=1 + WEEK * h)).isoformat(),
            unit=unit,
            mean=Estimate(value=v, low=a, high=b),
        )
        for h, (v, a, b) in enumerate(zip(shown.values, shown.low, shown.high, strict=True))
    )
    now = float(last.mean.value or 0.0) if last.mean else 0.0
    return _status(
        goal,
        unit,
        points,
        state,
        probability=chance,
        now=last.mean,
        needed=(goal.target - now) / steps,
        coverage=shown.coverage[-1],
        tested=shown.backtest[0].origins if shown.backtest else 0,
        ahead=ahead,
    )


def _bounds(unit: str) -> tuple[float | None, float | None]:
    return (0.0, 1.0) if unit == "share" else (None, None)


def _value(point: Point) -> float:
    return np.nan if point.mean is None or point.mean.value is None else point.mean.value


def _past(goal: Goal, unit: str, known: Sequence[Point]) -> GoalStatus:
    """The week that held, or the last before the day, against the target."""
    due = [
        point
        for point in known
        if date.fromisoformat(point.day) + timedelta(days=WEEK - 1) <= goal.by
        and point.mean is not None
    ]
    if not due:
        return _status(
            goal, unit, tuple(known), "not enough data", reason="no complete week before its day"
        )
    value = _value(due[-1])
    met = value >= goal.target if goal.better == "up" else value <= goal.target
    return _status(goal, unit, tuple(known), "met" if met else "missed", now=due[-1].mean)


def _chance(goal: Goal, made: dict[float, Forecast], steps: int) -> float:
    """Probability that the last step meets the target, from ends of nested intervals."""
    ends: list[tuple[float, float]] = [(made[LEVELS[0]].values[-1], 0.0)]
    for level, one in made.items():
        reach = float(ndtri((1 + level) / 2))
        ends += [(one.low[steps - 1], -reach), (one.high[steps - 1], reach)]
    ends.sort(key=lambda end: end[1])
    x = np.maximum.accumulate(np.array([end[0] for end in ends]))
    z = np.array([end[1] for end in ends])
    if not x[-1] > x[0]:
        above = 1.0 if x[0] >= goal.target else 0.0
    elif goal.target <= x[0] or goal.target >= x[-1]:
        edge, pace = (0, -1) if goal.target <= x[0] else (-1, 1)
        spread = abs(x[edge] - np.median(x)) / abs(z[edge]) or -inf
        above = 1 - float(ndtr(z[edge] + pace * abs(goal.target - x[edge]) / spread))
    else:
        above = 1 - float(ndtr(np.interp(goal.target, x, z)))
    return above if goal.better == "up" else 1 - above


def _status(  # noqa: PLR0913  a status has many parts
    goal: Goal,
    unit: str,
    points: tuple[Point, ...],
    state: GoalState,
    *,
    probability: float | None = None,
    now: Estimate | None = None,
    needed: float | None = None,
    coverage: float | None = None,
    tested: int = 0,
    ahead: tuple[Ahead, ...] = (),
    reason: str = "",
) -> GoalStatus:
    return GoalStatus(
        name=goal.name,
        metric=goal.metric,
        whom=", ".join(f"{column} {value}" for column, value in goal.whom.items()),
        better=goal.better,
        unit=unit,
        target=goal.target,
        by=goal.by.isoformat(),
        state=state,
        probability=probability,
        now=now,
        needed=needed,
        coverage=coverage,
        tested=tested,
        points=points,
        ahead=ahead,
        reason=reason,
    )
