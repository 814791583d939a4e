"""What a reader takes away of each series, and which of them comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.core.finding import Estimate, Finding
from assay.core.units import USD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import Change, SeriesTrend
    from assay.core.finding import Tone
    from assay.features.watched import Watched


def parts_of(series: Sequence[Watched]) -> list[float]:
    """The part of its metric's whole that each series makes up, 0 to 1."""
    amounts = [_amount(one) for one in series]
    whole: dict[str, float] = {}
    for one, amount in zip(series, amounts, strict=True):
        whole[one.metric] = whole.get(one.metric, 0.0) + amount
    return [
        amount / whole[one.metric] if whole[one.metric] > 0 else 0.0
        for one, amount in zip(series, amounts, strict=True)
    ]


def _amount(one: Watched) -> float:
    """Money or a total where the metric is one, else how many units."""
    if one.total:
        return float(np.nansum(np.abs(one.values)))
    if one.unit == USD:
        return float(np.nansum(np.abs(one.values) * one.n))
    return float(one.n.sum())


def rank_of(one: SeriesTrend, recent: int) -> tuple[int, float, str]:
    """Lower comes first: news for the worse, other news, what has changed before, what has not.

    Within each, by what is certain of the change's relative size (the end of its interval that is
    nearer to none), times its confidence, times the part of the metric's whole that it concerns.
    """
    standing = standing_of(one)
    size = 0.0
    if one.verdict == "no answer":
        place = 5
    elif standing is not None:
        size = -_certain(one, standing, recent) * standing.confidence * one.part
        new = standing.new
        worse = standing.kind != "variance" and is_worse(one, standing.size.value)
        place = (0 if worse else 1) if new else 2
    elif one.comparison is not None and one.comparison.sure:
        place = 3
        size = -_nearest(one.comparison.relative) * one.part
    else:
        place = 4
        size = -one.part
    return place, size, one.key


def standing_of(one: SeriesTrend) -> Change | None:
    """The last change of level or slope, else of spread: that after which it is as it is."""
    steps = [change for change in one.changes if change.kind != "variance"]
    told = steps or list(one.changes)
    return told[-1] if told else None


def is_worse(one: SeriesTrend, size: float | None) -> bool:
    """Whether a move of this sign is for the worse."""
    return bool(size) and ((size or 0.0) > 0) != (one.better == "up")


def finding_of(one: SeriesTrend, question: Question) -> Finding:
    """The finding of a series, its sentences still to be told."""
    change, comparison = standing_of(one), one.comparison
    size: Estimate | None = None
    lift: Estimate | None = None
    expected = seen = None
    since, unit, new = "", one.unit, False
    if change is not None:
        size, lift, unit, since = change.size, change.relative, change.unit, change.since
        new = change.new
        if change.kind == "level":
            expected, seen = change.before, change.after
    elif comparison is not None:
        size, lift = comparison.change, comparison.relative
        expected, seen = comparison.before, comparison.after
    moved = one.verdict == "changed"
    judged = moved and (change is None or change.kind != "variance")
    worse = judged and is_worse(one, size.value if size else None)
    tone: Tone = "neutral"
    if judged:
        tone = "bad" if worse else "good"
    return Finding(
        key=one.key,
        what=one.name,
        state=one.verdict,
        tone=tone,
        needs_decision=new and worse,
        evidence="association",
        unit=unit,
        size=size,
        lift=lift,
        n=one.n,
        confidence=question.level,
        action=_action(moved=moved, new=new, worse=worse, refused=bool(one.refused)),
        reason=one.refused or _reason(one),
        since=since,
        expected=expected,
        seen=seen,
    )


def _certain(one: SeriesTrend, change: Change, recent: int) -> float:
    """How far the series is surely moved, over its level.

    A bend counts by what it adds over the last periods; what makes a series vary more or less does
    not move it.
    """
    if change.kind == "variance":
        return 0.0
    if change.kind == "level":
        return _nearest(change.relative)
    level = abs((one.latest.value if one.latest else None) or 0.0)
    return _nearest(change.size) * recent / level if level else 0.0


def _nearest(estimate: Estimate | None) -> float:
    """The end of an interval that is nearer to zero; zero where zero is inside or it is open."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return 0.0
    return max(0.0, estimate.low, -estimate.high)


def _action(*, moved: bool, new: bool, worse: bool, refused: bool) -> str:
    if refused:
        return "wait for more data"
    if not moved:
        return "nothing to do"
    if worse:
        return "look into it" if new else "see whether it is known"
    return "nothing to do"


def _reason(one: SeriesTrend) -> str:
    if one.changes:
        return "its level, slope or spread is surely not what it was"
    if one.verdict == "changed":
        return "the last periods are surely not like those before"
    return "no change is sure"
