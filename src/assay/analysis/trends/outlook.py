"""The periods to come of one series, within its bounds, and what such forecasts were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.trends.question import PERIODS, STEPS
from assay.analysis.trends.result import Ahead, BackTested, Outlook
from assay.core.errors import DataError
from assay.stats.forecasting import forecast

if TYPE_CHECKING:
    from datetime import datetime

    from assay.analysis.trends.question import Question
    from assay.features.watched import Watched
    from assay.stats.forecasting import BackTest, Forecast


def foreseen(one: Watched, question: Question, *, periods: tuple[int, ...] = ()) -> Forecast:
    """The forecast of a series within its bounds.

    Raises:
        DataError: where the series is too short.
    """
    here = one.values[np.isfinite(one.values)]
    return forecast(
        one.values,
        question.horizon,
        periods=periods or PERIODS[question.every],
        level=question.level,
        low=one.low,
        high=one.high,
        integer=one.total and bool((here == np.round(here)).all()),
    )


def label_after(one: Watched, question: Question) -> str:
    """The label of the last period that is forecast."""
    at = one.at[-1]
    for _ in range(question.horizon):
        at = _next(at, question.every)
    return _label(at, question.every)


def outlook(
    one: Watched, question: Question, *, periods: tuple[int, ...]
) -> tuple[Outlook | None, str]:
    """The outlook, or why there is none."""
    known = np.isfinite(one.values)
    overdue = int(np.argmax(known[::-1])) if known.any() else 0
    if overdue > question.horizon:
        return None, (
            f"no forecast: the last {overdue:,} periods have no value, expected one within the "
            f"last {question.horizon}"
        )
    try:
        told = foreseen(one, question, periods=periods)
    except DataError as error:
        return None, f"no forecast: {error.message}"
    ahead, at = [], one.at[-1]
    for value, low, high in zip(told.values, told.low, told.high, strict=True):
        at = _next(at, question.every)
        ahead.append(
            Ahead(
                label=_label(at, question.every), at=at.isoformat(), value=value, low=low, high=high
            )
        )
    tested = [share for share in told.coverage if share is not None]
    return (
        Outlook(
            ahead=tuple(ahead),
            level=told.level,
            coverage=float(np.mean(tested)) if tested else None,
            tested=tuple(_tested(record) for record in told.backtest),
            notes=told.notes,
            unit=one.unit,
        ),
        "",
    )


def _tested(record: BackTest) -> BackTested:
    return BackTested(
        method=record.method,
        weight=record.weight,
        mase=record.mase,
        smape=record.smape,
        msis=record.msis,
        coverage=record.coverage,
        origins=record.origins,
    )


def _next(at: datetime, every: str) -> datetime:
    if every == "month":
        year, month = divmod(at.year * 12 + at.month, 12)
        return at.replace(year=year, month=month + 1)
    return at + STEPS[every]


def _label(at: datetime, every: str) -> str:
    if every == "hour":
        return at.strftime("%Y-%m-%dT%H:00")
    if every == "week":
        return at.strftime("%G-W%V")
    return at.strftime("%Y-%m" if every == "month" else "%Y-%m-%d")
