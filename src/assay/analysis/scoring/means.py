"""Mean scores, rows of one session or user as one voice."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import stdtrit

from assay.analysis.scoring.result import Mean
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.judgements import Judgements, Scale


def mean_of(values: NDArray[np.float64], clusters: NDArray[np.int64], level: float) -> Estimate:
    """The mean of values with an interval by cluster; no ends where nothing can be told of it."""
    mean, groups = float(values.mean()), int(clusters.max()) + 1
    off = np.bincount(clusters, values - mean, groups)
    if groups < 2 or not (spread := float(off @ off)) > 0:
        return Estimate(value=mean, low=None, high=None)
    error = sqrt(groups / (groups - 1) * spread) / values.size
    reach = -float(stdtrit(groups - 1, (1 - level) / 2)) * error
    return Estimate(value=mean, low=mean - reach, high=mean + reach)


def means_of(given: Judgements, *, level: float) -> tuple[Mean, ...]:
    """Each name's mean: of all judges, then of each kind."""
    found = []
    for name, scale in given.scales.items():
        rows = given.rows.filter(pl.col("name") == name)
        found.append(_mean(rows, name, "all", scale, level))
        kinds = sorted(rows["source"].unique())
        found += [
            _mean(rows.filter(pl.col("source") == kind), name, kind, scale, level)
            for kind in kinds
            if len(kinds) > 1
        ]
    return tuple(found)


def judges_of(given: Judgements, *, level: float) -> tuple[Mean, ...]:
    """Each judge's mean of each name."""
    return tuple(
        _mean(rows, str(name), str(judge), given.scales[str(name)], level)
        for (name, judge), rows in sorted(given.rows.group_by("name", "judge"), key=lambda g: g[0])
    )


def _mean(rows: pl.DataFrame, name: str, judges: str, scale: Scale, level: float) -> Mean:
    cluster = rows["cluster"].rank("dense").to_numpy().astype(np.int64) - 1
    return Mean(
        name=name,
        judges=judges,
        n=rows.height,
        clusters=int(cluster.max()) + 1,
        unit=scale.unit,
        low=scale.low,
        high=scale.high,
        mean=mean_of(rows["value"].to_numpy(), cluster, level),
    )
