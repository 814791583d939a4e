"""What is asked of every series, and how long its seasons are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from assay.core.errors import ParameterError
from assay.features.periods import Every

PERIODS: Final[dict[str, tuple[int, ...]]] = {
    "hour": (24, 168),
    "day": (7,),
    "week": (52,),
    "month": (12,),
}
"""Seasons that are looked for, in periods."""
CYCLE: Final[dict[str, int]] = {"hour": 24, "day": 7, "week": 1, "month": 1}
"""Periods after which they are alike, whose mix a comparison tells apart."""
STEPS: Final[dict[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
RECENT: Final[dict[str, int]] = {"hour": 168, "day": 28, "week": 4, "month": 3}
HORIZONS: Final[dict[str, tuple[int, int]]] = {
    "hour": (7, 168),
    "day": (7, 90),
    "week": (1, 26),
    "month": (1, 12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of every series.

    Attributes:
        every: length of a period.
        horizon: periods to forecast; None for four weeks, or as many periods as are recent.
        recent: periods at the end that are compared with as many before; what changed within them
            is news.
        level: of intervals; breaks and comparisons are held to it over all series together.
        told: series that are told in full, points and all.
        workers: processes that share many series.

    Raises:
        ParameterError: for a period that is unknown, or a number out of range.
    """

    every: Every = "day"
    time_zone: str = "UTC"
    horizon: int = 28
    recent: int = 28
    level: float = 0.95
    told: int = 12
    workers: int = 2

    def __post_init__(self) -> None:
        if self.every not in HORIZONS:
            raise ParameterError(f"every={self.every!r}, expected {' or '.join(HORIZONS)}")
        least, most = HORIZONS[self.every]
        if not (least <= self.horizon <= most and self.horizon == int(self.horizon)):
            raise ParameterError(
                f"horizon={self.horizon}, expected a whole number from {least} to {most} of "
                f"every={self.every!r}"
            )
        if not 0.5 <= self.level < 1:
            raise ParameterError(f"alpha={1 - self.level:g}, expected 0 < alpha <= 0.5")
        if not self.recent >= 2:
            raise ParameterError(f"recent={self.recent}, expected 2 periods or more")
        if not self.told >= 1:
            raise ParameterError(f"told={self.told}, expected one series or more")
        if not self.workers >= 1:
            raise ParameterError(f"workers={self.workers}, expected one process or more")
