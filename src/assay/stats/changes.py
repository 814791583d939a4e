"""By how much an estimate changed between two looks whose errors go together, nobody knows how.

Two versions of a report share data, so their errors are correlated, and by how much cannot be read
off their intervals. The distance from an estimate to the end of its interval that faces the other
estimate is its error on that side. Two ways to put these errors together:

- *Whatever the correlation*: they add. sd(B − A) ≤ sd(A) + sd(B) always (the triangle inequality of
  standard deviations), with equality where the errors are perfectly opposed. The interval of the
  change is then [B's low − A's high, B's high − A's low]: it excludes zero exactly when the two
  intervals do not meet.
- *Independent*: squares add. This may be used where the two looks share no data. What is left of
  correlation there (the same persons in both periods) is positive and makes it stricter than it
  says, not laxer.

Where both estimates are jointly normal (near enough, at large n) and estimate the same, either
interval misses zero at most as often as its level promises. Without normality, the first still
holds: where both intervals cover the truth they meet, so they part at most twice as often as one
of them misses.

References:
    Zou and Donner (2008), Construction of confidence limits about effect measures, Statistics in
    Medicine 27, eq. 3 (the sum of squares of distances to the facing ends).
    Schenker and Gentleman (2001), On judging the significance of differences by examining the
    overlap between confidence intervals, The American Statistician 55 (how conservative it is).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from assay.core.errors import DataError


@dataclass(frozen=True, slots=True)
class Reported:
    """An estimate as it was reported: with the ends of its interval, None where it has none.

    Raises:
        DataError: where the estimate lies outside its interval.
    """

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        below = self.low is None or self.low <= self.value
        above = self.high is None or self.value <= self.high
        if not (below and above):
            raise DataError(f"{self.value} lies outside its interval [{self.low}, {self.high}]")


@dataclass(frozen=True, slots=True)
class Change:
    """How far an estimate moved; an end is None where an interval it needs has none.

    Attributes:
        value: after − before.
        relative: value ÷ |before|, None where that is zero.
        beyond: whether it moved by more than the errors of both explain; None where that cannot be
            said, since an end that faces the other is missing.
    """

    value: float
    low: float | None
    high: float | None
    relative: float | None
    beyond: bool | None


def change(before: Reported, after: Reported, *, independent: bool = False) -> Change:
    """The change with its interval, of the level that both intervals have.

    Args:
        before: the earlier report.
        after: the later one.
        independent: the two share no data, so that squares of errors add.
    """
    value = after.value - before.value
    down = _together(_below(after), _above(before), independent=independent)
    up = _together(_above(after), _below(before), independent=independent)
    facing = down if value > 0 else up
    return Change(
        value=value,
        low=None if down is None else value - down,
        high=None if up is None else value + up,
        relative=value / abs(before.value) if before.value else None,
        beyond=False if not value else None if facing is None else abs(value) > facing,
    )


def _together(one: float | None, other: float | None, *, independent: bool) -> float | None:
    if one is None or other is None:
        return None
    return hypot(one, other) if independent else one + other


def _below(report: Reported) -> float | None:
    return None if report.low is None else report.value - report.low


def _above(report: Reported) -> float | None:
    return None if report.high is None else report.high - report.value
