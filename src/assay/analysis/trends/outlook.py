"""The periods to come of one series, within its bounds, and what such forecasts were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.trends.question import PERIODS, STEPS
from assay.analysis.trends.result import Ahead, BackTested, Outlook
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.forecasting import forecast
from assay.stats.forecasting.panel import schedule
from assay.stats.seasons.periods import without_seasons

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from assay.analysis.trends.question import Question
    from assay.features.watched import Watched
    from assay.stats.forecasting import BackTest, Forecast

_TAIL: Final = 0.7
"""Values beyond each end of a range, on average, below which its ends would be the extremes."""


def foreseen(
    one: Watched, question: Question, *, periods: tuple[int, ...] | None = None
) -> Forecast:
    """The forecast of a series within its bounds.

    A season that no test finds is not forecast: methods would repeat chance week after week. On
    the sample's series without a season that costs nothing (error × 1.00, coverage the same).

    Args:
        one: the series.
        question: what is asked.
        periods: of the seasons that were found; None to look for them here.

    Raises:
        DataError: where the series is too short.
    """
    here = one.values[np.isfinite(one.values)]
    return forecast(
        one.values,
        question.horizon,
        periods=seasons_of(one.values, question) if periods is None else periods,
        level=question.level,
        low=one.low,
        high=one.high,
        integer=one.total and bool((here == np.round(here)).all()),
    )


def seasons_of(values: NDArray[np.float64], question: Question) -> tuple[int, ...]:
    """Periods of the seasons that a series has for sure."""
    if not np.isfinite(values).any():
        return ()
    return without_seasons(values, PERIODS[question.every])[1]


def label_after(one: Watched, question: Question) -> str:
    """The label of the last period that is forecast."""
    at = one.at[-1]
    for _ in range(question.horizon):
        at = _next(at, question.every)
    return _label(at, question.every)


def outlook(
    one: Watched, question: Question, *, periods: tuple[int, ...], breaks: Sequence[int] = ()
) -> tuple[Outlook | None, str]:
    """The outlook, or why there is none.

    Args:
        one: the series.
        question: what is asked.
        periods: of the seasons that were found.
        breaks: steps from which its level or slope is another.
    """
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
            broke=_broke(one, question, told, periods, breaks),
            lately=_lately(one, question, breaks),
            tested=tuple(_tested(record) for record in told.backtest),
            notes=told.notes,
            unit=one.unit,
        ),
        "",
    )


def _broke(
    one: Watched,
    question: Question,
    told: Forecast,
    periods: tuple[int, ...],
    breaks: Sequence[int],
) -> tuple[str, ...]:
    """Breaks that past forecasts were made before, so that their errors hold them."""
    if not told.backtest:
        return ()
    first = schedule(one.values.size, question.horizon, max(periods, default=1)).origins[0]
    return tuple(one.labels[step] for step in breaks if step > first)


def _lately(one: Watched, question: Question, breaks: Sequence[int]) -> Estimate | None:
    """The middle of the values since the last break, and the ends that hold `level` of them."""
    if not breaks:
        return None
    since = one.values[breaks[-1] :]
    here = since[np.isfinite(since)]
    tail = (1 - question.level) / 2
    if here.size * tail < _TAIL:
        return None
    low, middle, high = np.quantile(here, (tail, 0.5, 1 - tail), method="median_unbiased")
    return Estimate(value=float(middle), low=float(low), high=float(high))


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
