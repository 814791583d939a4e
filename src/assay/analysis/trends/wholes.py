"""Totals and the parts that they are the sum of, forecast so that they add up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.trends.outlook import foreseen, label_after
from assay.analysis.trends.result import Whole, WholePart
from assay.core.errors import DataError
from assay.stats.forecasting import Forecast, reconcile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import Outlook
    from assay.features.watched import Watched

    Part = tuple[Watched, Outlook | None]

MOST: Final = 200
"""Parts of a total beyond which they are not made to add up."""


def wholes(
    series: Sequence[Watched], outlooks: Sequence[Outlook | None], question: Question
) -> tuple[Whole, ...]:
    """Every metric that is a total, over its groups.

    Args:
        series: every metric of every group.
        outlooks: of each series, which are made to add up; one that has none is forecast here.
        question: what is asked.
    """
    by_metric: dict[str, list[Part]] = {}
    for one, ahead in zip(series, outlooks, strict=True):
        if one.total and one.group:
            by_metric.setdefault(one.metric, []).append((one, ahead))
    return tuple(_whole(parts, question) for parts in by_metric.values() if len(parts) > 1)


def total_of(parts: Sequence[Watched]) -> Watched:
    """The sum of series on the same periods; where some log nothing, the others make it up."""
    table = np.array([one.values for one in parts])
    here = np.isfinite(table).any(axis=0)
    errors = np.sqrt(np.nansum(np.array([one.errors for one in parts]) ** 2, axis=0))
    first = parts[0]
    return replace(
        first,
        group=(),
        values=np.where(here, np.nansum(table, axis=0), np.nan),
        errors=np.where(here, errors, np.nan),
        n=np.sum([one.n for one in parts], axis=0),
        missing=sum(one.missing for one in parts),
        low=0.0 if all(one.low is not None for one in parts) else None,
    )


def _whole(parts: Sequence[Part], question: Question) -> Whole:
    first = parts[0][0]
    told = [part for part in parts if np.isfinite(part[0].values).any()]
    series = [one for one, _ in told]
    problem = _problem(series)
    if problem:
        return _without(first, problem)
    total = total_of(series)
    try:
        whole = foreseen(total, question)
        alone = {_name(one): _part(one, ahead, question, whole) for one, ahead in told}
        moved, each = reconcile(whole, alone, low=total.low)
    except DataError as error:
        return _without(first, error.message)
    own = np.array(whole.values)
    gap = np.abs(own - np.sum([one.values for one in alone.values()], axis=0))
    size = np.abs(own)
    return Whole(
        metric=first.metric,
        unit=first.unit,
        at=label_after(total, question),
        total=_last("all", moved, whole),
        parts=tuple(
            sorted(
                (_last(name, one, alone[name]) for name, one in each.items()),
                key=lambda part: -part.value,
            )
        ),
        apart=float(np.max(gap[size > 0] / size[size > 0])) if (size > 0).any() else None,
        left_out="",
    )


def _problem(parts: Sequence[Watched]) -> str:
    if len({one.labels for one in parts}) != 1:
        return "its parts are not of the same periods"
    if len(parts) > MOST:
        return f"{len(parts):,} parts, at most {MOST} are made to add up"
    return ""


def _without(one: Watched, problem: str) -> Whole:
    return Whole(
        metric=one.metric,
        unit=one.unit,
        at="",
        total=None,
        parts=(),
        apart=None,
        left_out=problem,
    )


def _name(one: Watched) -> str:
    return " · ".join(value for _, value in one.group)


def _part(one: Watched, ahead: Outlook | None, question: Question, whole: Forecast) -> Forecast:
    """A part's own forecast; what the part holds too little for stays at its mean."""
    if ahead is not None:
        return Forecast(
            values=tuple(point.value for point in ahead.ahead),
            low=tuple(point.low for point in ahead.ahead),
            high=tuple(point.high for point in ahead.ahead),
            level=ahead.level,
            weights={},
            coverage=(),
            backtest=(),
            notes=ahead.notes,
        )
    try:
        return foreseen(one, question)
    except DataError:
        mean = float(np.nanmean(one.values))
        steps = len(whole.values)
        reach = float(np.nanmax(np.abs(one.values - mean)))
        low = mean - reach if one.low is None else max(one.low, mean - reach)
        return replace(
            whole,
            values=(mean,) * steps,
            low=(low,) * steps,
            high=(mean + reach,) * steps,
        )


def _last(name: str, moved: Forecast, alone: Forecast) -> WholePart:
    return WholePart(
        name=name,
        value=moved.values[-1],
        low=moved.low[-1],
        high=moved.high[-1],
        alone=alone.values[-1],
    )
