"""From judgements to everything that the report on scores prints."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from assay.analysis.scoring.agreement import agreement_of
from assay.analysis.scoring.course import courses_of
from assay.analysis.scoring.drift import drifts_of, moves_of
from assay.analysis.scoring.findings import findings_of
from assay.analysis.scoring.means import judges_of, means_of
from assay.analysis.scoring.result import ScoringResult
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.scoring.result import GoalStatus
    from assay.features.judgements import Judgements


def assess_scores(  # noqa: PLR0913  what is judged, and what counts as recent
    given: Judgements,
    weeks: pl.DataFrame,
    *,
    by: Sequence[str] = (),
    goals: Sequence[GoalStatus] = (),
    recent_days: int = 28,
    before_days: int = 84,
    cluster: str = "session_id",
    smallest_cell: int = 10,
    alpha: float = 0.05,
) -> ScoringResult:
    """How good scores are, whether judges agree, and whether a judge or the judged moved.

    Args:
        given: of `features.judgements.judgements`.
        weeks: of `features.judgements.score_series`.
        by: columns whose values are looked at one by one.
        goals: of `goal_status`.
        recent_days: the last days of the data, compared with …
        before_days: … the days before them.
        cluster: column of what judgements may share, for the words.
        smallest_cell: groups of fewer clusters are not told.
        alpha: one minus the confidence of intervals.

    Raises:
        ParameterError: where a number of days or alpha is out of range.
    """
    if not (recent_days >= 1 and before_days >= 1 and 0 < alpha < 1):
        raise ParameterError(
            f"recent_days={recent_days}, before_days={before_days}, alpha={alpha}, expected days "
            "of 1 or more, and a share between 0 and 1"
        )
    level = 1 - alpha
    first, last = given.rows["at"].min(), given.rows["at"].max()
    last_day, first_day = last.date(), first.date()  # type: ignore[union-attr]
    recent = last_day - timedelta(days=recent_days - 1)
    before = recent - timedelta(days=before_days)
    rows = given.rows.filter(pl.col("at").dt.date() >= before).with_columns(
        late=pl.col("at").dt.date() >= recent
    )
    drifts = drifts_of(given, rows, alpha=alpha)
    trusted = [one.judge for one in drifts if one.verdict in {"steady", "unknown"}]
    moves, groups, hidden = moves_of(given, rows, trusted, columns=by, k=smallest_cell, level=level)
    unit_scales = [scale.high - scale.low for scale in given.scales.values()]
    result = ScoringResult(
        scores=given.rows.height,
        items=given.rows["item"].n_unique(),
        first=first_day.isoformat(),
        last=last_day.isoformat(),
        recent_from=recent.isoformat(),
        before_from=max(before, first_day).isoformat(),
        cluster=cluster,
        k=smallest_cell,
        hidden=hidden,
        confidence=level,
        scale=max(unit_scales),
        means=means_of(given, level=level),
        judges=judges_of(given, level=level),
        agreement=agreement_of(given, level=level),
        drifts=drifts,
        moves=moves,
        groups=groups,
        courses=courses_of(weeks, given.scales, level=level),
        goals=tuple(goals),
        findings=(),
    )
    return findings_of(result)
