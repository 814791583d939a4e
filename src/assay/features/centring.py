"""Moments of values that lie far from zero: taken about their mean, by a second scan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.features.values import Values
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assay.features.measure import Measure
    from assay.features.summary import Sample

_FAR = 1e5
"""Mean in standard deviations, from which on a second scan takes moments about the mean."""


def about_mean(
    using: Sequence[Measure], samples: Mapping[str, Mapping[str, Sample]]
) -> tuple[Measure, ...]:
    """The same measures, taken about the mean where values lie far from zero."""
    return tuple(
        replace(measure, centre=whole.mean)
        if isinstance(measure, Values)
        and (mine := samples[measure.metric.name])
        and _is_far(whole := pooled(mine.values()))
        else measure
        for measure in using
    )


def pooled(samples: Iterable[Sample]) -> Moments:
    """The moments of all units together, of one sample or more."""
    return Moments.union([sample.moments for sample in samples])


def _is_far(moments: Moments) -> bool:
    return any(
        mean * mean * moments.n > _FAR * _FAR * moments.scatter[i][i] > 0
        for i, mean in enumerate(moments.mean)
    )
