"""The last periods of a series beside as many before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.analysis.trends.question import CYCLE
from assay.analysis.trends.result import Comparison
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.seasons import period_change

if TYPE_CHECKING:
    from assay.analysis.trends.question import Question
    from assay.features.watched import Watched
    from assay.stats.fieller import RatioInterval
    from assay.stats.seasons import PeriodChange, Shift


def compared(one: Watched, question: Question, *, among: int) -> tuple[Comparison | None, str]:
    """The comparison, or why there is none.

    Its intervals are of the question's level; whether the change is sure is asked of one that
    holds the level over all watched series.
    """
    size, cycle = one.values.size, CYCLE[question.every]
    periods = min(question.recent, size // 2 // cycle * cycle)
    if periods < max(2, cycle):
        return None, f"{size} periods, too few to compare the last with those before"

    def asked(level: float) -> PeriodChange:
        return period_change(
            one.values,
            before=(size - 2 * periods, size - periods),
            after=(size - periods, size),
            period=cycle,
            counts=None if one.total else one.n,
            level=level,
        )

    try:
        told, strict = asked(question.level), asked(1 - (1 - question.level) / among)
    except DataError as error:
        return None, f"the last {periods} periods cannot be compared: {error.message}"
    return (
        Comparison(
            periods=periods,
            before=told.before,
            after=told.after,
            change=_estimate(told.change),
            mix=_estimate(told.mix),
            like_for_like=_estimate(told.like_for_like),
            relative=None if told.relative is None else _ratio(told.relative),
            sure=not strict.change.low <= 0 <= strict.change.high,
            unit=one.unit,
        ),
        "",
    )


def _estimate(shift: Shift) -> Estimate:
    return Estimate(value=shift.value, low=shift.low, high=shift.high)


def _ratio(ratio: RatioInterval) -> Estimate:
    return Estimate(value=ratio.value, low=ratio.low, high=ratio.high)
