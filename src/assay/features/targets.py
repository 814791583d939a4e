"""The weeks of a goal's metric, of whom the goal speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.judgements import judgements, score_series
from assay.features.series import series
from assay.params import Window

if TYPE_CHECKING:
    from assay.core.goals import Goal
    from assay.params import Metric


def goal_weeks(  # noqa: PLR0913  a goal, two tables, and what counts of them
    goal: Goal,
    scores: pl.LazyFrame,
    interactions: pl.LazyFrame | None,
    *,
    metric: Metric | None = None,
    cluster: str = "session_id",
    time: str = "judged_at",
    window: Window | None = None,
) -> pl.DataFrame | None:
    """One row per week as `features.series` has it; None where nothing is left for the goal.

    Args:
        goal: what is to be reached.
        scores: the table of scores.
        interactions: the table of interactions.
        metric: of interactions; None where the goal names a score.
        cluster: what rows may share.
        time: of a score.
        window: days that count.

    Raises:
        ParameterError: where a metric of interactions has none, or a column is unknown.
    """
    if metric is None:
        mine = scores.filter(pl.col("name") == goal.metric)
        try:
            given = judgements(
                mine, interactions, whom=goal.whom, cluster=cluster, time=time, window=window
            )
        except DataError:
            return None
        return score_series(given.rows, window=window).drop("name")
    if interactions is None:
        raise ParameterError(f"goal {goal.name!r} is of {goal.metric!r}: interactions are missing")
    rows = interactions
    known = rows.collect_schema().names()
    for column, value in goal.whom.items():
        if column not in known:
            raise ParameterError(f"goal {goal.name!r}: interactions have no column {column!r}")
        rows = rows.filter(pl.col(column).cast(pl.String) == value)
    window = None if window is None else Window.model_validate(window)
    start, end = (None, None) if window is None else (window.start, window.end)
    per = cluster if metric.kind == "ratio" and cluster in known else None
    if per is not None and "interaction_id" in known:
        own = pl.col("interaction_id").cast(pl.String)
        rows = rows.with_columns(pl.coalesce(pl.col(per).cast(pl.String), own).alias(per))
    found = series(rows, metric, every="week", unit=per, start=start, end=end)
    return found if found["n"].sum() else None
