"""Scores week by week, and where they broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri

from assay.analysis.scoring.result import Broken, Course, Point
from assay.core.finding import Estimate
from assay.stats.breaks import find_breaks

if TYPE_CHECKING:
    from assay.features.judgements import Scale


def points_of(weeks: pl.DataFrame, unit: str, level: float) -> tuple[Point, ...]:
    """Each period with its interval; no mean where nothing was judged."""
    z = float(ndtri((1 + level) / 2))
    found = []
    for row in weeks.iter_rows(named=True):
        value, error = row["value"], row["standard_error"]
        mean = None
        if value is not None:
            ends = (None, None) if error is None else (value - z * error, value + z * error)
            mean = Estimate(value=value, low=ends[0], high=ends[1])
        day = row["start"].date().isoformat()
        found.append(Point(day=day, n=row["n"], unit=unit, mean=mean, complete=row["complete"]))
    return tuple(found)


def courses_of(
    weeks: pl.DataFrame, scales: dict[str, Scale], *, level: float
) -> tuple[Course, ...]:
    """Each name's course; only complete weeks are searched for breaks."""
    found = []
    for name, scale in scales.items():
        mine = weeks.filter(pl.col("name") == name)
        points = points_of(mine, scale.unit, level)
        whole = mine.filter("complete")
        days = [start.date().isoformat() for start in whole["start"]]
        y = whole["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        errors = whole["standard_error"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        broken = find_breaks(y, errors=errors, level=level, periods=())
        found.append(
            Course(
                name=name,
                unit=scale.unit,
                points=points,
                breaks=tuple(
                    Broken(
                        day=days[one.index],
                        first=days[one.low],
                        last=days[min(one.high, len(days) - 1)],
                        kind=one.kind,
                        unit=scale.unit,
                        size=Estimate(value=one.size, low=one.size_low, high=one.size_high),
                        confidence=one.confidence,
                    )
                    for one in broken.breaks
                    if one.kind == "level"
                ),
                smallest=broken.smallest,
            )
        )
    return tuple(found)
