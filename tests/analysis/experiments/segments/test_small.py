"""Segments of few units: told together, and never to be had by subtraction."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.analysis.experiments import ab_test
from assay.analysis.experiments.segments.small import OTHER, merge_small_segments
from assay.core.errors import ParameterError
from assay.features.arms import Design, Summary, summarise_arms

sizes = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=7)
LARGE = [
    {"arm": a, "team": "large", "value": v} for a in ("control", "variant") for v in (0, 1) * 20
]


def summary_of(counts: list[tuple[int, int]]) -> Summary:
    """Segments team-0, team-1, …, each of so many units in the control and in the variant."""
    rows = [
        {"arm": arm, "team": f"team-{i}", "value": j % 3}
        for i, both in enumerate(counts)
        for arm, n in zip(("control", "variant"), both, strict=True)
        for j in range(n)
    ]
    design = Design.of(
        arm="arm", control="control", metrics=[{"name": "m", "kind": "mean", "value": "value"}],
        segments=["team"],
    )  # fmt: skip
    return summarise_arms(pl.DataFrame(rows + LARGE).lazy(), design)


@given(sizes, st.integers(1, 25))
def test_every_told_segment_has_enough_units_and_no_unit_is_lost(counts, smallest) -> None:
    summary = summary_of(counts)
    done, merged = merge_small_segments(summary, smallest)
    for segment in done.segments:
        sizes = [sample.n for sample in segment.samples["m"].values()]
        assert all(size == 0 or size >= smallest for size in sizes)
    if not merged or merged[0].shown:
        for arm in done.arms:
            there = sum(s.samples["m"][arm].n for s in done.segments if arm in s.samples["m"])
            assert there == summary.samples["m"][arm].n
    else:
        assert done.segments == ()


def test_one_small_segment_takes_the_next_smallest_along() -> None:
    done, merged = merge_small_segments(summary_of([(3, 3), (15, 15)]), 10)
    assert {s.segment for s in done.segments} == {OTHER, "large"}
    assert merged[0].values == 2
    other = next(s for s in done.segments if s.segment == OTHER)
    assert other.samples["m"]["control"].n == 18


def test_what_is_merged_is_in_the_result() -> None:
    result = ab_test(summary_of([(3, 3), (4, 12)]), smallest_cell=10)
    assert "team-0" not in {s.segment for s in result.segments}
    assert result.smallest_cell == 10
    assert result.merged


def test_a_smallest_cell_below_one_is_refused() -> None:
    with pytest.raises(ParameterError, match="expected 1 or more"):
        ab_test(summary_of([(3, 3)]), smallest_cell=0)
