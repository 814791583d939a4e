"""Where entities belong without a look at a column: noise of its own claims nothing."""

import numpy as np
import pytest

from assay.analysis.segments.comparing import compare_segments
from assay.features.unit_metrics import UnitMetrics
from assay.stats.segmenting import segment
from assay.stats.segmenting.placing import placed_without

COLUMN = 0


def differs(rows, found, placed):
    units = tuple(f"u{at:04}" for at in range(len(rows)))
    metrics = UnitMetrics(
        units=units, names=("m",), parts=rows[:, :1], wholes=np.ones((len(rows), 1))
    )
    told = compare_segments(
        metrics,
        units,
        [f"s{at}" for at in range(found.k)],
        np.eye(found.k)[found.labels],
        formed_by=["m"] if placed is not None else (),
        placed=None if placed is None else {"m": placed},
    )
    return any(one.differs for one in told.pairs)


def test_a_column_that_only_formed_the_segments_is_claimed_in_one_set_of_twenty() -> None:
    """One cloud of independent columns, cut in two: by the cut itself all columns differ."""
    rng = np.random.default_rng(1)
    honest, naive, sets = 0, 0, 40
    for at in range(sets):
        rows = rng.normal(size=(150, 3))
        found = segment(rows, k=2, method="k-means", seed=at)
        placed = placed_without(rows, found, [COLUMN], at)
        honest += differs(rows, found, placed)
        naive += differs(rows, found, None)
    assert honest / sets <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sets)
    assert naive / sets > 0.5


def test_groups_that_the_other_columns_show_are_found_again_where_they_are() -> None:
    rng = np.random.default_rng(2)
    kind = np.repeat([0, 1], 100)
    rows = rng.normal(size=(200, 4)) * 0.5 + kind[:, None] * np.array([2.0, 4.0, 4.0, 4.0])
    found = segment(rows, k=2, seed=3)
    placed = placed_without(rows, found, [COLUMN], 3)
    known = np.isfinite(placed).all(axis=1)
    assert known.mean() > 0.95
    assert placed[known].sum(axis=1) == pytest.approx(1)
    assert (placed[known].argmax(axis=1) == found.labels[known]).mean() > 0.98
    assert differs(rows, found, placed)


def test_what_cannot_be_left_out_is_not_placed() -> None:
    rows = np.random.default_rng(4).normal(size=(60, 2))
    found = segment(rows, k=2, seed=1)
    assert placed_without(rows, found, [0, 1]) is None
    assert placed_without(rows, found, []) is None
    assert placed_without(rows[:8], segment(rows[:8], k=2, seed=1), [0]) is None
