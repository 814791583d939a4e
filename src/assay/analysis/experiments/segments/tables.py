"""Segments' evidence side by side, in the columns that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from assay.analysis.experiments.effects.evidence import Effect
from assay.stats.meta_analysis.heterogeneity import Arms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.analysis.experiments.effects.evidence import ArmEvents, Evidence

    Array = NDArray[np.float64]

_ANY: Final = 0.05
"""A level to ask for standard errors at: they are the same at every one."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SegmentTable:
    """Segments that both arms have values in.

    Attributes:
        kind: rates and counts have events; anything else has not.
        treated, control: (events, units) of each segment, empty without events.
        poisson: whether counts vary as a Poisson's would in every segment.
        shape: of a negative binomial that varies as the counts do; infinite where `poisson`.
        fewest: least number of successes or events in an arm; None without events.
        fewest_failures: of failures; None without trials.
        arms: levels and variances, None where a segment has no variation.
        effects, gaps, variances: of the differences, as `arms`.
    """

    names: tuple[str, ...]
    n: tuple[int, ...]
    n_control: tuple[int, ...]
    kind: Literal["rate", "count", "other"]
    treated: tuple[tuple[int, int], ...] = ()
    control: tuple[tuple[int, int], ...] = ()
    poisson: bool = True
    shape: float = np.inf
    fewest: int | None = None
    fewest_failures: int | None = None
    arms: Arms | None = None
    effects: tuple[Effect, ...] = ()
    gaps: Array
    variances: Array


def table_of(names: Sequence[str], evidence: Sequence[Evidence]) -> SegmentTable:
    """The segments that have values in both arms, side by side."""
    kept = [
        (name, one)
        for name, one in zip(names, evidence, strict=True)
        if one.value is not None and one.value_control is not None and min(one.n, one.n_control) > 0
    ]
    found = [one for _, one in kept]
    counts = [one.counts for one in found if one.counts is not None]
    events = [one.events for one in found if one.events is not None]
    kind: Literal["rate", "count", "other"] = "other"
    treated: tuple[tuple[int, int], ...] = ()
    control: tuple[tuple[int, int], ...] = ()
    fewest, failures, shape, poisson = None, None, np.inf, True
    if found and len(counts) == len(found):
        kind = "rate"
        treated, control = tuple(c[0] for c in counts), tuple(c[1] for c in counts)
        fewest = min(ones for ones, _ in (*treated, *control))
        failures = min(n - ones for ones, n in (*treated, *control))
    elif found and len(events) == len(found):
        kind = "count"
        treated = tuple((round(e.arms[0].total), e.arms[0].n) for e in events)
        control = tuple((round(e.arms[1].total), e.arms[1].n) for e in events)
        fewest = min(total for total, _ in (*treated, *control))
        poisson = all(e.poisson for e in events)
        shape = np.inf if poisson else _shape([arm for e in events for arm in e.arms])
    effects = tuple(one.at(_ANY) for one in found)
    return SegmentTable(
        names=tuple(name for name, _ in kept),
        n=tuple(one.n for one in found),
        n_control=tuple(one.n_control for one in found),
        kind=kind,
        treated=treated,
        control=control,
        poisson=poisson,
        shape=shape,
        fewest=fewest,
        fewest_failures=failures,
        arms=_arms(effects),
        effects=effects,
        gaps=np.array([e.difference.value for e in effects if e.difference]),
        variances=np.array([e.difference.standard_error**2 for e in effects if e.difference]),
    )


def _arms(effects: Sequence[Effect]) -> Arms | None:
    """Levels of both arms, None where one has no standard error."""
    columns = []
    for effect in effects:
        gap, before = effect.difference, effect.value_control
        if gap is None or before is None or not gap.standard_error > 0:
            return None
        own = max(gap.standard_error**2 + effect.covariance, 0.0)
        degrees = gap.degrees_of_freedom or max(effect.n + effect.n_control - 2, 1)
        columns.append((before + gap.value, own, before, max(-effect.covariance, 0.0), degrees))
    if not columns:
        return None
    treated, own, control, other, degrees = np.array(columns, dtype=float).T
    return Arms(
        treated=treated,
        treated_variance=own,
        control=control,
        control_variance=other,
        degrees=degrees,
    )


def _shape(arms: Sequence[ArmEvents]) -> float:
    """Shape of the negative binomial with the counts' own variance, by moments over all samples."""
    excess, squares = 0.0, 0.0
    for arm in arms:
        mean = arm.total / arm.n
        excess += arm.n * (arm.variance - mean)
        squares += arm.n * mean * mean
    return squares / excess if excess > 0 else np.inf
