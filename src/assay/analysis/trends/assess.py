"""All series together: each is analysed, breaks are joined, and what matters most comes first."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from assay.analysis.trends.associations import together
from assay.analysis.trends.findings import finding_of, parts_of, rank_of
from assay.analysis.trends.mix import mixes
from assay.analysis.trends.one import trend_of
from assay.analysis.trends.result import TrendResult
from assay.analysis.trends.wholes import wholes
from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.analysis.trends.one import Traces
    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import SeriesTrend
    from assay.features.happenings import Happening
    from assay.features.watched import Watched

    Told = tuple[SeriesTrend, Traces]

ALONE: Final = 60
"""Series below which starting processes would take longer than they save."""
_CHUNK: Final = 20


def assess(
    series: Sequence[Watched],
    question: Question,
    happenings: Sequence[Happening] = (),
    mix: Mapping[str, Sequence[Watched]] | None = None,
) -> TrendResult:
    """What is changing in the series, since when, how surely, and what comes next.

    Args:
        series: every metric of every group.
        question: what is asked of each.
        happenings: what is known to have happened, named beside breaks of the same days.
        mix: column → how many rows each of its values has in each period.

    Raises:
        DataError: where there is no series.
    """
    if not series:
        raise DataError(
            "there is no series: no row falls into the time that is looked at",
            remedy="widen `window`, or look at the data with `assay check`",
        )
    few = len(series) <= question.told
    answer = partial(
        trend_of,
        question=question,
        happenings=tuple(happenings),
        among=len(series),
        with_points=few,
    )
    parts = parts_of(series)
    answers = _each(series, answer, question.workers)
    found = [replace(one, part=part) for (one, _), part in zip(answers, parts, strict=True)]
    places = sorted(range(len(series)), key=lambda place: rank_of(found[place], question.recent))
    by_rank = [found[place] for place in places]
    told, rest = by_rank[: question.told], by_rank[question.told :]
    if not few:
        told = [
            replace(answer(series[place], with_points=True)[0], part=parts[place])
            for place in places[: question.told]
        ]
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
        level_each=1 - (1 - question.level) / max(len(found), 1),
        watched=len(found),
        told=len(told),
        values=sum(one.n for one in found),
        happenings=len(happenings),
        series=(*told, *rest),
        together=together(
            [(series[place], found[place], answers[place][1]) for place in places], question
        ),
        wholes=wholes(series, [one.outlook for one in found], question),
        mixes=mixes(mix or {}, question),
        findings=tuple(finding_of(one, question) for one in by_rank),
    )


def _each(series: Sequence[Watched], answer: Callable[[Watched], Told], workers: int) -> list[Told]:
    """The answer for each, in their order; over several processes where there are many.

    Where no process can be started, or those that were died, it is all done here: it takes longer
    and says the same.
    """
    alone = len(series) < ALONE or workers < 2 or multiprocessing.current_process().daemon
    if not alone:
        try:
            with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
                return list(pool.map(answer, series, chunksize=_CHUNK))
        except (OSError, BrokenProcessPool):
            pass
    return [answer(one) for one in series]
