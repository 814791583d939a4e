"""What a reader takes away of each series, and which of them comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.finding import Estimate, Finding

if TYPE_CHECKING:
    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import Change, SeriesTrend
    from assay.core.finding import Tone


def rank_of(one: SeriesTrend) -> tuple[int, float, str]:
    """Lower comes first: news for the worse, other news, what has changed before, what has not."""
    standing = standing_of(one)
    size = 0.0
    if one.verdict == "no answer":
        place = 6
    elif standing is not None:
        size = -abs(_relative(standing))
        new = standing.new
        place = (0 if is_worse(one, standing.size.value) else 1) if new else 2
    elif one.comparison is not None and one.comparison.sure:
        place = 3
        relative = one.comparison.relative
        size = -abs((relative.value if relative else None) or 0.0)
    else:
        place = 4
    return place, size, one.key


def standing_of(one: SeriesTrend) -> Change | None:
    """The last change of a series: that after which it is as it is."""
    return one.changes[-1] if one.changes else None


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
    worse = moved and unit == one.unit and is_worse(one, size.value if size else None)
    tone: Tone = "neutral"
    if moved and unit == one.unit:
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


def _relative(change: Change) -> float:
    return (change.relative.value if change.relative is not None else None) or 0.0


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
