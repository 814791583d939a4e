"""All series together: each is analysed, breaks are joined, and what matters most comes first."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from assay.analysis.trends.associations import together
from assay.analysis.trends.findings import finding_of, rank_of
from assay.analysis.trends.one import trend_of
from assay.analysis.trends.result import TrendResult
from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import SeriesTrend
    from assay.features.happenings import Happening
    from assay.features.watched import Watched

ALONE: Final = 60
"""Series below which starting processes would take longer than they save."""
_CHUNK: Final = 20


def assess(
    series: Sequence[Watched], question: Question, happenings: Sequence[Happening] = ()
) -> TrendResult:
    """What is changing in the series, since when, how surely, and what comes next.

    Raises:
        DataError: where there is no series.
    """
    if not series:
        raise DataError(
            "there is no series: no row falls into the time that is looked at",
            remedy="widen `window`, or look at the data with `assay check`",
        )
    found = _each(series, question, happenings)
    by_rank = sorted(found, key=rank_of)
    told = by_rank[: question.told]
    rest = [replace(one, points=()) for one in by_rank[question.told :]]
    at = {label: moment for one in series for label, moment in zip(one.labels, one.at, strict=True)}
    labels = sorted(at, key=lambda label: at[label])
    return TrendResult(
        every=question.every,
        time_zone=question.time_zone,
        first=labels[0] if labels else "",
        last=labels[-1] if labels else "",
        through=at[labels[-1]].date().isoformat() if labels else "",
        horizon=question.horizon,
        recent=question.recent,
        level=question.level,
        watched=len(found),
        told=len(told),
        happenings=len(happenings),
        series=(*told, *rest),
        together=together(by_rank),
        findings=tuple(finding_of(one, question) for one in by_rank),
    )


def _each(
    series: Sequence[Watched], question: Question, happenings: Sequence[Happening]
) -> list[SeriesTrend]:
    """The answer for each, over several processes where there are many."""
    answer = partial(trend_of, question=question, happenings=tuple(happenings), among=len(series))
    if len(series) < ALONE or question.workers < 2:
        return [answer(one) for one in series]
    with ProcessPoolExecutor(question.workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(answer, series, chunksize=_CHUNK))
