"""A series taken apart beside its line: what the season and single days add to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.trends.result import OneOff, Season, SeasonPart
from assay.core.finding import Estimate
from assay.stats.seasons import decompose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from assay.analysis.trends.question import Question
    from assay.features.happenings import Happening
    from assay.features.watched import Watched

    Floats = NDArray[np.float64]

LONGEST: Final = timedelta(days=7)
"""How long an incident or holiday may last to be an effect of single days and no level."""
_MOST_MASKED: Final = 0.2
Span = tuple["Happening", int, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """What seasons add to each step (zero without one), and what is told of them."""

    seasonal: Floats
    seasons: tuple[Season, ...]
    one_offs: tuple[OneOff, ...]


def single_days(one: Watched, happenings: Sequence[Happening]) -> list[Span]:
    """Incidents and holidays of a few days, and the steps that they cover."""
    spans: list[Span] = []
    days = np.array([at.date() for at in one.at])
    for event in happenings:
        if not event.passes or event.last - event.first > LONGEST:
            continue
        steps = np.flatnonzero((days >= event.first) & (days <= event.last))
        if steps.size:
            spans.append((event, int(steps[0]), int(steps[-1]) + 1))
    covered = sum(high - low for _, low, high in spans)
    return spans if covered <= _MOST_MASKED * one.values.size else []


def taken_apart(  # noqa: PLR0913  a series, its line, and what is known of both
    one: Watched,
    line: Floats,
    *,
    errors: Floats,
    periods: tuple[int, ...],
    spans: Sequence[Span],
    question: Question,
) -> Parts:
    """Seasons of these periods and effects of single days, of what is left beside the line."""
    none = Parts(np.zeros(one.values.size), (), ())
    left = one.values - line
    spans = [span for span in spans if np.isfinite(left[span[1] : span[2]]).any()]
    if not periods and not spans:
        return none
    found = decompose(
        left[None],
        periods=periods,
        events={str(i): range(low, high) for i, (_, low, high) in enumerate(spans)},
        errors=errors[None],
        level=question.level,
    )
    if not found.enough[0]:
        return none
    return Parts(
        seasonal=found.seasons[:, 0].sum(axis=0) if periods else none.seasonal,
        seasons=tuple(
            _season(one, period, found.seasons[i, 0], float(found.strength[i, 0]), question.every)
            for i, period in enumerate(found.periods)
        ),
        one_offs=tuple(
            OneOff(
                what=event.what,
                kind=event.kind,
                first=event.first.isoformat(),
                last=event.last.isoformat(),
                effect=Estimate(
                    value=float(found.effects[i, 0]),
                    low=float(found.effect_low[i, 0]),
                    high=float(found.effect_high[i, 0]),
                ),
                unit=one.unit,
            )
            for i, (event, _, _) in enumerate(spans)
        ),
    )


def _season(one: Watched, period: int, added: Floats, strength: float, every: str) -> Season:
    firsts = range(min(period, one.values.size))
    return Season(
        period=period,
        strength=strength,
        parts=tuple(
            SeasonPart(label=_phase(one.at[i], period, every), value=float(added[i]))
            for i in sorted(firsts, key=lambda i: _order(one.at[i], period, every))
        ),
    )


def _phase(at: datetime, period: int, every: str) -> str:
    if every == "hour":
        return at.strftime("%H:00" if period == 24 else "%a %H:00")
    return at.strftime({"day": "%a", "week": "week %V"}.get(every, "%b"))


def _order(at: datetime, period: int, every: str) -> tuple[int, int]:
    if every in {"hour", "day"}:
        return 0 if period == 24 else at.weekday(), at.hour
    return at.month, at.day
