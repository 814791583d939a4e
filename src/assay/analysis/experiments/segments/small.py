"""Segments of too few units are told together, so that no number is about a handful of persons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.result import MergedSegments
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.summary import Sample, Samples, Segment, Summary

OTHER: Final = "(other)"


def merge_small_segments(
    summary: Summary, smallest: int
) -> tuple[Summary, tuple[MergedSegments, ...]]:
    """The summary, its segments of fewer than `smallest` units in some arm taken together.

    Where those together still have fewer, the next smallest joins them; so whoever subtracts the
    published segments from the whole learns of no group smaller than that. Where nothing else is
    left to join, the column's segments are not told at all. That an arm has none is no secret.

    Args:
        summary: of independent arms.
        smallest: units that each arm of a segment has to have; those without a value count, too.

    Raises:
        ParameterError: where `smallest` is below 1.
    """
    if not smallest >= 1:
        raise ParameterError(f"smallest_cell={smallest}, expected 1 or more units")
    kept: list[Segment] = []
    merged: list[MergedSegments] = []
    for column in dict.fromkeys(segment.column for segment in summary.segments):
        mine = [segment for segment in summary.segments if segment.column == column]
        large, small = _divided(mine, summary.arms, smallest)
        if not small:
            kept += mine
            continue
        shown = bool(large) and _fewest(_together(small), summary.arms) >= smallest
        merged.append(MergedSegments(column=column, values=len(small), shown=shown))
        if shown:
            kept += [*large, _together(small)]
    return replace(summary, segments=tuple(kept)), tuple(merged)


def _divided(
    mine: Sequence[Segment], arms: Sequence[str], smallest: int
) -> tuple[list[Segment], list[Segment]]:
    """Segments that can stand alone, in their order, and those that cannot."""
    by_size = sorted(mine, key=lambda segment: (_fewest(segment, arms), segment.segment))
    small = [segment for segment in by_size if _fewest(segment, arms) < smallest]
    while small and len(small) < len(by_size) and _fewest(_together(small), arms) < smallest:
        small.append(by_size[len(small)])
    return [segment for segment in mine if segment not in small], small


def _fewest(segment: Segment, arms: Sequence[str]) -> int:
    """Units in the smallest arm that has any, of the metric that has the fewest."""
    sizes = [
        _units(samples[arm])
        for samples in segment.samples.values()
        for arm in arms
        if arm in samples
    ]
    return min((size for size in sizes if size), default=0)


def _units(sample: Sample) -> int:
    return sample.n + sample.missing


def _together(segments: Sequence[Segment]) -> Segment:
    samples: Samples = {}
    for segment in segments:
        for metric, by_arm in segment.samples.items():
            mine = samples.setdefault(metric, {})
            for arm, sample in by_arm.items():
                mine[arm] = mine[arm] + sample if arm in mine else sample
    return replace(segments[0], segment=OTHER, samples=samples)
