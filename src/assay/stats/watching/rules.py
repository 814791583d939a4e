"""What a series is watched for, and how many false alarms that may cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log1p

from assay.core.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRules:
    """What is watched for.

    Attributes:
        period: length of the season, in points; 1 for none.
        budget: false alarms per 100 points over all series together, at most: of hourly series a
            24th of what 100 days may bring.
        smallest: shift that matters; a share, or a difference.
        relative: compare ratios of positive values.
    """

    period: int = 7
    budget: float = 0.25
    smallest: float = 0.05
    relative: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.budget <= 50:
            raise ParameterError(f"budget={self.budget}, expected above 0, up to 50 per 100 days")
        if not 0 < self.smallest < (1 if self.relative else inf):
            most = "below 1, a share" if self.relative else "finite"
            raise ParameterError(f"smallest={self.smallest}, expected above 0 and {most}")
        if not self.period >= 1:
            raise ParameterError(f"period={self.period}, expected 1 (no season) or more")

    @property
    def least(self) -> float:
        """`smallest` on the scale on which values are compared."""
        return log1p(self.smallest) if self.relative else self.smallest
