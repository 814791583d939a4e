"""What is said of the breaks in one series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["level", "slope", "variance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One change: when, by how much, and how surely.

    Attributes:
        index: the first point after the change; `low` … `high` is the interval of that place.
        kind: `level` (a jump), `slope` (a bend: growth changed) or `variance` (the spread changed).
        before, after: the fitted value on either side of a jump, the slope per point on either side
            of a bend, the standard deviation on either side of a change of spread.
        size: after − before; after ÷ before where the kind is `variance`. `size_low`, `size_high`
            are its interval, given that there is a change and what the season is.
        confidence: probability that there is a change between the neighbouring breaks, with a
            prior under which series of noise are called broken as often as they are found so.
    """

    index: int
    low: int
    high: int
    kind: Kind
    before: float
    after: float
    size: float
    size_low: float
    size_high: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Points `start` … `end` − 1: their fitted value in the middle, and the slope per point.

    Attributes:
        points: how many of them have a value.
    """

    start: int
    end: int
    points: int
    level: float
    slope: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What is left when segments and season are taken off.

    Attributes:
        sd: standard deviation of a point, of points with the average weight.
        rho: correlation of a point with the one before it.
        long_run_sd: what stands in for `sd` in the error of a mean over many points; it is larger
            where neighbours go together: sd × √((1 + rho) ÷ (1 − rho)).
    """

    sd: float
    rho: float
    long_run_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """Every change that was found in one series, and what could have been found.

    Attributes:
        breaks: of level or slope, in the order of time.
        spread: changes of the spread around them, kept apart since the series itself stays where
            it is.
        segments: between changes of level or slope.
        noise: None where too few points have a value.
        smallest: the change of level in the middle of the last segment that would have been found
            four times in five, in units of the series; None without a noise. Simulated (100 series
            of 60, 120 and 365 points): .78, .75, .73 were found at correlation 0, and .95, .75, .68
            at correlation .6.
        periods: of the seasons that were taken off.
        far: steps whose values lie so far from their neighbours that they count as less far.
        notes: what a reader should know: gaps, clipped points, why nothing could be said.
    """

    breaks: tuple[Break, ...]
    spread: tuple[Break, ...]
    segments: tuple[Segment, ...]
    noise: Noise | None
    smallest: float | None
    periods: tuple[int, ...]
    far: tuple[int, ...] = ()
    notes: tuple[str, ...]
