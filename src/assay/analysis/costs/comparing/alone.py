"""Each configuration by itself: its success, its cost per attempt, its cost per resolved task."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.analysis.costs.comparing.grid import grid_of
from assay.analysis.costs.comparing.result import Configuration
from assay.core.finding import Estimate
from assay.stats.cost_per_success import cost_per_success

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.unequal_ends import Ends


def configurations_of(
    lines: pl.DataFrame, *, by: Sequence[str], alpha: float
) -> tuple[Configuration, ...]:
    """From the lowest cost per resolved task to the highest, those that have none last."""
    grid = grid_of(lines, by=by)
    parts = lines.partition_by(by, maintain_order=True)
    found = [
        _alone(part, name, values, alpha)
        for part, name, values in zip(parts, grid.names, grid.values, strict=True)
    ]
    return tuple(sorted(found, key=_rank))


def _rank(one: Configuration) -> tuple[float, float, str]:
    per = one.per_resolved
    if per is None:
        return inf, inf, one.name
    return inf if per.value is None else per.value, per.low or 0.0, one.name


def _alone(part: pl.DataFrame, name: str, values: tuple[str, ...], alpha: float) -> Configuration:
    whole = part.filter(pl.col("complete") > 0)
    sums = whole.group_by("cluster").agg(
        pl.col("complete", "complete_usd", "complete_resolved").sum()
    )
    attempts, costs, wins = (
        sums.sort("cluster")[column].to_numpy().astype(np.float64)
        for column in ("complete", "complete_usd", "complete_resolved")
    )
    success = per_attempt = per_resolved = None
    if sums.height >= 2:
        told = cost_per_success(attempts, costs, wins, alpha=alpha)
        success, per_attempt = _estimate(told.rate), _estimate(told.per_attempt)
        per_resolved = Estimate(
            value=told.value if isfinite(told.value) else None,
            low=told.low,
            high=told.high if isfinite(told.high) else None,
        )
    resolved = float(wins.sum())
    return Configuration(
        name=name,
        values=values,
        standing="not enough data"
        if per_resolved is None
        else "known"
        if resolved > 0
        else "no task resolved",
        attempts=int(attempts.sum()),
        left_out=int(part["attempts"].sum()) - int(attempts.sum()),
        items=whole.height,
        clusters=sums.height,
        resolved=resolved,
        spent=float(costs.sum()),
        success=success,
        per_attempt=per_attempt,
        per_resolved=per_resolved,
    )


def _estimate(ends: Ends) -> Estimate:
    return Estimate(value=ends[0], low=ends[1], high=ends[2])
