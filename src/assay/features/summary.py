"""What one scan brings back: per arm and metric a few numbers, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.core.provenance import LeftOut
from assay.features.design import Design
from assay.features.sharing import Sharing
from assay.stats.moments import Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One metric in one arm; samples merge by addition.

    Attributes:
        moments: of the value per unit (one column), or of numerator and denominator (two), each
            followed by the covariate, if there is one.
        missing: units left out because they have no value.
        successes: units (or trials) that are 1, where the value is 0 or 1 and nothing else.
        immature: units set apart because their days since exposure are not over.
        values: of each unit, one array per column of the moments, in no order that means anything;
            kept where so few units are compared that methods may need more than moments.
    """

    moments: Moments
    missing: int = 0
    successes: int | None = None
    immature: int = 0
    values: tuple[NDArray[np.float64], ...] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.missing >= 0:
            raise DataError(f"missing={self.missing}, expected a count")
        if self.successes is not None and not 0 <= self.successes <= self.n:
            raise DataError(f"successes={self.successes}, expected 0..{self.n} (units)")
        shapes = {column.shape for column in self.values or ()}
        if self.values is not None and shapes != {(self.n,)}:
            raise DataError(f"values of shape {shapes}, expected {self.n} units per column")

    @property
    def n(self) -> int:
        """Units that have a value."""
        return self.moments.n

    def __add__(self, other: Sample) -> Sample:
        return merged((self, other))


def merged(samples: Sequence[Sample]) -> Sample:
    """The sample of all their units together.

    Raises:
        DataError: where there is none.
    """
    if not samples:
        raise DataError("no samples, expected one or more to merge")
    if len(samples) == 1:
        return samples[0]
    moments = samples[0].moments
    for sample in samples[1:]:
        moments += sample.moments
    ones = [sample.successes for sample in samples if sample.successes is not None]
    return Sample(
        moments=moments,
        missing=sum(sample.missing for sample in samples),
        immature=sum(sample.immature for sample in samples),
        successes=sum(ones) if len(ones) == len(samples) else None,
        values=_concatenated([sample for sample in samples if sample.n]),
    )


def _concatenated(samples: Sequence[Sample]) -> tuple[NDArray[np.float64], ...] | None:
    columns = [sample.values for sample in samples if sample.values is not None]
    if not columns or len(columns) < len(samples):
        return None
    return tuple(np.concatenate(parts) for parts in zip(*columns, strict=True))


Samples = dict[str, dict[str, Sample]]
"""Metric → arm → sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """One metric over the items that an arm shares with the control.

    Attributes:
        moments: of (treated, control) per item, or of (numerator, denominator) of the treated
            followed by those of the control.
        missing: items that have no value in one of the two arms.
        alone: items that only one of the two arms has.
        values: of each item, one array per column of the moments.
    """

    moments: Moments
    missing: int
    alone: int
    values: tuple[NDArray[np.float64], ...] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The samples of the units that share one value of one column."""

    column: str
    segment: str
    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """The units of one value of one column that were first exposed on one day (None: not known)."""

    column: str
    value: str
    day: date | None
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySamples:
    """The samples of the units that were first exposed on one day (UTC)."""

    day: date
    units: Mapping[str, int]
    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that an A/B test is computed from.

    Attributes:
        arms: labels, the control first.
        units: arm → units seen (trials, where rows are aggregated counts; items, where paired).
        rows: rows that count.
        first, last: first and last day of the rows that count, None without a time column.
        samples: of independent arms; empty for paired ones.
        pairs: metric → arm → pairs with the control; empty for independent arms.
        strata: samples within each combination of the design's strata.
        limits: metric → least and greatest value that was let stand, of the value or of numerator
            and denominator; empty where none was declared.
        days: samples by day of exposure, in order; their union is `samples`. Empty where no time
            is known, of some units (`undated`) or of any.
        chosen: the arms were paired because they share their items, not because it was asked for.
        exposed: units per arm of each value of each segment's column, by day of exposure.
        shared: what units share with others, and whether arms meet there.
    """

    design: Design
    arms: tuple[str, ...]
    units: Mapping[str, int]
    rows: int
    first: date | None
    last: date | None
    left_out: tuple[LeftOut, ...]
    samples: Mapping[str, Mapping[str, Sample]]
    pairs: Mapping[str, Mapping[str, Pairs]]
    segments: tuple[Segment, ...] = ()
    strata: tuple[Samples, ...] = ()
    limits: Mapping[str, tuple[tuple[float | None, float | None], ...]] = field(
        default_factory=dict
    )
    days: tuple[DaySamples, ...] = ()
    undated: int = 0
    chosen: bool = False
    exposed: tuple[Exposed, ...] = ()
    shared: tuple[Sharing, ...] = ()
