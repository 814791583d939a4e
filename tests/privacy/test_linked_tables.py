"""What linked tables give away: every possible table is tried, as whoever wants to know would."""

import numpy as np
import pytest

from assay.core.errors import ParameterError
from assay.privacy.linked_tables import withheld_linked


def sums_of(tables, kept):
    """Of one or many tables (in the first axis), what is summed over all other axes."""
    gone = tuple(axis + 1 for axis in range(tables.ndim - 1) if axis not in kept)
    return tables.sum(axis=gone)


def ranges(counts, k, most):
    """Of each withheld number, all values that it has in some table that agrees with what is told."""
    hidden = withheld_linked(counts, k)
    cells = np.indices((most + 1,) * counts.size, dtype=np.int8).reshape(counts.size, -1).T
    tables = cells.reshape(-1, *counts.shape).astype(np.int64)
    for axes, gone in hidden.items():
        sums, told = sums_of(tables, axes), sums_of(counts[None], axes)
        agrees = np.where(gone, sums >= 1, sums == told)
        tables = tables[agrees.reshape(len(tables), -1).all(axis=1)]
    assert len(tables)
    return hidden, [
        np.unique(sums_of(tables, axes)[(slice(None), *place)])
        for axes, gone in hidden.items()
        for place in np.argwhere(gone)
    ]


@pytest.mark.parametrize(
    "counts", [[[1, 5], [5, 5]], [[2, 0], [5, 6]], [[5, 1, 4], [3, 4, 5]], [[4, 4, 4], [4, 2, 4]]]
)
def test_no_withheld_number_of_two_names_can_be_told_within_k(counts) -> None:
    counts, k = np.array(counts), 3
    most = 14 if counts.size == 4 else 6
    hidden, found = ranges(counts, k, most)
    assert hidden[0, 1][(counts > 0) & (counts < k)].all()
    for values in found:
        assert np.ptp(values) >= k or values.max() >= most


def test_three_names_are_guarded_together() -> None:
    """Of three tables of the same persons one alone may be safe, and all of them not."""
    hidden, found = ranges(np.array([[[1, 2], [3, 2]], [[2, 3], [3, 1]]]), 5, 4)
    assert hidden[0, 1].any()
    assert all(len(values) > 1 for values in found)


def test_large_numbers_stay_and_one_small_cell_takes_company() -> None:
    assert not any(table.any() for table in withheld_linked(np.full((3, 3), 50), 10).values())
    hidden = withheld_linked(np.array([[50, 40, 4], [60, 45, 30], [70, 55, 35]]), 10)[0, 1]
    assert hidden[0, 2]
    assert hidden[0].sum() >= 2
    assert hidden[:, 2].sum() >= 2
    assert hidden.sum() == 4


def test_fewer_than_k_in_all_tell_nothing() -> None:
    assert all(table.all() for table in withheld_linked(np.array([[1, 2], [1, 1]]), 10).values())


def test_what_cannot_be_guarded_is_refused() -> None:
    with pytest.raises(ParameterError, match="two or three names"):
        withheld_linked(np.zeros(4, dtype=np.int64), 10)
    with pytest.raises(ParameterError, match="k is 0"):
        withheld_linked(np.zeros((2, 2), dtype=np.int64), 0)
